import type { DomainEvent, EventLog } from '#event-log';
import { roughSize } from '#event-log/rough-size.js';
import { relationshipStream } from '#relationship/streams.js';
import type { Described } from '../answer-schema.js';
import { calendarOf } from '../calendar.js';
import { cardProjection } from '../card/projection.js';
import { plannedFor } from '../desk/planned.js';
import { deskProjection } from '../desk/projection.js';
import { impersonal } from '../impersonal.js';
import type { Entry } from '../projection.js';
import { type AnswerTimes, answering, documentAt, documentKnownAt, firstInstantOf, InvalidParameter, instantOf } from '../reading.js';
import { entriesAskedFor } from '../runner/entries.js';
import { type AssignmentInterval, curatorAt, intervalsOf } from '../shared/assignments.js';
import { boundedStream, whileUnbuilt } from '../unbuilt.js';
import type { EntriesQuery, QueryContext, TimeTravel } from '../view-reader.js';
import type { timelineSchema } from './answer-schema.js';
import { behind, type EntryKind, entriesFor, entryOf, kindByType, retractionIn, retractionKey, revisionIn } from './entry.js';
import { decodePlace, encodePlace, type Order, queryOf, rangesOf, type TimeRange } from './time-range.js';

export interface TimelineParams extends TimeTravel {
  readonly customerId: string;
  /** `newest` unless said otherwise; by when it was true, then by revision. */
  readonly order?: Order;
  /** Contacts and consents name a channel; that a planned contact was missed, moved or called off does not. */
  readonly channel?: string;
  readonly kind?: EntryKind;
  readonly type?: string;
  /** Entries from the times at which this curator answered for the customer. */
  readonly curatorId?: string;
  /** Instants, or days that count from their beginning to their end; both inclusive. */
  readonly from?: string;
  readonly to?: string;
  /** 1 to 500; 50 when absent. A page of large entries holds fewer. */
  readonly limit?: number;
  readonly cursor?: string;
}

export type TimelineAnswer = Described<typeof timelineSchema> & { readonly next?: string };
type RetractedBy = NonNullable<TimelineAnswer['entries'][number]['retractedBy']>;

/** Undefined for a customer of whom nothing is known. */
export const timeline = async (given: QueryContext, params: TimelineParams): Promise<TimelineAnswer | undefined> => {
  const { customerId, order = 'newest', limit = 50, curatorId } = params;
  if (!Number.isInteger(limit) || limit < 1 || limit > 500) throw new InvalidParameter('limit', 'must be a whole number from 1 to 500');
  const { context, times } = answering(given, params);
  const [card, present, desk] = await Promise.all([
    documentKnownAt(context, cardProjection, customerId, params.knownAt),
    documentKnownAt(context, cardProjection, customerId),
    documentAt(context, deskProjection, customerId, params),
  ]);
  if (!card) return undefined;
  const erased = present?.status === 'erased';

  const intervals = curatorId === undefined ? undefined : intervalsOf(card.assignments).filter((each) => each.curatorId === curatorId);
  const found = await entriesOf(context, params, times, order, limit + 1, intervals);
  const page = found.slice(0, limit);
  const entries: TimelineAnswer['entries'][number][] = [];
  let characters = 0;
  for (let at = 0; at < page.length && characters <= PAGE_CHARACTERS; at += READ_AT_ONCE) {
    const some = page.slice(at, at + READ_AT_ONCE);
    const events = await eventsOf(context.log, customerId, some);
    for (const stored of some) {
      const event = events.get(revisionIn(stored.key));
      // Hidden from the customer since.
      if (!event) continue;
      characters += roughSize(event.data);
      if (characters > PAGE_CHARACTERS && entries.length > 0) break;
      const entry = entryOf(erased ? impersonal(event) : event);
      const kind = stored.fields.kind as EntryKind;
      entries.push({ ...entry, kind, curatorId: curatorAt(card, entry.at) ?? null });
    }
  }
  const last = entries.at(-1);
  const retractions = await retractionsOf(context, customerId, times, entries);
  return {
    ...times,
    customerId,
    order,
    entries: entries.map((entry) => {
      const retractedBy = retractions.get(entry.eventId);
      return retractedBy ? { ...entry, retractedBy } : entry;
    }),
    ...(last && found.length > entries.length && { next: encodePlace(last) }),
    planned: desk ? plannedFor(desk, times.asOf) : [],
  };
};

