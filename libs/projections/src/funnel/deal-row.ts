import { heldAt } from '#relationship/read-side.js';
import { daysBetween, NEVER } from '../days.js';
import type { Money } from '../money.js';
import { AHEAD } from '../present.js';
import type { Row } from '../projection.js';
import { later } from '../shared/contributing.js';
import { activeClosing, type DealHistory, historyOf } from '../shared/deal-history.js';
import { type AttributionAt, attributionOf, type DealRecord } from '../shared/deals-document.js';

export type DealStatus = 'open' | 'won' | 'lost';

/** A deal as it was at an instant. */
export interface DealRow {
  readonly dealId: string;
  readonly customerId: string;
  /** Of a closed deal the last one that it was in. */
  readonly stage: string | null;
  readonly stageSince: string | null;
  readonly status: DealStatus;
  /** At the end of a closed deal, else now; as source and segment. */
  readonly curatorId: string | null;
  readonly source: string | null;
  readonly segment: string | null;
  readonly openedAt: string | null;
  readonly closedAt: string | null;
  readonly expectedValue: Money | null;
  /** Minor units of `currency`; null unless won. */
  readonly wonAmount: number | null;
  readonly cost: number | null;
  readonly currency: string | null;
  /** Why it was lost. */
  readonly reason: string | null;
  /** Opening to win, broken; negative for a deal won before it was opened. */
  readonly daysToWin: number | null;
  readonly wonBeforeOpened: boolean;
  /** Ends that a reopening took back. */
  readonly reopenings: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly stays: readonly {
    readonly stage: string;
    readonly from: string;
    readonly until: string | null;
    readonly curatorId: string | null;
    readonly event: string;
  }[];
  readonly events: readonly string[];
}

/** What of the row is searched for. */
const placeOf = (deal: DealRecord, { intervals, closings }: DealHistory, attributionAt: AttributionAt, asOf: string) => {
  const end = activeClosing({ closings })?.end;
  const { curator: curatorId, source, segment } = attributionAt(end?.at ?? asOf);
  const status: DealStatus = end?.kind ?? 'open';
  return { customerId: deal.customerId, stage: intervals.at(-1)?.stage ?? null, status, curatorId, source, segment };
};

export const dealRowOf = (deal: DealRecord, asOf: string = NEVER): DealRow => {
  const history = historyOf(deal.dealEvents);
  const attributionAt = attributionOf(deal);
  const { opened, intervals, closings, values } = history;
  const end = activeClosing(history)?.end;
  const won = end?.kind === 'won' ? end : undefined;
  const expectedValue = heldAt(values, end?.at ?? asOf)?.value ?? null;
  return {
    dealId: deal.dealId,
    ...placeOf(deal, history, attributionAt, asOf),
    stageSince: intervals.at(-1)?.entry.at ?? null,
    openedAt: opened?.at ?? null,
    closedAt: end?.at ?? null,
    expectedValue,
    wonAmount: won?.amount.minor ?? null,
    cost: won?.cost?.minor ?? null,
    currency: won?.amount.currency ?? expectedValue?.currency ?? null,
    reason: end?.kind === 'lost' ? end.reason : null,
    daysToWin: won && opened ? daysBetween(opened.at, won.at) : null,
    wonBeforeOpened: won !== undefined && opened !== undefined && won.at < opened.at,
    reopenings: closings.filter(({ undone }) => undone).length,
    labels: opened?.labels ?? {},
    stays: intervals.map(({ stage, entry, leave }) => ({
      stage,
      from: entry.at,
      until: leave ? later(entry.at, leave.at) : null,
      curatorId: attributionAt(entry.at).curator,
      event: entry.event,
    })),
    events: deal.dealEvents.map(({ event }) => event),
  };
};

/** Sorts by currency, then by amount, whichever sign it has. */
const sortableValue = (money: Money | undefined): string | null =>
  money ? `${money.currency} ${String(BigInt(money.minor) + 2n ** 53n).padStart(17, '0')}` : null;

/** The body is the deal with all its events, so that it can be shown as of any instant. */
export const storedRowOf = (deal: DealRecord): Row => {
  const attributionAt = attributionOf(deal);
  const history = historyOf(deal.dealEvents);
  const end = activeClosing(history)?.end;
  const fields = {
    ...placeOf(deal, history, attributionAt, NEVER),
    heldBy: attributionAt(NEVER).curator,
    since: deal.dealEvents[0]!.at,
    stageSince: history.intervals.at(-1)?.entry.at ?? null,
    closedAt: end?.at ?? null,
    value: sortableValue(end?.kind === 'won' ? end.amount : heldAt(history.values, end?.at ?? NEVER)?.value),
    [AHEAD]: deal.aheadUntil ?? null,
  };
  return { key: `${deal.customerId}|${deal.dealId}`, fields, body: deal };
};

const dealFilters = ['status', 'stage', 'curatorId', 'heldBy', 'source', 'segment'] as const;

export const dealIndexes: readonly (readonly string[])[] = [
  ['status', 'since', 'source', 'segment'],
  ['stage', 'status', 'since'],
  ['curatorId', 'status', 'since'],
  ['heldBy', 'since'],
  ['source', 'since'],
  ['segment', 'since'],
  ['customerId'],
  ['since'],
  // Looked through for whatever is asked for together, and to be sorted.
  ...(['stageSince', 'closedAt', 'value'] as const).map((sort) => [sort, 'key', ...dealFilters]),
  [AHEAD],
];
