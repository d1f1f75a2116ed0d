import type { EventLog } from '#event-log';
import { createProjector, type Projector, type ProjectorLogger, type ProjectorOptions } from '#projections/runner/index.js';
import type { ReadModelStore } from '#read-models';
import { type BuildThreadsOptions, buildThreads } from './build-threads.js';
import { letopisViews } from './letopis-views.js';

export interface LetopisProjectorOptions extends Pick<ProjectorOptions, 'onProgress' | 'onStalled' | 'unhurried'> {
  readonly log: EventLog;
  readonly store: ReadModelStore;
  /** Where threads of its own open the same engines, to build with them what is long; without it all is folded here. */
  readonly engines?: BuildThreadsOptions;
  readonly logger?: ProjectorLogger;
}

/** The projector of all views, under the policies of the log. */
export const createLetopisProjector = ({ engines, ...options }: LetopisProjectorOptions): Projector =>
  createProjector({ ...options, ...letopisViews(), team: engines && buildThreads(engines) });
