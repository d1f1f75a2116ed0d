import { setTimeout as sleep } from 'node:timers/promises';
import type { Projector, ViewStatus } from '#projections/runner/index.js';

const LOOK_EVERY_MS = 1_000;

/** Shows how far the views are, on standard error and only where a person looks at it, until the signal fires. */
export async function showViewProgress(projector: Pick<Projector, 'status'>, signal: AbortSignal): Promise<void> {
  if (!process.stderr.isTTY) return;
  while (!signal.aborted) {
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    // What hinders the projector is told by whoever waits for it.
    const line = viewProgressLine(await projector.status().catch(() => []));
    // The next line that is said takes its place.
    if (!signal.aborted && line !== undefined) process.stderr.write(`${line}\u001b[K\r`);
  }
  process.stderr.write('\u001b[K');
}

/** Undefined where there is nothing to do. What is being filled is told first: the rest follows within moments. */
export function viewProgressLine(status: readonly ViewStatus[]): string | undefined {
  const filling = status.filter(({ rebuild, state }) => rebuild !== undefined || state === 'empty');
  if (filling.length > 0) {
    const what = filling.length === 1 ? `${filling[0]?.view} is` : `${filling.length} views are`;
    const progress = filling.flatMap(({ rebuild }) => rebuild ?? []);
    const of = Math.max(...progress.map(({ upTo }) => Number(upTo)));
    const events = Math.min(of, ...progress.map((one) => one.events));
    return `${what} filled from the log${progress.length > 0 ? `: ${count(events)} of ${count(of)} events` : ''}`;
  }
  const lag = Math.max(0, ...status.map((view) => view.lag));
  return lag > 0 ? `the views are brought up to date: ${count(lag)} events to go` : undefined;
}

const count = (events: number) => events.toLocaleString('en');
