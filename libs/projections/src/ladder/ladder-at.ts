import type { PolicyHistory } from '#relationship/read-side.js';
import type { AnswerTimes } from '../reading.js';
import { departureOf } from '../shared/departure.js';
import { timesApplied } from '../shared/roles.js';
import type { LadderOfAnswer } from './answer-schema.js';
import type { LadderDocument } from './evidence.js';
import { stepsApplied, sweep } from './rung-timeline.js';
import { type Rung, rungName } from './rungs.js';

/** Of a customer on a rung. */
export type LadderPosition = Omit<LadderOfAnswer, keyof AnswerTimes | 'customerId' | 'rung' | 'since' | 'excludedRole'> & {
  readonly rung: Rung;
  readonly since: string;
};

/**
 * The document must be as of the instant already, ISO 8601 UTC. Undefined before the registration, while merged away or
 * erased, and while the role has no rung.
 */
export const ladderAt = (document: LadderDocument, policies: PolicyHistory, at: string): LadderPosition | undefined => {
  if (departureOf(document)) return undefined;
  const instant = Date.parse(at);
  const { steps, view } = sweep(document.evidence, policies, instant);
  const applied = timesApplied(policies, 'ladder', document).map((time) => ({ ...time, steps: stepsApplied(steps, time) }));
  const now = applied.find(({ from, to }) => from <= at && at < to);
  const present = now?.steps.findLast(({ from }) => from <= instant);
  if (!view || !present) return undefined;
  const lapse = now?.steps.find(({ from, rung }) => from > instant && rung < present.rung);
  return {
    rung: rungName(present.rung),
    since: iso(present.from),
    because: present.rung === 0 ? present.because : view.because,
    missing: view.missing,
    lapsesAt: lapse ? iso(lapse.from) : null,
    lapsesTo: lapse ? rungName(lapse.rung) : null,
    policyVersion: view.policyVersion,
    steps: applied
      .flatMap(({ steps }) => steps)
      .map(({ from, rung, cause, because }) => ({ from: iso(from), rung: rungName(rung), cause, because })),
  };
};

const iso = (instant: number): string => new Date(instant).toISOString();
