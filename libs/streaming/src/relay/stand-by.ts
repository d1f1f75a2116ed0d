import type { Kafka } from 'kafkajs';
import { pause } from '#async';
import type { EventLog, Position } from '#event-log';
import type { Topics } from '../topics.js';
import { type Checkpoint, eventOf, readCheckpoint } from './checkpoint.js';

interface StandByOptions {
  readonly log: Pick<EventLog, 'subscribe' | 'readStream' | 'eventAt'>;
  readonly kafka: Kafka;
  readonly topics: Topics;
  readonly signal: AbortSignal;
  readonly silenceMs?: number;
}

/** Longer than a transaction takes while nothing is wrong. */
const SILENCE_MS = 20_000;

/**
 * Resolves when the relay that has taken over has published nothing for a while although the log has something to publish, and when the signal fires.
 * Where it was slow and not dead nothing is lost or doubled: it is fenced in its turn, and stands by.
 */
export const standBy = async ({ log, kafka, topics, signal, silenceMs = SILENCE_MS }: StandByOptions): Promise<void> => {
  const producer = kafka.producer();
  try {
    await producer.connect();
    let checkpoint = await readCheckpoint(kafka, producer, topics, false);
    while (!signal.aborted) {
      await untilBehind(log, checkpoint && (await eventOf(log, checkpoint)).position, signal);
      // Whoever else stands by does not look at the same moment.
      await pause(silenceMs * (1 + Math.random()), signal);
      if (signal.aborted) return;
      const now = await readCheckpoint(kafka, producer, topics, false);
      if (isSame(now, checkpoint)) return;
      checkpoint = now;
    }
  } finally {
    await producer.disconnect().catch(() => undefined);
  }
};

const isSame = (one: Checkpoint | undefined, other: Checkpoint | undefined): boolean => one?.position === other?.position;

/** Until there is an event to publish behind the position. */
const untilBehind = async (log: StandByOptions['log'], after: Position | undefined, signal: AbortSignal): Promise<void> => {
  for await (const item of log.subscribe({ ...(after !== undefined && { after }), signal }))
    if (item.kind === 'batch' && item.events.some(({ published }) => published !== undefined)) return;
};
