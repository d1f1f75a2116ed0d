import type { EventLog } from '#event-log';
import { ORIGIN, type Position } from '#event-log/event-log.js';
import type { ReadModelStore } from '#read-models/read-model-store.js';

/** How far a build is. */
export interface RebuildProgress {
  readonly build: string;
  /** Read so far; absent where that is not counted. */
  readonly events?: number;
  /** To be read; absent where the log does not count. */
  readonly totalEvents?: number;
  /** The end of the log that it builds up to. */
  readonly upTo: Position;
}

/** Where a build ends. */
export const goalAt = async (log: Pick<EventLog, 'count'>, upTo: Position): Promise<Pick<RebuildProgress, 'upTo' | 'totalEvents'>> => {
  const totalEvents = await log.count?.(ORIGIN, upTo);
  return { upTo, ...(totalEvents !== undefined && { totalEvents }) };
};

const NOTED_EVERY_MS = 500;
const setting = (view: string) => `progress:${view}`;

/** Leaves word in the store of how far builds are, for processes that only read it. */
export function createProgressNote(store: Pick<ReadModelStore, 'putSetting'>) {
  const noted = new Map<string, number>();
  return async (view: string, progress: RebuildProgress): Promise<void> => {
    if (performance.now() - (noted.get(view) ?? Number.NEGATIVE_INFINITY) < NOTED_EVERY_MS) return;
    noted.set(view, performance.now());
    await store.putSetting(setting(view), progress);
  };
}

/** Of this build; undefined before its first note. */
export async function readProgress(
  store: Pick<ReadModelStore, 'getSetting'>,
  view: string,
  build: string,
): Promise<RebuildProgress | undefined> {
  const progress = await store.getSetting<RebuildProgress>(setting(view));
  return progress?.build === build ? progress : undefined;
}
