import type { Producer } from 'kafkajs';
import { type Batch, type DomainEvent, type EventCatalogue, LOG_STREAM, type Position } from '#event-log';
import { customerIdOf, relationshipStream } from '#relationship/streams.js';
import { eventRecordOf } from '../cloud-event.js';
import { type createCards, customerRecordOf, type Followed } from '../customer-record.js';
import { customerValuePath, DATAREF, eventValuePath } from '../dataref.js';
import type { StreamingLogger, TopicSettings } from '../kafka.js';
import { partitionerOf } from '../partition-group.js';
import type { PublishingKey, PublishingKeys } from '../sealed-value.js';
import type { Topics } from '../topics.js';
import { checkpointRecord, type EventPlace, placeOf } from './checkpoint.js';
import { type OutgoingRecord, roomIn, sizeOfRecord } from './record-size.js';
import { type PlacedRecord, requestsOf } from './requests.js';

export interface SendOptions {
  readonly registry: Pick<EventCatalogue, 'get'>;
  readonly topics: Topics;
  /** Absent: personal fields are omitted. */
  readonly publishingKeys?: PublishingKeys | undefined;
  /** Of the API; the path alone is named where it is not known. */
  readonly publicUrl?: string | undefined;
  /** See `Checkpoint`. */
  readonly neverPlain: boolean;
  readonly logger: StreamingLogger;
}

export interface Sent {
  readonly published: number;
  /** Records that were too large and went without their value. */
  readonly withoutValue: number;
  readonly bytes: number;
}

interface Touched {
  readonly customers: Iterable<Followed>;
  readonly keys?: ReadonlyMap<string, PublishingKey> | undefined;
}

const customersAmong = (streams: readonly string[]): Set<string> => new Set(streams.filter((stream) => customerIdOf(stream) !== undefined));

/** Sends the records of events, and of the customers whom they touch, with the checkpoint behind them: in one transaction, or not at all. */
export const createBatchSender = (
  producer: Producer,
  details: ReadonlyMap<string, TopicSettings>,
  customerAfter: ReturnType<typeof createCards>,
  owedBefore: Readonly<Record<string, number>>,
  before: EventPlace | undefined,
  { registry, topics, publishingKeys, publicUrl, neverPlain, logger }: SendOptions,
) => {
  const owed = new Map(Object.entries(owedBefore));
  let last = before;
  const partitioners = new Map([...details].map(([topic, { partitions }]) => [topic, partitionerOf(partitions)]));
  const room = (topic: string): number => roomIn(details.get(topic)!);

  const placed = (topic: string, record: OutgoingRecord, bytes = sizeOfRecord(record)): PlacedRecord => ({
    topic,
    partition: partitioners.get(topic)!(record.key),
    bytes,
    record,
  });

  /** One after the other, as they are sent: the cards of all customers together may be large. */
  function* placedRecords(events: Iterable<OutgoingRecord>, { customers, keys }: Touched, head: Position, tooLarge: () => void) {
    const fitting = (topic: string, record: OutgoingRecord, without: () => OutgoingRecord): PlacedRecord => {
      const bytes = sizeOfRecord(record);
      if (bytes <= room(topic)) return placed(topic, record, bytes);
      const { key, headers } = record;
      const place = { topic, key, sequence: headers?.ce_sequence ?? headers?.letopis_sequence, bytes, most: room(topic) };
      logger.warn(place, 'a record is too large for its topic (max.message.bytes) and is published without its value');
      tooLarge();
      return placed(topic, without());
    };
    for (const record of events) {
      if (record.value === null) yield placed(topics.events, eventWithoutValue(record, publicUrl));
      else yield fitting(topics.events, record, () => eventWithoutValue(record, publicUrl));
    }
    for (const customer of customers) {
      const record = customerRecordOf(customer, keys?.get(relationshipStream(customer.card.customerId)));
      yield fitting(topics.customers, record, () => customerWithoutValue(record, publicUrl));
    }
    const checkpoint = {
      position: head,
      ...(neverPlain && { neverPlain }),
      ...(last && { event: placeOf(last) }),
      ...(owed.size > 0 && { owed: Object.fromEntries(owed) }),
    };
    yield placed(topics.checkpoints, checkpointRecord(checkpoint));
  }

  const transact = async (records: readonly OutgoingRecord[], touched: Touched, head: Position): Promise<Sent> => {
    let withoutValue = records.filter(({ value }) => value === null).length;
    let bytes = 0;
    const outgoing = placedRecords(records, touched, head, () => {
      withoutValue++;
    });
    const transaction = await producer.transaction();
    try {
      for (const request of requestsOf(outgoing, room)) {
        await transaction.sendBatch({ topicMessages: request.topicMessages });
        bytes += request.bytes;
      }
      await transaction.commit();
    } catch (error) {
      if (transaction.isActive()) await transaction.abort().catch(() => undefined);
      throw error;
    }
    return { published: records.length, withoutValue, bytes };
  };

  const send = async (events: Batch, head: Position): Promise<Sent> => {
    const records: OutgoingRecord[] = [];
    const keys = await publishingKeys?.(customersAmong(events.map(({ stream }) => stream)));
    const touched = new Map<string, Followed>();
    for (const event of events) {
      const record = eventRecordOf(event, registry.get(event.type), keys?.get(event.stream));
      if (record === undefined) continue;
      const { stream, revision, position, type, notUnderstood } = event;
      if (notUnderstood !== undefined)
        logger.warn({ stream, revision, position, type, notUnderstood }, 'an event is not understood and is published without its value');
      records.push(record);
      if (customerIdOf(stream) === undefined) continue;
      const customer = await customerAfter(event);
      if (customer.owed) owed.set(stream, revision);
      else touched.set(stream, customer);
    }
    // What closed the log is not in the copy, where the relay continues.
    last = events.findLast(({ stream }) => stream !== LOG_STREAM) ?? last;
    if (records.length === 0) return { published: 0, withoutValue: 0, bytes: 0 };
    return transact(records, { customers: touched.values(), keys }, head);
  };

  /** Cards that could not be made before, and now can. */
  const sendOwed = async (
    head: Position,
    customerUpTo: (stream: string, revision: number) => Promise<Followed | undefined>,
  ): Promise<void> => {
    const due: Followed[] = [];
    const keys = await publishingKeys?.(owed.keys());
    for (const [stream, revision] of [...owed]) {
      const customer = await customerUpTo(stream, revision);
      if (customer === undefined || customer.owed) continue;
      due.push(customer);
      owed.delete(stream);
    }
    if (due.length > 0) await transact([], { customers: due, keys }, head);
  };

  /** Where a former version committed how far it had come, without naming the event. */
  const nameEvent = async (head: Position, event: DomainEvent): Promise<void> => {
    last = event;
    await transact([], { customers: [] }, head);
  };

  return { send, sendOwed, nameEvent };
};

export const eventWithoutValue = ({ key, headers = {} }: OutgoingRecord, publicUrl = ''): OutgoingRecord => ({
  key,
  headers: { ...headers, [DATAREF]: publicUrl + eventValuePath(headers.ce_subject!, Number(headers.ce_sequence)) },
  value: null,
});

/** Empty and not null, which in a compacted topic would mean that the customer was erased. */
export const customerWithoutValue = ({ key, headers = {} }: OutgoingRecord, publicUrl = ''): OutgoingRecord => ({
  key,
  headers: { ...headers, [DATAREF]: publicUrl + customerValuePath(key, Number(headers.letopis_sequence)) },
  value: '',
});
