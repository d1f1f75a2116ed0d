import type { DecisionContext } from '../kernel/decider.js';
import { reject } from '../kernel/rejections.js';
import { inPolicy, named, type PolicyVersion, policyVersion } from '../policies/policy.js';

type Funnel = PolicyVersion<'funnel'>;

/** The funnel that a deal was opened with: later versions of the policy do not move deals that are under way. */
export const funnelOf = (funnelVersion: number, { policies }: DecisionContext): Funnel => policyVersion(policies, 'funnel', funnelVersion);

export const mustBeStageOf = (funnel: Funnel, stage: string): void => {
  const { stages } = funnel.document;
  if (!stages.includes(stage)) notAllowed(funnel, `The stage must be one of ${stages.join(', ')}`, stage);
};

export const mustBeAllowedMove = (funnel: Funnel, from: string, to: string): void => {
  mustBeStageOf(funnel, to);
  const { stages, mayGoBack, maySkip } = funnel.document;
  const steps = stages.indexOf(to) - stages.indexOf(from);
  if (steps < 0 && !mayGoBack) notAllowed(funnel, `The funnel does not let a deal go back from ${from} to ${to}`, to);
  if (steps > 1 && !maySkip) notAllowed(funnel, `The funnel does not let a deal pass over stages from ${from} to ${to}`, to);
};

const notAllowed = (funnel: Funnel, message: string, stage: string): never =>
  reject('stage-not-allowed', `${message}${inPolicy(funnel)}.`, { stage, stages: funnel.document.stages, ...named(funnel) });
