import type { DecisionContext } from '../kernel/decider.js';
import { reject } from '../kernel/rejections.js';
import { type FunnelPolicy, policyVersion } from '../policies/policy.js';

/** The funnel that a deal was opened with: later versions of the policy do not move deals that are under way. */
export const funnelOf = (funnelVersion: number, { policies }: DecisionContext): FunnelPolicy =>
  policyVersion(policies, 'funnel', funnelVersion).document;

export const mustBeStageOf = ({ stages }: FunnelPolicy, stage: string): void => {
  if (!stages.includes(stage)) notAllowed(`The stage must be one of ${stages.join(', ')}.`, stage, stages);
};

export const mustBeAllowedMove = (funnel: FunnelPolicy, from: string, to: string): void => {
  mustBeStageOf(funnel, to);
  const steps = funnel.stages.indexOf(to) - funnel.stages.indexOf(from);
  if (steps < 0 && !funnel.mayGoBack) notAllowed(`The funnel does not let a deal go back from ${from} to ${to}.`, to, funnel.stages);
  if (steps > 1 && !funnel.maySkip) notAllowed(`The funnel does not let a deal pass over stages from ${from} to ${to}.`, to, funnel.stages);
};

const notAllowed = (message: string, stage: string, stages: readonly string[]): never =>
  reject('stage-not-allowed', message, { stage, stages });
