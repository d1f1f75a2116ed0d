import type { OutgoingRecord } from './record-size.js';

/** A record with its place and its size, which must not be above the room in its topic. */
export interface PlacedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly bytes: number;
  readonly record: OutgoingRecord;
}

/** What goes together. */
export interface Request {
  readonly topicMessages: { readonly topic: string; readonly messages: (OutgoingRecord & { readonly partition: number })[] }[];
  readonly bytes: number;
}

/** Of one partition, which is one batch for the broker, and of all: more than this makes a request no cheaper. */
const BATCH_BYTES = 1 << 20;
const REQUEST_BYTES = 8 << 20;

/**
 * As many records a request as the topics take in one batch a partition; those of a partition stay in their order.
 * @param roomIn bytes that a batch of the topic may have
 */
export function* requestsOf(records: Iterable<PlacedRecord>, roomIn: (topic: string) => number): Generator<Request> {
  let some: PlacedRecord[] = [];
  let bytes = 0;
  let batches = new Map<string, number>();
  for (const each of records) {
    const place = `${each.topic} ${each.partition}`;
    const batch = (batches.get(place) ?? 0) + each.bytes;
    const room = Math.min(BATCH_BYTES, roomIn(each.topic));
    if (some.length > 0 && ((batch > each.bytes && batch > room) || bytes + each.bytes > REQUEST_BYTES)) {
      yield requestOf(some, bytes);
      [some, bytes, batches] = [[], 0, new Map()];
    }
    some.push(each);
    bytes += each.bytes;
    batches.set(place, (batches.get(place) ?? 0) + each.bytes);
  }
  if (some.length > 0) yield requestOf(some, bytes);
}

const requestOf = (records: readonly PlacedRecord[], bytes: number): Request => ({
  topicMessages: [...Map.groupBy(records, ({ topic }) => topic)].map(([topic, of]) => ({
    topic,
    messages: of.map(({ record, partition }) => ({ ...record, partition })),
  })),
  bytes,
});
