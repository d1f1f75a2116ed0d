import type { DecisionContext } from '../kernel/decider.js';
import { reject } from '../kernel/rejections.js';
import { inPolicy, named, policyAt } from '../policies/policy.js';
import { objectsToMarketing, type Privacy } from './state.js';

/** Outbound contacts that took place before the objection are history and stay recordable: it is judged as of `instant`. */
export const mustNotBeMarketing = (
  privacy: Privacy,
  { direction, purpose }: { readonly direction: string; readonly purpose: string },
  instant: string,
  { policies }: Pick<DecisionContext, 'policies'>,
): void => {
  if (direction !== 'outbound' || !objectsToMarketing(privacy, instant)) return;
  const version = policyAt(policies, 'privacy', instant);
  if (version.document.marketingPurposes.includes(purpose))
    reject(
      'marketing-objected',
      `The customer objects to marketing as of ${instant}, and a contact for ${purpose} is marketing${inPolicy(version)}.`,
      { purpose, instant, ...named(version) },
    );
};
