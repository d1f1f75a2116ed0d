import type { DomainEvent } from '#event-log';
import {
  type Assignment,
  assignmentOf,
  curatorAmong,
  type GivenWork,
  givenTo,
  heldAt,
  inTime,
  namedAt,
  openedFor,
  reliefsIn,
  runsOf,
} from '#relationship/facts.js';
import { emptyIdMap, getId, type IdMap, setId } from '#relationship/kernel/id-map.js';
import { NEVER } from '../days.js';
import type { Handlers, Reflected } from '../facts.js';
import { appended, type BlockList, emptyBlocks, itemAt, lengthOf, replacedAt } from '../persistent/block-list.js';
import { type Dated, type DealEvent, dated, type Learned, type OpenedEvent } from './deal-events.js';

/** A customer's deals as dated facts, in order of time, and what of the customer the deals are counted by. */
export interface DealBook extends Reflected {
  readonly customerId: string;
  readonly curators: readonly (Dated & Assignment)[];
  readonly sources: readonly Learned[];
  readonly segments: readonly Learned[];
  /** In the order in which they became known, so that the deals that still change stand near the end. */
  readonly deals: BlockList<DealEntry>;
  /** Places in `deals`. */
  readonly places: IdMap<number>;
}
interface DealEntry {
  readonly dealId: string;
  readonly facts: readonly DealEvent[];
}

/** One deal with all that its numbers depend on; the body of its row. */
export interface BookedDeal extends Pick<DealBook, 'customerId' | 'curators' | 'sources' | 'segments' | 'aheadUntil'> {
  readonly dealId: string;
  readonly facts: readonly DealEvent[];
}

export const emptyBook = (customerId: string): DealBook => ({
  customerId,
  revision: -1,
  curators: [],
  sources: [],
  segments: [],
  deals: emptyBlocks,
  places: emptyIdMap,
});

export const customerHandlers = {
  'customer-registered': (book, { segment }, event) =>
    curated(segment ? { ...book, segments: inTime(book.segments, { ...dated(event), value: segment }) } : book, event),
  'customer-details-corrected': (book, { field, to }, event) =>
    field === 'segment' ? { ...book, segments: inTime(book.segments, { ...dated(event), value: to }) } : book,
  'acquisition-recorded': (book, { source }, event) => ({ ...book, sources: inTime(book.sources, { ...dated(event), value: source }) }),
  'curator-assigned': (book, _, event) => curated(book, event),
} satisfies Handlers<DealBook>;

function curated(book: DealBook, event: DomainEvent): DealBook {
  const assignment = assignmentOf(event);
  return assignment ? { ...book, curators: inTime(book.curators, { ...dated(event), ...assignment }) } : book;
}

export function withEvent(book: DealBook, dealId: string, dealEvent: DealEvent): DealBook {
  const place = getId(book.places, dealId);
  if (place === undefined) {
    const places = setId(book.places, dealId, lengthOf(book.deals));
    return { ...book, deals: appended(book.deals, { dealId, facts: [dealEvent] }), places };
  }
  const entry = { dealId, facts: inTime(itemAt(book.deals, place)!.facts, dealEvent) };
  return { ...book, deals: replacedAt(book.deals, place, entry) };
}

/** What was true at `asOf` of what was known at `knownAt`; undefined when nothing was. */
export const dealAsOf = (deal: BookedDeal, asOf: string, knownAt: string = NEVER): BookedDeal | undefined => {
  const then = <Fact extends Dated>(facts: readonly Fact[]) => facts.filter(({ at, known }) => at <= asOf && known <= knownAt);
  const facts = then(deal.facts);
  if (facts.length === 0) return undefined;
  return { ...deal, facts, curators: then(deal.curators), sources: then(deal.sources), segments: then(deal.segments) };
};

/** Whom and what a deal counts for at an instant; null where nothing was given by then. */
export interface Standing {
  /** Who has the deal. */
  readonly curator: string | null;
  /** How it was won: by its own acquisition method, else by the customer's first. */
  readonly source: string | null;
  readonly segment: string | null;
}
export type StandingAt = (instant: string) => Standing;

export const standingsOf = ({ facts, curators, sources, segments }: BookedDeal): StandingAt => {
  const opened = facts.find((dealEvent) => dealEvent.kind === 'opened');
  const work = givenWork(facts, opened);
  const isNamed = work.some(({ curatorId }) => curatorId !== undefined);
  const reliefs = reliefsIn(curators);
  const own = (instant: string) => (isNamed ? namedAt(work, reliefs, instant)?.curatorId : undefined);
  const [first] = runsOf(sources, sameValue);
  return (instant) => ({
    curator: own(instant) ?? curatorAmong(curators, instant) ?? null,
    source: opened?.source ?? (first && first.at <= instant ? first.value : null),
    segment: heldAt(segments, instant)?.value ?? null,
  });
};

export interface Turn {
  readonly at: string;
  readonly event: string;
}

/** When a deal may come to stand otherwise, and by what. */
export const turnsOf = ({ facts, curators, sources, segments }: BookedDeal): readonly Turn[] => {
  const reassigned = facts.filter(({ kind }) => kind === 'reassigned');
  const assigned = curators.map(({ at, since = at, event }) => ({ at: since, event }));
  return [...assigned, ...[...sources, ...segments, ...reassigned].map(({ at, event }) => ({ at, event }))];
};

function givenWork(facts: readonly DealEvent[], opened: OpenedEvent | undefined): GivenWork {
  const opening = openedFor(opened?.curatorId, opened?.at ?? '');
  return facts.reduce(
    (work, dealEvent) => (dealEvent.kind === 'reassigned' ? givenTo(work, dealEvent.curatorId, dealEvent.at) : work),
    opening,
  );
}

function sameValue(one: Learned, other: Learned): boolean {
  return one.value === other.value;
}
