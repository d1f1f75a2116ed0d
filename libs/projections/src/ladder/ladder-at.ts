import type { PolicyHistory } from '#relationship/read-side.js';
import { departureOf } from '../shared/departure.js';
import type { LadderDocument } from './evidence.js';
import type { MissingCondition } from './reasons.js';
import { sweep } from './rung-timeline.js';
import { type Rung, rungName } from './rungs.js';

export interface LadderPosition {
  readonly rung: Rung;
  readonly since: string;
  /** Ids of the events that carry the rung. */
  readonly because: readonly string[];
  /** For the next rung; empty for a partner whose evidence is fresh. */
  readonly missing: readonly MissingCondition[];
  /** When time alone will lower the rung if nothing happens; null if never. */
  readonly lapsesAt: string | null;
  readonly lapsesTo: Rung | null;
  readonly policyVersion: number;
  /** The steps up to `at`, and those that time alone will bring. */
  readonly steps: readonly {
    readonly from: string;
    readonly rung: Rung;
    readonly cause: 'event' | 'time';
    readonly because: readonly string[];
  }[];
}

/** The document must be as of the instant already, ISO 8601 UTC. Undefined before the registration, and while merged away or erased. */
export const ladderAt = (document: LadderDocument, policies: PolicyHistory, at: string): LadderPosition | undefined => {
  if (departureOf(document)) return undefined;
  const instant = Date.parse(at);
  const { steps, view } = sweep(document.evidence, policies, instant);
  const present = steps.findLast(({ from }) => from <= instant);
  if (!view || !present) return undefined;
  const lapse = steps.find(({ from, rung }) => from > instant && rung < present.rung);
  return {
    rung: rungName(present.rung),
    since: iso(present.from),
    because: present.rung === 0 ? present.because : view.because,
    missing: view.missing,
    lapsesAt: lapse ? iso(lapse.from) : null,
    lapsesTo: lapse ? rungName(lapse.rung) : null,
    policyVersion: view.policyVersion,
    steps: steps.map(({ from, rung, cause, because }) => ({ from: iso(from), rung: rungName(rung), cause, because })),
  };
};

const iso = (instant: number): string => new Date(instant).toISOString();
