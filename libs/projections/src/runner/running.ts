import type { EventLog } from '#event-log';
import type { Position } from '#event-log/event-log.js';
import type { ReadModelStore } from '#read-models/read-model-store.js';
import type { Projection } from '../projection.js';
import { type Alias, writeAlias } from './aliases.js';
import { type Build, buildName, sameCode } from './build.js';
import type { BuildTeam } from './build-by-stream.js';
import type { ParkedSubject } from './parking.js';
import type { PolicyWatch } from './policy-watch.js';
import { type Group, openShard, type Shard } from './shard.js';
import type { Subjects } from './subjects.js';

/** As pino has it. */
export interface ProjectorLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export const quiet: ProjectorLogger = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** What the parts of a projector share while it runs. */
export interface Running {
  readonly log: EventLog;
  readonly store: ReadModelStore;
  readonly projections: ReadonlyMap<string, Projection>;
  readonly policies: PolicyWatch;
  readonly subjects: Subjects;
  readonly logger: ProjectorLogger;
  readonly cachedSubjects: number;
  readonly commitEvents: number | undefined;
  readonly team: BuildTeam | undefined;
  readonly unhurried: boolean;
  /** A group of one when absent: its only partition has no number. */
  readonly group: Group | undefined;
  readonly signal: AbortSignal;
  readonly onStalled: (error: string | undefined) => void;
  /** One at a time: whoever moves, adds, removes or repairs shards that follow the log. */
  readonly turn: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** As they were last read or written. */
  readonly aliases: Map<string, Alias>;
  /** Partitions of this projector. */
  assigned: ReadonlySet<number | undefined>;
  /** Those that follow the log, by name. */
  readonly shards: Map<string, Shard>;
  /** How far they have come. */
  position: Position;
}

/** A shard that is to follow the log. */
export interface OwnShard {
  readonly name: string;
  readonly build: Build;
  readonly partition: number | undefined;
}

/** The shards of these builds that are this projector's; none of what other code, or another division of the subjects, made. */
export function shardsOf({ projections, group, assigned }: Running, builds: readonly (Build | undefined)[]): readonly OwnShard[] {
  return builds
    .filter((build) => build !== undefined)
    .filter((build) => build.partitions === group?.partitions && sameCode(build, projections.get(build.view)!))
    .flatMap((build) => [...assigned].map((partition) => ({ name: buildName(build, partition), build, partition })));
}

export function openOwnShard(running: Running, { build, partition }: Pick<OwnShard, 'build' | 'partition'>): Promise<Shard> {
  const { store, projections, policies, cachedSubjects, logger, group } = running;
  return openShard({
    store,
    projection: projections.get(build.view)!,
    build,
    policies: policies.at(build.policies),
    cachedSubjects: group ? Math.ceil((2 * cachedSubjects) / group.partitions) : cachedSubjects,
    onParked: (parked: ParkedSubject) => logger.error(parked, 'a customer is parked in the view; all others continue'),
    ...(group && partition !== undefined && { partition: { number: partition, of: group } }),
  });
}

/** Kept first, acted on after: a crash in between leaves only collections to drop, which the next start finds listed. */
export async function keepAlias(running: Running, view: string, alias: Alias): Promise<void> {
  await writeAlias(running.store, view, alias);
  running.aliases.set(view, alias);
}
