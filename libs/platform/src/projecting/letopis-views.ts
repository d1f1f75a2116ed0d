import { formerViews, projections } from '#projections';
import type { ProjectorOptions } from '#projections/runner/index.js';
import { applyPolicyEvent, defaultPolicies } from '#relationship/read-side.js';
import { codeOfViews } from './code-of-views.js';

/** All views, and what they are computed under. */
export const letopisViews = (): Pick<ProjectorOptions, 'projections' | 'formerViews' | 'policies'> => ({
  projections: projections.map((projection) => ({ ...projection, code: codeOfViews()[projection.name]! })),
  formerViews,
  policies: { initial: defaultPolicies, apply: applyPolicyEvent },
});
