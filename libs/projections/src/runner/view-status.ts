import type { Lag } from '#event-log';
import { ORIGIN, type Position } from '#event-log/event-log.js';
import { lagOf } from '#event-log/lag.js';
import { buildName, checkpointOf, sameCode } from './build.js';
import type { RebuildProgress } from './build-progress.js';
import type { ParkedSubject } from './parking.js';
import { RebuildRejected } from './requests.js';
import type { Running } from './running.js';
import type { Shard } from './shard.js';

/** Of the parked customers of a view. */
export const MOST_NAMED = 100;

export interface ViewStatus extends Lag {
  readonly view: string;
  /** Absent until the view has been built for the first time. */
  readonly build?: string;
  readonly checkpoint: Position;
  readonly head: Position;
  readonly state: 'empty' | 'live' | 'behind' | 'stalled' | 'stopped';
  readonly error?: string;
  /** Customers that wait. */
  readonly parked: number;
  /** The first of them; absent where there is none. */
  readonly parkedSubjects?: readonly ParkedSubject[];
  /** Kept for a rollback. */
  readonly previous?: string;
  readonly rebuild?: RebuildProgress;
  /** Why what was built last was not taken. */
  readonly rejected?: string;
}

interface Present {
  /** Those of the build that answers. */
  shardsOf(view: string): readonly Shard[];
  progress(view: string): RebuildProgress | undefined;
  readonly stalledBy: string | undefined;
}

/** Of what is this projector's. */
export async function statusOf(running: Running, { shardsOf, progress, stalledBy: error }: Present): Promise<readonly ViewStatus[]> {
  const { log, store, projections, aliases, signal } = running;
  const head = await log.head();
  return Promise.all(
    [...projections.keys()].map(async (view): Promise<ViewStatus> => {
      const own = shardsOf(view);
      const { current: stored, previous, rejected } = aliases.get(view) ?? {};
      const current = stored && sameCode(stored, projections.get(view)!) ? stored : undefined;
      const reached = own.map((shard) => shard.checkpoint).sort()[0];
      const checkpoint = reached ?? (current ? await checkpointOf(store, current) : ORIGIN);
      const rebuild = progress(view);
      const parked = own.flatMap((shard) => [...shard.parked.values()]);
      return {
        view,
        ...(current && { build: buildName(current) }),
        checkpoint,
        head,
        ...(await lagOf(log, { checkpoint, head }, Date.now())),
        state: signal.aborted ? 'stopped' : error ? 'stalled' : !current ? 'empty' : checkpoint < head ? 'behind' : 'live',
        ...(error && { error }),
        parked: parked.length,
        ...(parked.length > 0 && { parkedSubjects: parked.slice(0, MOST_NAMED) }),
        ...(previous && { previous: buildName(previous) }),
        ...(rebuild && { rebuild }),
        ...(rejected && { rejected: new RebuildRejected(view).message }),
      };
    }),
  );
}
