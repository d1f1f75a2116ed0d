import type { LadderPolicy, PolicyHistory } from '#relationship/read-side.js';
import { calendarOf } from '../calendar.js';
import { NEVER } from '../days.js';
import type { Applied } from '../shared/roles.js';
import { type ActiveEvidence, nothingYet, take } from './active-evidence.js';
import type { MissingCondition } from './answer-schema.js';
import { heightsOf, nextTick } from './conditions.js';
import { type BlockSummary, type LadderDocument, summaryOf } from './evidence.js';
import { buyAll } from './purchases.js';
import { becauseOf, missingFor } from './reasons.js';
import { rungs } from './rungs.js';

/** From `from` (milliseconds) until the next step. */
export interface RungStep {
  readonly from: number;
  /** Index into `rungs`. */
  readonly rung: number;
  /** Events that carry the rung. */
  readonly because: readonly string[];
  /** What made the step: events of that instant (or a new policy), or time alone. */
  readonly cause: 'event' | 'time';
  readonly events: readonly string[];
}

/** The state at one instant, with what is missing for the next rung. */
export interface RungView {
  readonly rung: number;
  readonly because: readonly string[];
  readonly missing: readonly MissingCondition[];
  readonly policyVersion: number;
}

interface InForcePolicy {
  readonly from: number;
  readonly version: number;
  readonly document: LadderPolicy;
}

const CLIENT = rungs.indexOf('client');

/**
 * The rungs of a customer from the registration on and into the future, as far as time alone will change them; empty for one who was never
 * registered. Evidence comes in order of time. What events take away is lost at once; what time takes away lowers one rung in
 * `lapseStepDays`, and at every instant the policy in force then decides.
 */
export const rungTimeline = (evidence: LadderDocument['evidence'], policies: PolicyHistory): readonly RungStep[] =>
  sweep(evidence, policies).steps;

/** The steps in a time in which the ladder applies; on whatever rung the customer is when it begins, that rung begins then. */
export const stepsApplied = (steps: readonly RungStep[], { from, to, beganBy }: Applied): readonly RungStep[] => {
  const begin = from === '' ? Number.NEGATIVE_INFINITY : Date.parse(from);
  const end = to === NEVER ? Number.POSITIVE_INFINITY : Date.parse(to);
  return steps
    .filter((step, place) => step.from < end && (steps[place + 1]?.from ?? Number.POSITIVE_INFINITY) > begin)
    .map((step) => {
      if (step.from >= begin) return step;
      const events = beganBy === undefined ? step.events : [beganBy];
      return { ...step, from: begin, because: [...new Set([...step.because, ...events])], cause: 'event', events };
    });
};

export const sweep = (
  evidence: LadderDocument['evidence'],
  policies: PolicyHistory,
  viewAt?: number,
  summaries: readonly BlockSummary[] = evidence.map((block) => summaryOf(block, calendarOf(policies))),
): { readonly steps: readonly RungStep[]; readonly view?: RungView } => {
  const registered = summaries.find((block) => block.registered)?.registered;
  if (!registered) return { steps: [] };
  const history = policies.ladder.map(({ effectiveFrom, version, document }) => ({ from: Date.parse(effectiveFrom), version, document }));
  const calendar = calendarOf(policies);
  const active = nothingYet(
    summaries.some(({ returns }) => returns),
    calendar,
  );
  const steps: RungStep[] = [];
  let view: RungView | undefined;
  let rung = 0;
  let fell = Number.NEGATIVE_INFINITY;
  let [block, place] = [0, 0];
  let next = evidence[0]?.[0];
  let now = next!.at;
  const goOn = () => {
    place++;
    if (place === evidence[block]!.length) [block, place] = [block + 1, 0];
    next = evidence[block]?.[place];
  };
  /** Whole blocks of them at once where that gives the same. */
  function takePurchases(before: number): void {
    while (next?.kind === 'purchase' && next.at < before) {
      const days = place === 0 && !active.refunds && evidence[block]!.at(-1)!.at < before ? summaries[block]!.purchases : undefined;
      if (days) {
        buyAll(active.purchases, days);
        place = evidence[block]!.length - 1;
      } else take(active, next);
      goOn();
    }
  }
  for (;;) {
    const policy = policyIn(history, now);
    const arrived: string[] = [];
    for (; next && next.at <= now; goOn()) {
      take(active, next);
      arrived.push(next.event);
    }
    const former = rung;
    const heights = heightsOf(active, now, policy.document);
    rung = heights.now > rung ? heights.now : Math.min(rung, heights.lasting);
    const byEvent = rung !== former;
    const lapses = heights.now < rung;
    if (lapses && now >= calendar.plusDays(fell, policy.document.lapseStepDays)) {
      rung--;
      fell = now;
    }
    if (now >= registered.at && (steps.length === 0 || rung !== steps.at(-1)!.rung))
      steps.push(stepAt(active, now, policy.document, rung, former, byEvent || steps.length === 0, arrived, registered.event));
    const tick = Math.min(
      now < registered.at ? registered.at : Number.POSITIVE_INFINITY,
      nextTick(active, now, policy.document),
      heights.now < rung ? calendar.plusDays(fell, policy.document.lapseStepDays) : Number.POSITIVE_INFINITY,
      nextPolicy(history, now),
    );
    // One who is a client stays one by buying again, and nothing else is changed by it.
    if (heights.now === rung && rung >= CLIENT) takePurchases(tick);
    const upcoming = Math.min(tick, next ? next.at : Number.POSITIVE_INFINITY);
    if (viewAt !== undefined && !view && now <= viewAt && upcoming > viewAt) view = viewOf(active, viewAt, policyIn(history, viewAt), rung);
    if (upcoming === Number.POSITIVE_INFINITY) return { steps, ...(view && { view }) };
    now = upcoming;
  }
};

function stepAt(
  active: ActiveEvidence,
  now: number,
  policy: LadderPolicy,
  rung: number,
  former: number,
  byEvent: boolean,
  arrived: readonly string[],
  registration: string,
): RungStep {
  const because = rung === 0 ? [registration] : becauseOf(rung, active, now, policy);
  if (byEvent && arrived.length > 0) return { from: now, rung, because, cause: 'event', events: arrived };
  const lapsed = byEvent ? because : becauseOf(former, active, now, policy).filter((event) => !because.includes(event));
  return { from: now, rung, because, cause: byEvent ? 'event' : 'time', events: lapsed.length > 0 ? lapsed : because };
}

function viewOf(active: ActiveEvidence, at: number, { document, version }: InForcePolicy, rung: number): RungView {
  const because = becauseOf(rung, active, at, document);
  return { rung, because, missing: missingFor(rung, active, at, document), policyVersion: version };
}

function policyIn(history: readonly InForcePolicy[], now: number): InForcePolicy {
  let found = history[0]!;
  for (const regime of history) if (regime.from <= now) found = regime;
  return found;
}

function nextPolicy(history: readonly InForcePolicy[], now: number): number {
  let next = Number.POSITIVE_INFINITY;
  for (const { from } of history) if (from > now && from < next) next = from;
  return next;
}
