import { Type } from 'typebox';
import type { ReferenceData } from '../kernel/aggregate.js';
import { type EventOf, event, instant, oneOf, optional, plain, strict, text } from '../kernel/event.js';
import { defaultPolicies, type PolicyHistory, type PolicyName, type PolicyVersion, policyNames } from './policy.js';

/** A policy that is not named is the company's own business. */
const openToCustomers: ReadonlySet<PolicyName> = new Set(['funnel', 'ladder', 'cadence', 'loss-reasons', 'channels', 'privacy', 'company']);

export const policyPublished = event(
  'policy-published',
  'A new version of a policy, in force from an instant on.',
  strict({
    name: oneOf(...policyNames),
    version: Type.Integer({ minimum: 2 }),
    effectiveFrom: instant(),
    document: Type.Object({}),
    reason: optional(plain(text(500), 'written about rules of the company')),
  }),
  { shows: ['/name', '/version', '/effectiveFrom', '/document'], hides: ({ name }) => !openToCustomers.has(name) },
);
export const policyEvents = [policyPublished] as const;
export type PolicyEvent = EventOf<typeof policyPublished>;

/** Events of other types leave the history as it is. */
export const applyPolicyEvent = (
  history: PolicyHistory,
  event: { readonly type: string; readonly data: unknown; readonly recordedAt?: string },
): PolicyHistory => {
  if (event.type !== policyPublished.type) return history;
  const { name, version, effectiveFrom, document } = event.data as { name: PolicyName } & PolicyVersion;
  const known = event.recordedAt !== undefined && { recordedAt: event.recordedAt };
  return { ...history, [name]: [...history[name], { name, version, effectiveFrom, document, ...known }] };
};

export const policyRegister: ReferenceData<PolicyHistory> = {
  types: [policyPublished.type],
  initial: defaultPolicies,
  apply: applyPolicyEvent,
};
