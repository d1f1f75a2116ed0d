import type { DomainEvent, EventLog } from '#event-log';
import { ORIGIN, type Position } from '#event-log/event-log.js';
import { inTime, type Merge, mergeInForce, relationshipStream } from '#relationship/read-side.js';
import { customerOf } from './event-handlers.js';
import { ViewNotReady } from './runner/view-reader.js';
import type { QueryContext } from './view-reader.js';

/** What one customer's events answer is answered from the log while this code has not built the view yet. */

/** Of one stream: whoever has more waits for the view, so that nobody's memory or turn is held up. */
export const MOST_EVENTS = 20_000;

export const whileUnbuilt = async <Answer>(read: Promise<Answer>, fold: (notReady: ViewNotReady) => Promise<Answer>): Promise<Answer> => {
  try {
    return await read;
  } catch (error) {
    if (error instanceof ViewNotReady) return fold(error);
    throw error;
  }
};

/** @throws ViewNotReady, as given, where there are more than `MOST_EVENTS` */
export const boundedStream = async (
  log: Pick<EventLog, 'readStream'>,
  customerId: string,
  notReady: ViewNotReady,
): Promise<readonly DomainEvent[]> => {
  const stream = relationshipStream(customerId);
  for await (const beyond of log.readStream(stream, { from: MOST_EVENTS, to: MOST_EVENTS })) if (beyond.length > 0) throw notReady;
  const events: DomainEvent[] = [];
  for await (const batch of log.readStream(stream)) events.push(...batch);
  return events;
};

type SearchedLog = Pick<EventLog, 'readAll' | 'head'>;

interface Merges {
  searchedTo: Position;
  /** By the absorbed customer, in order of time. */
  readonly of: Map<string, readonly Merge[]>;
}

const MERGING = ['customer-merged', 'customer-unmerged'];

/** Customers that are merged into this one. The log is searched for merges once, then from where the search before ended. */
export const absorbedInto = async ({ reader, log }: QueryContext, customerId: string): Promise<readonly string[]> => {
  const searched = reader.kept<{ merges?: Promise<Merges> }>('merges', () => ({}));
  searched.merges = (searched.merges ?? Promise.resolve<Merges>({ searchedTo: ORIGIN, of: new Map() })).then((known) => search(log, known));
  const { of } = await searched.merges.catch((error: unknown) => {
    delete searched.merges;
    throw error;
  });
  return [...of]
    .filter(([, turns]) => mergeInForce(turns)?.into === customerId)
    .map(([absorbed]) => absorbed)
    .sort();
};

async function search(log: SearchedLog, known: Merges): Promise<Merges> {
  const head = await log.head();
  for await (const batch of log.readAll({ types: MERGING, after: known.searchedTo, upTo: head })) {
    for (const { stream, type, occurredAt: at, data, notUnderstood } of batch) {
      if (notUnderstood !== undefined) continue;
      const into = type === 'customer-merged' ? (data as { readonly into: string }).into : null;
      known.of.set(customerOf(stream), inTime(known.of.get(customerOf(stream)) ?? [], { at, into }));
    }
  }
  known.searchedTo = head;
  return known;
}
