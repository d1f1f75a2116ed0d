import { setTimeout as sleep } from 'node:timers/promises';

/** What may stand in the log beside the name: engines say what hinders them; messages of others may quote documents. */
export const reasonOf = (error: unknown): { readonly error: string; readonly reason?: string } => {
  const { name, message } = error as Error;
  return /Unavailable$/.test(name) ? { error: name, reason: message } : { error: name };
};

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Tries until it works, ever more slowly, up to 5 s apart; gives up only when told to stop. The work must be safe to repeat.
 * @param work calls what it is given whenever it gets on: then the next pause is the first again
 * @param failed throws where trying again would not help
 */
export async function persistently<Result>(
  work: (gettingOn: () => void) => Promise<Result>,
  signal: AbortSignal,
  failed: (error: unknown) => void,
): Promise<Result> {
  let wait = FIRST_PAUSE_MS;
  const gettingOn = () => {
    wait = FIRST_PAUSE_MS;
  };
  for (;;) {
    try {
      return await work(gettingOn);
    } catch (error) {
      if (signal.aborted) throw error;
      failed(error);
      await sleep(wait, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) throw error;
      wait = Math.min(wait * 2, LONGEST_PAUSE_MS);
    }
  }
}
