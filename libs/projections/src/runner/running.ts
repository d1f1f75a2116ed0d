import type { EventLog } from '#event-log';
import type { Position } from '#event-log/event-log.js';
import type { ReadModelStore } from '#read-models/read-model-store.js';
import type { Projection } from '../projection.js';
import { type Alias, writeAlias } from './aliases.js';
import type { FillingTeam } from './fill.js';
import { dropInstance, type Instance } from './instance.js';
import { type Lane, openLane } from './lane.js';
import type { ParkedCustomer } from './parking.js';
import type { PolicyWatch } from './policy-watch.js';

/** As pino has it. */
export interface ProjectorLogger {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

export const quiet: ProjectorLogger = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** What the parts of a projector share while it runs. */
export interface Running {
  readonly log: EventLog;
  readonly store: ReadModelStore;
  readonly projections: ReadonlyMap<string, Projection>;
  readonly policies: PolicyWatch;
  readonly logger: ProjectorLogger;
  readonly cachedCustomers: number;
  readonly commitEvents: number | undefined;
  readonly team: FillingTeam | undefined;
  readonly unhurried: boolean;
  readonly signal: AbortSignal;
  readonly onStalled: (error: string | undefined) => void;
  /** One at a time: whoever moves, joins or repairs lanes that answer. */
  readonly turn: <Result>(work: () => Promise<Result>) => Promise<Result>;
  readonly aliases: Map<string, Alias>;
  /** The lanes that answer, by view. */
  readonly lanes: Map<string, Lane>;
  /** How far the live lanes have come. */
  position: Position;
}

export const tellParked =
  (logger: ProjectorLogger) =>
  (parked: ParkedCustomer): void =>
    logger.error(parked, 'the view cannot go on with a customer; everyone else goes on');

export function laneOf(running: Running, instance: Instance): Promise<Lane> {
  const { store, projections, policies, cachedCustomers, logger } = running;
  const projection = projections.get(instance.view)!;
  return openLane({ store, projection, instance, policies: policies.at(instance.policies), cachedCustomers, onParked: tellParked(logger) });
}

/** Kept first, acted on after: a crash in between leaves only collections to drop, which the next start finds listed. */
export async function keepAlias(running: Running, view: string, alias: Alias): Promise<void> {
  await writeAlias(running.store, view, alias);
  running.aliases.set(view, alias);
}

export async function dropRetired(running: Running, view: string): Promise<void> {
  const alias = running.aliases.get(view)!;
  if (alias.retired.length === 0) return;
  for (const instance of alias.retired) await dropInstance(running.store, instance);
  await keepAlias(running, view, { ...alias, retired: [] });
}
