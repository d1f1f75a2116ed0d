import { setTimeout as sleep } from 'node:timers/promises';

export interface Pauses {
  readonly firstMs: number;
  readonly longestMs: number;
}

export interface NextTry {
  /** In a row. */
  readonly failures: number;
  readonly waitMs: number;
}

/** Pauses that double, from the first up to the longest. */
export function createBackoff({ firstMs, longestMs }: Pauses) {
  let failures = 0;
  return {
    failed: (): NextTry => ({ waitMs: Math.min(firstMs * 2 ** failures++, longestMs), failures }),
    /** The next pause is the first again. */
    gettingOn: (): void => {
      failures = 0;
    },
  };
}

/** Ends early when a signal fires. */
export const pause = (waitMs: number, signal: AbortSignal): Promise<void> =>
  sleep(waitMs, undefined, { signal }).then(
    () => undefined,
    () => undefined,
  );

/**
 * Tries until it works, ever more slowly; gives up when told to stop, and where `failed` throws. The work must be safe to repeat.
 * @param work calls what it is given whenever it gets on
 */
export async function persistently<Result>(
  work: (gettingOn: () => void) => Promise<Result>,
  signal: AbortSignal,
  failed: (error: unknown, next: NextTry) => void,
  pauses: Pauses = { firstMs: 50, longestMs: 5_000 },
): Promise<Result> {
  const backoff = createBackoff(pauses);
  for (;;) {
    try {
      return await work(backoff.gettingOn);
    } catch (error) {
      if (signal.aborted) throw error;
      const next = backoff.failed();
      failed(error, next);
      await pause(next.waitMs, signal);
      if (signal.aborted) throw error;
    }
  }
}
