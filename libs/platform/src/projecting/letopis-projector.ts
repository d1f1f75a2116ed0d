import { createEventRegistry, type EventLog } from '#event-log';
import { projections } from '#projections';
import { createProjector, type Projector, type ProjectorLogger, type ProjectorOptions } from '#projections/runner/index.js';
import type { ReadModelStore } from '#read-models';
import { applyPolicyEvent, defaultPolicies, eventDefinitions } from '#relationship';

export interface LetopisProjectorOptions {
  readonly log: EventLog;
  readonly store: ReadModelStore;
  readonly logger?: ProjectorLogger;
  readonly onProgress?: ProjectorOptions['onProgress'];
}

/** The projector of all views, under the policies of the log. */
export const createLetopisProjector = (options: LetopisProjectorOptions): Projector =>
  createProjector({
    ...options,
    projections,
    registry: createEventRegistry(eventDefinitions),
    policies: { initial: defaultPolicies, apply: applyPolicyEvent },
  });
