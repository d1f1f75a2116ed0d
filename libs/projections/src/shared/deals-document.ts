import type { DomainEvent } from '#event-log';
import { emptyIdMap, getId, type IdMap, setId } from '#relationship/kernel/id-map.js';
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
} from '#relationship/read-side.js';
import { NEVER } from '../days.js';
import type { Handlers, Reflected } from '../event-handlers.js';
import { appended, type BlockList, emptyBlocks, itemAt, lengthOf, replacedAt } from '../persistent/block-list.js';
import { type Dated, type DealEvent, dated, type Learned, type OpenedEvent } from './deal-events.js';

/** A customer's deals as dated events, in order of time, and what of the customer the deals are counted by. */
export interface DealsDocument extends Reflected {
  readonly customerId: string;
  /** When an event was last retracted: what was known before is in the log alone. */
  readonly correctedAt?: string;
  readonly curators: readonly (Dated & Assignment)[];
  readonly sources: readonly Learned[];
  readonly segments: readonly Learned[];
  /** In the order in which they became known, so that the deals that still change are near the end. */
  readonly deals: BlockList<DealEntry>;
  /** Places in `deals`. */
  readonly places: IdMap<number>;
}
interface DealEntry {
  readonly dealId: string;
  readonly dealEvents: readonly DealEvent[];
}

/** One deal with all that its numbers depend on; the body of its row. */
export interface DealRecord extends Pick<DealsDocument, 'customerId' | 'curators' | 'sources' | 'segments' | 'aheadUntil' | 'correctedAt'> {
  readonly dealId: string;
  readonly dealEvents: readonly DealEvent[];
}

export const noDeals = (customerId: string, correctedAt?: string): DealsDocument => ({
  customerId,
  ...(correctedAt !== undefined && { correctedAt }),
  revision: -1,
  curators: [],
  sources: [],
  segments: [],
  deals: emptyBlocks,
  places: emptyIdMap,
});

export const customerHandlers = {
  'customer-registered': (document, { segment }, event) =>
    curated(segment ? { ...document, segments: inTime(document.segments, { ...dated(event), value: segment }) } : document, event),
  'customer-details-corrected': (document, { field, to }, event) =>
    field === 'segment' && to !== undefined
      ? { ...document, segments: inTime(document.segments, { ...dated(event), value: to }) }
      : document,
  'acquisition-recorded': (document, { source }, event) => ({
    ...document,
    sources: inTime(document.sources, { ...dated(event), value: source }),
  }),
  'curator-assigned': (document, _, event) => curated(document, event),
} satisfies Handlers<DealsDocument>;

function curated(document: DealsDocument, event: DomainEvent): DealsDocument {
  const assignment = assignmentOf(event);
  return assignment ? { ...document, curators: inTime(document.curators, { ...dated(event), ...assignment }) } : document;
}

export function withEvent(document: DealsDocument, dealId: string, dealEvent: DealEvent): DealsDocument {
  const place = getId(document.places, dealId);
  if (place === undefined) {
    const places = setId(document.places, dealId, lengthOf(document.deals));
    return { ...document, deals: appended(document.deals, { dealId, dealEvents: [dealEvent] }), places };
  }
  const entry = { dealId, dealEvents: inTime(itemAt(document.deals, place)!.dealEvents, dealEvent) };
  return { ...document, deals: replacedAt(document.deals, place, entry) };
}

/** What was true at `asOf` of what was known at `knownAt`; undefined when nothing was. */
export const dealAsOf = (deal: DealRecord, asOf: string, knownAt: string = NEVER): DealRecord | undefined => {
  const then = <Known extends Dated>(dealEvents: readonly Known[]) => dealEvents.filter(({ at, known }) => at <= asOf && known <= knownAt);
  const dealEvents = then(deal.dealEvents);
  if (dealEvents.length === 0) return undefined;
  return { ...deal, dealEvents, curators: then(deal.curators), sources: then(deal.sources), segments: then(deal.segments) };
};

/** Whom and what a deal counts for at an instant; null where nothing was given by then. */
export interface Attribution {
  /** Who has the deal. */
  readonly curator: string | null;
  /** How it was won: by its own acquisition method, else by the customer's first. */
  readonly source: string | null;
  readonly segment: string | null;
}
export type AttributionAt = (instant: string) => Attribution;

export const attributionOf = ({ dealEvents, curators, sources, segments }: DealRecord): AttributionAt => {
  const opened = dealEvents.find((dealEvent) => dealEvent.kind === 'opened');
  const work = givenWork(dealEvents, opened);
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

/** When the attribution of a deal may change, and by which event. */
export const turnsOf = ({ dealEvents, curators, sources, segments }: DealRecord): readonly Turn[] => {
  const reassigned = dealEvents.filter(({ kind }) => kind === 'reassigned');
  const assigned = curators.map(({ at, since = at, event }) => ({ at: since, event }));
  return [...assigned, ...[...sources, ...segments, ...reassigned].map(({ at, event }) => ({ at, event }))];
};

function givenWork(dealEvents: readonly DealEvent[], opened: OpenedEvent | undefined): GivenWork {
  const opening = openedFor(opened?.curatorId, opened?.at ?? '');
  return dealEvents.reduce(
    (work, dealEvent) => (dealEvent.kind === 'reassigned' ? givenTo(work, dealEvent.curatorId, dealEvent.at) : work),
    opening,
  );
}

function sameValue(one: Learned, other: Learned): boolean {
  return one.value === other.value;
}