const isShown = ({ type }: DomainEvent): boolean => kindByType.has(type);

/** Of the data of a page: it ends before the entry that would pass them, and has one at least. */
const PAGE_CHARACTERS = 4_000_000;
/** Entries whose events are read before it is looked whether the page is full. */
const READ_AT_ONCE = 25;

/** Revisions so near to each other are read in one go, with those in between. */
const NEAR = 10;

/** By revision. */
async function eventsOf(
  log: Pick<EventLog, 'readStream'>,
  customerId: string,
  page: readonly Entry[],
): Promise<ReadonlyMap<number, DomainEvent>> {
  const events = new Map<number, DomainEvent>();
  const revisions = page.map(({ key }) => revisionIn(key)).sort((a, b) => a - b);
  const asked = new Set(revisions);
  for (let first = 0; first < revisions.length; ) {
    let last = first;
    while (last + 1 < revisions.length && revisions[last + 1]! - revisions[last]! <= NEAR) last++;
    const range = { from: revisions[first]!, to: revisions[last]! };
    for await (const batch of log.readStream(relationshipStream(customerId), range))
      for (const event of batch) if (asked.has(event.revision)) events.set(event.revision, event);
    first = last + 1;
  }
  return events;
}

async function entriesOf(
  { reader, log, policies }: QueryContext,
  params: TimelineParams,
  { asOf, knownAt }: AnswerTimes,
  order: Order,
  asked: number,
  intervals: readonly AssignmentInterval[] | undefined,
): Promise<readonly Entry[]> {
  const { customerId, kind, channel, type, cursor } = params;
  const after = cursor === undefined ? undefined : decodePlace(cursor);
  const calendar = calendarOf(policies);
  const to = params.to === undefined ? asOf : [instantOf(params.to, calendar), asOf].sort()[0]!;
  const period: TimeRange = { to, ...(params.from !== undefined && { from: firstInstantOf(params.from, calendar) }) };
  const where = { ...(kind && { kind }), ...(channel && { channel }), ...(type && { type }) };
  const found: Entry[] = [];
  for (const range of rangesOf(period, order, intervals)) {
    const query = {
      customerId,
      where,
      ...queryOf(customerId, range, order, after),
      ...(knownAt !== undefined && { atMost: { recordedAt: knownAt } }),
      limit: asked - found.length,
    };
    found.push(...(await readEntries({ reader, log }, query)));
    if (found.length >= asked) break;
  }
  return found;
}

const readEntries = ({ reader, log }: Pick<QueryContext, 'reader' | 'log'>, query: EntriesQuery): Promise<readonly Entry[]> =>
  whileUnbuilt(reader.entries('timeline', query), async (notReady) =>
    entriesAskedFor((await boundedStream(log, query.customerId, notReady)).filter(isShown).flatMap(entriesFor), query),
  );

/**
 * By the event that was retracted. The keys are gone through in order, from one event of the page to the next, so that a page costs about what
 * it holds and not what was ever retracted.
 */
async function retractionsOf(
  context: QueryContext,
  customerId: string,
  { knownAt }: AnswerTimes,
  entries: TimelineAnswer['entries'],
): Promise<ReadonlyMap<string, RetractedBy>> {
  const retractions = new Map<string, RetractedBy>();
  const known = knownAt !== undefined && { atMost: { recordedAt: knownAt } };
  let left = entries.map(({ eventId }) => retractionKey(customerId, eventId)).sort();
  while (left.length > 0) {
    const keys = { gte: left[0]!, lt: behind(left.at(-1)!) };
    const limit = left.length;
    const found = await readEntries(context, { customerId, keys, order: 'asc', ...known, limit });
    for (const { key } of found) retractions.set(retractionIn(key).of, retractionIn(key).by);
    const last = found.at(-1)?.key;
    left = last === undefined || found.length < limit ? [] : left.filter((begin) => begin > last);
  }
  return retractions;
}
