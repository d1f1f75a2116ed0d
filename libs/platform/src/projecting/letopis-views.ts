import { projections } from '#projections';
import type { ProjectorOptions } from '#projections/runner/index.js';
import { applyPolicyEvent, defaultPolicies } from '#relationship/facts.js';

/** All views, and what they are computed under. */
export const letopisViews = (): Pick<ProjectorOptions, 'projections' | 'policies'> => ({
  projections,
  policies: { initial: defaultPolicies, apply: applyPolicyEvent },
});
