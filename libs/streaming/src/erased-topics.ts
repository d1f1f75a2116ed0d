import type { Kafka } from 'kafkajs';
import type { EventLog, Position } from '#event-log';
import { faultOf, settingsOf } from './kafka.js';
import { eventOf, readCheckpoint } from './relay/checkpoint.js';
import type { Topics } from './topics.js';

/** How long a topic may hold what was sent before an erasure, in ms; `unbounded` where its settings set no limit, `absent` where there is no such topic. */
export type KeptFor = number | 'unbounded' | 'absent';

export interface Published {
  /** Up to here all is published. */
  readonly upTo: Position;
  /** Whether no relay that sent personal fields in plain text has used these topics. */
  readonly neverPlain: boolean;
}

/** What the topics hold of an erased customer. */
export interface ErasedTopics {
  /** Undefined where nothing was ever published. @throws StreamingUnavailable, CheckpointUnknown */
  published(): Promise<Published | undefined>;
  /** @throws StreamingUnavailable */
  kept(): Promise<Readonly<Record<'customers' | 'contacts' | 'rejected', KeptFor>>>;
}

const COMPACTION = ['max.compaction.lag.ms'];
/** A segment is deleted as a whole, when its last record is old enough. */
const RETENTION = ['retention.ms', 'segment.ms'];

export const createErasedTopics = (kafka: Kafka, topics: Topics, log: Pick<EventLog, 'readStream' | 'eventAt'>): ErasedTopics => ({
  async published() {
    if ((await settingsOf(kafka, { [topics.checkpoints]: COMPACTION })).size === 0) return undefined;
    const producer = kafka.producer();
    try {
      await producer.connect();
      const checkpoint = await readCheckpoint(kafka, producer, topics, false);
      return checkpoint && { upTo: (await eventOf(log, checkpoint)).position, neverPlain: checkpoint.neverPlain === true };
    } catch (error) {
      throw faultOf(error);
    } finally {
      await producer.disconnect().catch(() => undefined);
    }
  },
  async kept() {
    const { customers, contacts, rejected } = topics;
    const settings = await settingsOf(kafka, { [customers]: COMPACTION, [contacts]: RETENTION, [rejected]: RETENTION });
    const keptFor = (topic: string): KeptFor => {
      const found = settings.get(topic);
      if (found === undefined) return 'absent';
      const millis = [...found.values()].map(Number).reduce((sum, each) => (each < 0 ? Number.POSITIVE_INFINITY : sum + each), 0);
      return millis < MOST_MS ? millis : 'unbounded';
    };
    return { customers: keptFor(customers), contacts: keptFor(contacts), rejected: keptFor(rejected) };
  },
});

/** A hundred years: whatever is more is no limit. */
const MOST_MS = 100 * 365 * 86_400_000;
