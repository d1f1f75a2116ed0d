import { availableParallelism } from 'node:os';
import { builtModule, openThread } from '#async';
import type { BuildTeam, BuiltShares } from '#projections/runner/index.js';
import type { LogEngines } from '../privacy/open-letopis-log.js';
import type { BuildRequest, BuildThreadData } from './build-thread-messages.js';

export interface BuildThreadsOptions extends LogEngines {
  readonly readModelsUrl: string;
  /** As many as there are processors, up to 4, when absent. */
  readonly threads?: number;
  /** Events from which on they are started; 20,000 when absent. */
  readonly fromEvents?: number;
  /** MiB of the heap of each; 1024 when absent. A bound keeps them from gathering garbage that adds up. */
  readonly memoryMb?: number;
}

const MOST = 4;
/** Starting threads takes as long as folding some thousand events. */
const FROM_EVENTS = 20_000;
const MEMORY_MB = 1_024;
/** Each looks through the ids of all streams once. */
const SHARES_A_THREAD = 32;
/**
 * Of the nurseries of all threads together. A nursery is three times a semi-space: room for the garbage between two commits, so that little of
 * it is copied.
 */
const NURSERIES_MB = 192;

/** Undefined where threads gain nothing: on one processor, and with engines in memory or on servers. */
export const buildThreads = (options: BuildThreadsOptions): BuildTeam | undefined => {
  const {
    eventLogUrl,
    readModelsUrl,
    subjectKeys,
    threads: of = Math.min(availableParallelism(), MOST),
    fromEvents = FROM_EVENTS,
    memoryMb = MEMORY_MB,
  } = options;
  if (of < 2 || !eventLogUrl.startsWith('sqlite:') || !readModelsUrl.startsWith('sqlite:')) return undefined;
  let tooNarrow = false;
  return {
    isWorthwhile: (events = 0) => !tooNarrow && events >= fromEvents,
    async build(task, { signal, progressed }) {
      const failing = new AbortController();
      const stop = AbortSignal.any([signal, failing.signal]);
      const shares = { taken: new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), of: of * SHARES_A_THREAD };
      const threads = Array.from({ length: of }, async () => {
        try {
          return await workOf(
            { eventLogUrl, readModelsUrl, subjectKeys },
            { task, shares },
            { memoryMb, nurseryMb: NURSERIES_MB / of, stop, progressed },
          );
        } catch (error) {
          tooNarrow ||= (error as { code?: unknown }).code === 'ERR_WORKER_OUT_OF_MEMORY';
          failing.abort(error);
          throw error;
        }
      });
      const ended = await Promise.allSettled(threads);
      signal.throwIfAborted();
      failing.signal.throwIfAborted();
      return ended.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    },
  };
};

interface ThreadBounds {
  readonly memoryMb: number;
  readonly nurseryMb: number;
  readonly stop: AbortSignal;
  readonly progressed: (events: number) => void;
}

/** Resolves or rejects when the thread has let go of the engines. */
const workOf = async (
  workerData: BuildThreadData,
  request: BuildRequest,
  { memoryMb, nurseryMb, stop, progressed }: ThreadBounds,
): Promise<BuiltShares> => {
  stop.throwIfAborted();
  const thread = openThread(builtModule('./build.worker.js', import.meta.url), {
    workerData,
    resourceLimits: { maxYoungGenerationSizeMb: nurseryMb, maxOldGenerationSizeMb: memoryMb },
    onNews: (events) => progressed(events as number),
  });
  const end = () => void thread.stop();
  stop.addEventListener('abort', end, { once: true });
  try {
    return (await thread.ask(request)) as BuiltShares;
  } finally {
    stop.removeEventListener('abort', end);
    await thread.stop();
  }
};
