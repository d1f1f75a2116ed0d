import type { LadderPolicy } from '#relationship/read-side.js';
import type { Calendar } from '../calendar.js';
import { type ActiveEvidence, latestInForce } from './active-evidence.js';
import { recencyLimit, windowOf } from './purchases.js';

/** `lapsed`: the evidence is active and nothing but time has taken it away. */
export type Met = 'met' | 'lapsed' | 'unmet';
type Judge = (active: ActiveEvidence, now: number, policy: LadderPolicy) => Met;

const purchaser: Judge = ({ purchases }) => (purchases.days.length > 0 ? 'met' : 'unmet');

const client: Judge = (active, now, policy) => {
  const bought = windowOf(active.purchases, policy.clientPurchaseDays, policy.clientWithinDays) !== undefined;
  if (bought && isRecent(active, now, policy)) return 'met';
  const contract = active.contracts.size === 0 ? undefined : latestInForce(active.contracts, now);
  if (contract?.active) return 'met';
  return bought || contract ? 'lapsed' : 'unmet';
};

const supporter: Judge = ({ calendar, csat, nps, complaints }, now, policy) => {
  if (complaints.size > 0) return 'unmet';
  const [byCsat, byNps] = [(csat?.score ?? 0) >= policy.supporterCsat, (nps?.score ?? -1) >= policy.supporterNps];
  if (!byCsat && !byNps) return 'unmet';
  const fresh = (byCsat && isFresh(csat!.at, now, policy, calendar)) || (byNps && isFresh(nps!.at, now, policy, calendar));
  return fresh ? 'met' : 'lapsed';
};

const advocate: Judge = ({ act }) => (act === undefined ? 'unmet' : 'met');

const partner: Judge = ({ agreements }, now) => {
  const agreement = agreements.size === 0 ? undefined : latestInForce(agreements, now);
  return agreement ? (agreement.active ? 'met' : 'lapsed') : 'unmet';
};

/** What each rung above the prospect needs besides the one below. */
const judges: readonly Judge[] = [purchaser, client, supporter, advocate, partner];

export interface Heights {
  /** By what is met now. */
  readonly now: number;
  /** Without the passing of time: events alone have not taken more away than this. */
  readonly lasting: number;
}

export const heightsOf = (active: ActiveEvidence, now: number, policy: LadderPolicy): Heights => {
  let height = -1;
  for (const [rung, judge] of judges.entries()) {
    const met = judge(active, now, policy);
    if (met !== 'met' && height < 0) height = rung;
    if (met === 'unmet') return { now: height, lasting: rung };
  }
  return { now: height < 0 ? judges.length : height, lasting: judges.length };
};

export const conditionOf = (rung: number, active: ActiveEvidence, now: number, policy: LadderPolicy): Met =>
  judges[rung - 1]!(active, now, policy);

/** Whole days; the day on which the limit is reached still counts. */
export function isRecent(
  { calendar, purchases }: ActiveEvidence,
  now: number,
  { clientWithinDays, clientIntervalFactor }: LadderPolicy,
): boolean {
  const last = purchases.days.at(-1);
  if (last === undefined) return false;
  const age = calendar.dayNumberAt(now) - last;
  return age <= clientWithinDays || age <= recencyLimit(purchases, clientWithinDays, clientIntervalFactor);
}

export function isFresh(at: number, now: number, { supporterWithinDays }: LadderPolicy, { dayNumberAt }: Calendar): boolean {
  return dayNumberAt(now) - dayNumberAt(at) <= supporterWithinDays;
}

/** The next instant after `now` at which time alone may change something; Infinity when none. */
export const nextTick = (active: ActiveEvidence, now: number, policy: LadderPolicy): number => {
  let next = Number.POSITIVE_INFINITY;
  const offer = (instant: number) => {
    if (instant > now && instant < next) next = instant;
  };
  const { dayNumberAt, startOf } = active.calendar;
  const last = active.purchases.days.at(-1);
  if (last !== undefined) {
    const soonest = startOf(last + policy.clientWithinDays + 1);
    offer(
      soonest > now ? soonest : startOf(last + recencyLimit(active.purchases, policy.clientWithinDays, policy.clientIntervalFactor) + 1),
    );
  }
  for (const answer of [active.csat, active.nps]) if (answer) offer(startOf(dayNumberAt(answer.at) + policy.supporterWithinDays + 1));
  for (const agreed of [active.contracts, active.agreements])
    for (const { from, until } of agreed.values()) {
      offer(from);
      offer(until);
    }
  return next;
};
