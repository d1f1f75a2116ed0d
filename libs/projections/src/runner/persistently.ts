import { setTimeout as sleep } from 'node:timers/promises';

/** What may stand in the log beside the name: engines say what hinders them; messages of others may quote documents. */
export const reasonOf = (error: unknown): { readonly error: string; readonly reason?: string } => {
  const { name, message } = error as Error;
  return /Unavailable$/.test(name) ? { error: name, reason: message } : { error: name };
};

/** Tries until it works, ever more slowly, up to 5 s apart; gives up only when told to stop. The work must be safe to repeat. */
export async function persistently<Result>(
  work: () => Promise<Result>,
  signal: AbortSignal,
  failed: (error: unknown) => void,
): Promise<Result> {
  for (let wait = 50; ; wait = Math.min(wait * 2, 5_000)) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted) throw error;
      failed(error);
      await sleep(wait, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) throw error;
    }
  }
}
