import type { LadderPolicy } from '#relationship/read-side.js';
import { type ActiveEvidence, latestInForce } from './active-evidence.js';
import type { MissingCondition } from './answer-schema.js';
import { conditionOf, isFresh, isRecent, type Met } from './conditions.js';
import { recencyLimit, windowOf } from './purchases.js';
import { rungName, rungs } from './rungs.js';

/** Ids of the events that carry a rung, those of the rungs below included; lapsed evidence too while the rung is still held. */
export const becauseOf = (rung: number, active: ActiveEvidence, now: number, policy: LadderPolicy): readonly string[] => {
  const events = new Set<string>();
  for (let below = 1; below <= rung; below++) for (const event of carrying[below]!(active, now, policy)) events.add(event);
  return [...events];
};

type Carry = (active: ActiveEvidence, now: number, policy: LadderPolicy) => readonly (string | undefined)[];
const carried = (carry: Carry) => (active: ActiveEvidence, now: number, policy: LadderPolicy) =>
  carry(active, now, policy).filter((event) => event !== undefined);

const carrying: readonly ReturnType<typeof carried>[] = [
  () => [],
  carried(({ purchases }) => [purchases.events[0]?.[0]]),
  carried((active, now, policy) => {
    const { purchases } = active;
    const window = windowOf(purchases, policy.clientPurchaseDays, policy.clientWithinDays);
    const contract = latestInForce(active.contracts, now);
    if (!window || (contract?.active && !isRecent(active, now, policy))) return [contract?.event];
    return [...purchases.events.slice(window[0], window[1] + 1).map(([event]) => event), purchases.events.at(-1)?.at(-1)];
  }),
  carried(({ calendar, csat, nps }, now, policy) => {
    const positive = [
      csat && csat.score >= policy.supporterCsat ? csat : undefined,
      nps && nps.score >= policy.supporterNps ? nps : undefined,
    ];
    const fresh = positive.find((answer) => answer && isFresh(answer.at, now, policy, calendar));
    return [(fresh ?? positive.find((answer) => answer))?.event];
  }),
  carried(({ act }) => [act]),
  carried(({ agreements }, now) => [latestInForce(agreements, now)?.event]),
];

/** What is missing for the rung above the one held; while a rung is only held because time has not run out, what would renew it too. */
export const missingFor = (held: number, active: ActiveEvidence, now: number, policy: LadderPolicy): readonly MissingCondition[] => {
  const missing: MissingCondition[] = [];
  for (let rung = 1; rung <= Math.min(held + 1, rungs.length - 1); rung++) {
    const met = conditionOf(rung, active, now, policy);
    if (met !== 'met') missing.push(...asked(rung, met, active, now, policy));
  }
  return missing;
};

function asked(rung: number, met: Met, active: ActiveEvidence, now: number, policy: LadderPolicy): readonly MissingCondition[] {
  const one = (code: MissingCondition['code'], facts: MissingCondition['facts'], instead?: 'active-contract'): MissingCondition => ({
    code,
    rung: rungName(rung),
    lapsed: met === 'lapsed',
    facts,
    ...(instead && { instead }),
  });
  switch (rungName(rung)) {
    case 'purchaser':
      return [one('purchase', { have: 0, need: 1 })];
    case 'client':
      return missingForClient(one, active, now, policy);
    case 'supporter':
      return missingForSupporter(one, active, now, policy);
    case 'advocate':
      return [one('observed-act', { need: 'a referral that converted, a recommendation or a published review' })];
    default:
      return [one('agreement-in-force', {})];
  }
}

type One = (code: MissingCondition['code'], facts: MissingCondition['facts'], instead?: 'active-contract') => MissingCondition;

function missingForClient(
  one: One,
  { calendar, purchases }: ActiveEvidence,
  now: number,
  policy: LadderPolicy,
): readonly MissingCondition[] {
  const today = calendar.dayNumberAt(now);
  const { clientPurchaseDays, clientWithinDays, clientIntervalFactor } = policy;
  if (windowOf(purchases, clientPurchaseDays, clientWithinDays)) {
    const limit = recencyLimit(purchases, clientWithinDays, clientIntervalFactor);
    return [one('recent-purchase', { daysSinceLast: today - purchases.days.at(-1)!, notMoreThan: limit }, 'active-contract')];
  }
  const have = purchases.days.filter((day) => today - day <= clientWithinDays).length;
  return [one('purchase-days', { have, need: clientPurchaseDays, withinDays: clientWithinDays }, 'active-contract')];
}

function missingForSupporter(
  one: One,
  { calendar, csat, nps, complaints }: ActiveEvidence,
  now: number,
  policy: LadderPolicy,
): readonly MissingCondition[] {
  const positive =
    (csat && csat.score >= policy.supporterCsat && isFresh(csat.at, now, policy, calendar)) ||
    (nps && nps.score >= policy.supporterNps && isFresh(nps.at, now, policy, calendar));
  const attitude = one('positive-attitude', {
    csatAtLeast: policy.supporterCsat,
    npsAtLeast: policy.supporterNps,
    withinDays: policy.supporterWithinDays,
    lastCsat: csat?.score ?? null,
    lastNps: nps?.score ?? null,
  });
  return [
    ...(positive ? [] : [attitude]),
    ...(complaints.size === 0 ? [] : [one('complaint-resolved', { complaints: [...complaints.keys()] })]),
  ];
}
