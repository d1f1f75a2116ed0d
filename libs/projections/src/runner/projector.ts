import type { EventLog, Lag } from '#event-log';
import { ORIGIN, type Position } from '#event-log/event-log.js';
import { lagOf } from '#event-log/lag.js';
import type { ReadModelStore } from '#read-models/read-model-store.js';
import { relationshipStream } from '#relationship/streams.js';
import type { Projection } from '../projection.js';
import { readAlias, withoutBuilding, withoutForeign } from './aliases.js';
import type { RebuildProgress } from './build-progress.js';
import { createBuilder, RebuildRefused } from './builder.js';
import type { FillingTeam } from './fill.js';
import { instanceName, sameCode } from './instance.js';
import { createLive } from './live.js';
import { createLogNote, giveUpViewsOfAnotherLog } from './of-another-log.js';
import type { ParkedCustomer } from './parking.js';
import { persistently, reasonOf } from './persistently.js';
import { createPolicyWatch, type PolicyFolding, readPolicies } from './policy-watch.js';
import { repairCustomer } from './repair.js';
import { dropRetired, keepAlias, laneOf, type ProjectorLogger, quiet, type Running } from './running.js';
import { refuseBesideSharing } from './seen-sharing.js';
import { createTurns } from './turns.js';

export interface ProjectorOptions {
  /** Its events at the version that views and policies know. */
  readonly log: EventLog;
  /** Written by this projector alone, from its start until the store is closed. */
  readonly store: ReadModelStore;
  readonly projections: readonly Projection[];
  readonly policies: PolicyFolding;
  readonly onProgress?: (progress: RebuildProgress & { readonly view: string }) => void;
  /** Told the name of the error that holds up the views that answer, and undefined when they go on. */
  readonly onStalled?: ((error: string | undefined) => void) | undefined;
  readonly logger?: ProjectorLogger;
  /** Documents kept in memory for each view; 2000 when absent. */
  readonly cachedCustomers?: number;
  /** Events of one commit while filling and catching up; what suits either when absent. */
  readonly commitEvents?: number;
  /** Fills with it what is long enough; alone when absent. */
  readonly team?: FillingTeam | undefined;
  /** Nobody waits for the views that answer: what is rebuilt beside them may hold up the store for seconds. */
  readonly unhurried?: boolean;
}

/** Of the parked customers of a view. */
export const MOST_NAMED = 100;

export interface ViewStatus extends Lag {
  readonly view: string;
  /** Absent until the view has been filled for the first time. */
  readonly instance?: string;
  readonly checkpoint: Position;
  readonly head: Position;
  readonly state: 'empty' | 'live' | 'behind' | 'stalled' | 'stopped';
  readonly error?: string;
  /** Customers that wait. */
  readonly parked: number;
  /** The first of them; absent where there is none. */
  readonly parkedCustomers?: readonly ParkedCustomer[];
  /** Kept for a rollback. */
  readonly previous?: string;
  readonly rebuild?: RebuildProgress;
  /** Why what was filled last was not taken. */
  readonly refused?: string;
}

export interface Projector {
  /**
   * Resolves when the projector runs, however long its engines are away, or its views held by another projector, before; filling and catching
   * up go on behind it.
   */
  start(): Promise<void>;
  /** Finishes the batch under way. */
  stop(): Promise<void>;
  /** Resolves when every view is filled, up to date and at the head as it stood at the call. */
  settled(): Promise<void>;
  status(): Promise<readonly ViewStatus[]>;
  /** Blue-green; resolves when the new filling answers. @throws RebuildRefused */
  rebuild(view: string): Promise<void>;
  /** Back to the filling before, until the next rebuild or other code. @throws NoRollback, RebuildRefused */
  rollback(view: string): Promise<void>;
  /** Folds one customer anew in every view, and takes them off the parked ones where that works. */
  rebuildCustomer(customerId: string): Promise<void>;
  parked(): readonly ParkedCustomer[];
}

export class UnknownView extends Error {
  override readonly name = 'UnknownView';
  constructor(readonly view: string) {
    super(`there is no view ${view}`);
  }
}

