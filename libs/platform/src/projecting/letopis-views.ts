import { createEventCatalogue } from '#event-log';
import { projections } from '#projections';
import type { ProjectorOptions } from '#projections/runner/index.js';
import { applyPolicyEvent, defaultPolicies, eventDefinitions } from '#relationship/facts.js';

/** All views, and what they are computed under. */
export const letopisViews = (): Pick<ProjectorOptions, 'projections' | 'registry' | 'policies'> => ({
  projections,
  registry: createEventCatalogue(eventDefinitions),
  policies: { initial: defaultPolicies, apply: applyPolicyEvent },
});
