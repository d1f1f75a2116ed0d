import { applyPolicyEvent, defaultPolicies, type PolicyHistory } from '#relationship/read-side.js';

/** The policies of a company in a time zone; of one that published none, where that is UTC. */
export const inZone = (zone: string, country?: string): PolicyHistory =>
  zone === 'UTC' && country === undefined
    ? defaultPolicies
    : applyPolicyEvent(defaultPolicies, { type: 'policy-published', data: published(zone, country) });

const published = (zone: string, country?: string) => ({
  name: 'company',
  version: 2,
  effectiveFrom: '0000-01-01T00:00:00.000Z',
  document: { zone, ...(country !== undefined && { country }) },
});
