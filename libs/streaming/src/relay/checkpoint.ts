import { randomUUID } from 'node:crypto';
import type { Kafka, Producer } from 'kafkajs';
import type { DomainEvent, EventLog, Position } from '#event-log';
import { CheckpointUnknown } from '../errors.js';
import type { Topics } from '../topics.js';

const RELAY = 'relay';
const MARK = 'mark';

/** How far the relay has come. */
export interface Checkpoint {
  readonly position: Position;
  /** The last event that was taken in: a copy of the log has it at another position. Absent in what former versions committed. */
  readonly event?: EventPlace;
  /** No relay that sent personal fields in plain text has used these topics; absent where one may have. */
  readonly neverPlain?: boolean;
  /** Streams of customers with an event that is not understood, and the revision of the last event since that was published without a card. */
  readonly owed?: Readonly<Record<string, number>>;
}

export type EventPlace = Pick<DomainEvent, 'stream' | 'revision' | 'id'>;

export const placeOf = ({ stream, revision, id }: EventPlace): EventPlace => ({ stream, revision, id });

/**
 * The event of the checkpoint in this log, which may be a copy of the one that it was made on.
 * @throws CheckpointUnknown where it does not hold it
 */
export async function eventOf(log: Pick<EventLog, 'readStream' | 'eventAt'>, { event, position }: Checkpoint): Promise<DomainEvent> {
  const found = event ? await eventIn(log, event) : await log.eventAt(position).catch(() => undefined);
  if (!found) throw new CheckpointUnknown(event ? `revision ${event.revision} of ${event.stream}` : `the event at position ${position}`);
  return found;
}

async function eventIn(log: Pick<EventLog, 'readStream'>, { stream, revision, id }: EventPlace): Promise<DomainEvent | undefined> {
  for await (const [event] of log.readStream(stream, { from: revision, to: revision })) return event?.id === id ? event : undefined;
  return undefined;
}

/** To be committed together with what was sent. */
export const checkpointRecord = (checkpoint: Checkpoint) => ({ key: RELAY, value: JSON.stringify(checkpoint) });

/**
 * The last checkpoint that was committed before the mark that is set here. Where whoever asks holds the transactional id already nobody else
 * commits one after it.
 */
export const readCheckpoint = async (
  kafka: Kafka,
  producer: Producer,
  { checkpoints }: Topics,
  holdsId: boolean,
): Promise<Checkpoint | undefined> => {
  const mark = randomUUID();
  const marking = { topic: checkpoints, messages: [{ key: MARK, value: mark }] };
  if (holdsId) {
    const transaction = await producer.transaction();
    await transaction.send(marking);
    await transaction.commit();
  } else await producer.send(marking);
  const groupId = `${checkpoints}.${mark}`;
  const consumer = kafka.consumer({ groupId, readUncommitted: false, maxWaitTimeInMs: 100 });
  let checkpoint: Checkpoint | undefined;
  try {
    await consumer.connect();
    await consumer.subscribe({ topic: checkpoints, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      consumer
        .run({
          autoCommit: false,
          async eachMessage({ message: { key, value } }) {
            if (String(key) === RELAY) checkpoint = JSON.parse(String(value)) as Checkpoint;
            else if (String(value) === mark) resolve();
          },
        })
        .catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
  const admin = kafka.admin();
  await admin.connect();
  await admin.deleteGroups([groupId]).catch(() => undefined);
  await admin.disconnect();
  return checkpoint;
};