export function createProjector(options: ProjectorOptions): Projector {
  const { log, store, logger = quiet, onProgress = () => undefined, onStalled = () => undefined } = options;
  const stopping = new AbortController();
  const running: Running = {
    log,
    store,
    logger,
    projections: new Map(options.projections.map((projection) => [projection.name, projection])),
    policies: createPolicyWatch(options.policies),
    cachedCustomers: options.cachedCustomers ?? 2_000,
    commitEvents: options.commitEvents,
    team: options.team,
    unhurried: options.unhurried ?? false,
    signal: stopping.signal,
    onStalled,
    turn: createTurns(),
    aliases: new Map(),
    lanes: new Map(),
    position: ORIGIN,
  };
  const { lanes, aliases, projections, turn } = running;
  const builder = createBuilder(running, onProgress);
  const note = createLogNote(running);
  const live = createLive(running, note, builder.look);
  let work: Promise<unknown> | undefined;

  /** An instance of other code stays, unfed and unread, until its successor is filled: an empty one is not to take its place. */
  async function openLanes(): Promise<void> {
    for (const view of projections.keys()) aliases.set(view, await readAlias(store, view));
    await giveUpViewsOfAnotherLog(running);
    const outOfDate = builder.outOfDate();
    for (const [view, projection] of projections) {
      // A rebuild that was asked for and cut off by a crash is wanted by nobody any more.
      const alias = aliases.get(view)!;
      if (alias.building && !outOfDate.includes(view)) await keepAlias(running, view, withoutBuilding(alias));
      const stored = aliases.get(view)!;
      const ours = withoutForeign(stored, projection);
      if (ours !== stored) await keepAlias(running, view, ours);
      await dropRetired(running, view);
      const { current } = aliases.get(view)!;
      if (current && sameCode(current, projection)) lanes.set(view, await laneOf(running, current));
    }
    const checkpoints = [...lanes.values()].map(({ checkpoint }) => checkpoint);
    running.position = checkpoints.length === 0 ? await log.head() : checkpoints.reduce((least, each) => (each < least ? each : least));
  }

  /** Work that is safe to repeat, begun until the engines are there; what is no fault of theirs is thrown. */
  async function enginesAnswer(work: () => Promise<void>): Promise<void> {
    let told: string | undefined;
    const waits = (error: unknown) => {
      const { reason, error: name } = reasonOf(error);
      if (reason === undefined) throw error;
      if (told !== reason) logger.error({ error: name, reason }, 'projector waits');
      told = reason;
    };
    await persistently(work, stopping.signal, waits).catch((error) => {
      if (!stopping.signal.aborted) throw error;
    });
  }

  async function streamOf(customerId: string) {
    const events = [];
    for await (const batch of log.readStream(relationshipStream(customerId))) events.push(...batch);
    return events;
  }

  async function repairPrevious(view: string, customerId: string): Promise<void> {
    const { previous } = aliases.get(view)!;
    if (previous) await repairCustomer(store, await laneOf(running, previous), customerId, await streamOf(customerId));
  }

  function known(view: string): string {
    if (!projections.has(view)) throw new UnknownView(view);
    return view;
  }

  return {
    async start() {
      await enginesAnswer(async () => {
        await store.hold?.();
        await refuseBesideSharing(store, stopping.signal);
        await readPolicies(log, running.policies);
        await openLanes();
        await note.now();
      });
      if (stopping.signal.aborted) return;
      work = Promise.all([live.run(), builder.run()]);
      work.catch((error) => logger.error({ error: (error as Error).name }, 'projector ended'));
    },

    async stop() {
      stopping.abort();
      if (!work) return;
      await work;
      await note.now().catch((error) => logger.warn(reasonOf(error), 'it could not be noted how far in the log the views are'));
    },

    async settled() {
      const head = await log.head();
      const reached = () => builder.outOfDate().length === 0 && [...lanes.values()].every(({ checkpoint }) => checkpoint >= head);
      while (!reached() && !stopping.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 5));
    },

    async status() {
      const head = await log.head();
      return Promise.all(
        [...projections.keys()].map(async (view): Promise<ViewStatus> => {
          const lane = lanes.get(view);
          const { current: stored, previous, refused } = aliases.get(view) ?? {};
          const current = stored && sameCode(stored, projections.get(view)!) ? stored : undefined;
          const checkpoint = lane?.checkpoint ?? (current ? await store.checkpoint(instanceName(current)) : ORIGIN);
          const error = live.stalledBy();
          const rebuild = builder.progress(view);
          return {
            view,
            ...(current && { instance: instanceName(current) }),
            checkpoint,
            head,
            ...(await lagOf(log, { checkpoint, head }, Date.now())),
            state: stopping.signal.aborted ? 'stopped' : error ? 'stalled' : !current ? 'empty' : checkpoint < head ? 'behind' : 'live',
            ...(error && { error }),
            parked: lane?.parked.size ?? 0,
            ...(lane && lane.parked.size > 0 && { parkedCustomers: [...lane.parked.values()].slice(0, MOST_NAMED) }),
            ...(previous && { previous: instanceName(previous) }),
            ...(rebuild && { rebuild }),
            ...(refused && { refused: new RebuildRefused(view).message }),
          };
        }),
      );
    },

    rebuild: async (view) => builder.rebuild(known(view)),
    rollback: async (view) => builder.rollback(known(view)),

    rebuildCustomer: (customerId) =>
      turn(async () => {
        builder.repaired(customerId);
        const events = await streamOf(customerId);
        for (const lane of lanes.values()) await repairCustomer(store, lane, customerId, events);
        for (const view of projections.keys()) await repairPrevious(view, customerId);
      }),

    parked: () => [...lanes.values()].flatMap((lane) => [...lane.parked.values()]),
  };
}
