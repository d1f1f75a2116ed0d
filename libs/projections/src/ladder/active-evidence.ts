import type { Calendar } from '../calendar.js';
import type { Evidence } from './evidence.js';
import { buy, giveBack, type PurchaseDays, type Refunds } from './purchases.js';

interface InForce {
  readonly event: string;
  readonly from: number;
  readonly until: number;
}
interface Answer {
  readonly at: number;
  readonly score: number;
  readonly event: string;
}

/** The active evidence at an instant; changed in place as a sweep advances in time. */
export interface ActiveEvidence {
  readonly calendar: Calendar;
  readonly purchases: PurchaseDays;
  readonly refunds: Refunds | undefined;
  csat: Answer | undefined;
  nps: Answer | undefined;
  readonly complaints: Map<string, string>;
  /** Complaints that were settled, and agreements that were ended, at an instant before their own: clocks differ. */
  readonly settled: Set<string>;
  readonly ended: Set<string>;
  act: string | undefined;
  readonly contracts: Map<string, InForce>;
  readonly agreements: Map<string, InForce>;
}

export const nothingYet = (returns: boolean, calendar: Calendar): ActiveEvidence => ({
  calendar,
  purchases: { days: [], events: [] },
  refunds: returns ? { purchases: new Map(), returned: new Set() } : undefined,
  csat: undefined,
  nps: undefined,
  complaints: new Map(),
  settled: new Set(),
  ended: new Set(),
  act: undefined,
  contracts: new Map(),
  agreements: new Map(),
});

export const take = (active: ActiveEvidence, evidence: Evidence): void => {
  switch (evidence.kind) {
    case 'purchase':
      buy(active.purchases, evidence, active.refunds, active.calendar);
      return;
    case 'return':
      giveBack(active.purchases, evidence.id, active.refunds!, active.calendar);
      return;
    case 'csat':
    case 'nps':
      active[evidence.kind] = evidence;
      return;
    case 'complaint':
      if (!active.settled.has(evidence.id)) active.complaints.set(evidence.id, evidence.event);
      return;
    case 'resolved':
      if (!active.complaints.delete(evidence.id)) active.settled.add(evidence.id);
      return;
    case 'act':
      active.act = evidence.event;
      return;
    case 'contract':
      active.contracts.set(evidence.id, inForce(evidence));
      return;
    case 'agreement':
      if (!active.ended.has(evidence.id)) active.agreements.set(evidence.id, inForce(evidence));
      return;
    case 'ended':
      if (!active.agreements.delete(evidence.id)) active.ended.add(evidence.id);
      return;
    default:
  }
};

/** Not before it was agreed, whatever it says. */
function inForce({ event, at, from, until }: { event: string; at: number; from: number; until: number | null }): InForce {
  return { event, from: Math.max(at, from), until: until ?? Number.POSITIVE_INFINITY };
}

/** In force now; else one that was, as long as its end is only a matter of time. */
export const latestInForce = (
  agreed: ReadonlyMap<string, InForce>,
  now: number,
): { readonly event: string; readonly active: boolean } | undefined => {
  let lapsed: string | undefined;
  for (const { event, from, until } of agreed.values()) {
    if (from <= now && now < until) return { event, active: true };
    if (from <= now) lapsed = event;
  }
  return lapsed === undefined ? undefined : { event: lapsed, active: false };
};
