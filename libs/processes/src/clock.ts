import { setTimeout as sleep } from 'node:timers/promises';

/** Given to whatever fires timers, so that a test decides what time it is. */
export interface Clock {
  /** ISO 8601 UTC with milliseconds. */
  now(): string;
  /** Resolves when the instant has come, or earlier, and when the signal fires; undefined never comes. */
  until(instant: string | undefined, signal: AbortSignal): Promise<void>;
}

/** A machine sleeps and clocks are set, so nobody waits longer without looking. */
const LONGEST_WAIT_MS = 30_000;

export const systemClock: Clock = {
  now: () => new Date().toISOString(),
  async until(instant, signal) {
    const wait = instant === undefined ? LONGEST_WAIT_MS : Math.min(Math.max(Date.parse(instant) - Date.now(), 0), LONGEST_WAIT_MS);
    await sleep(wait, undefined, { signal, ref: false }).catch(() => undefined);
  },
};
