import { pause } from '#async';
import type { Projector, ViewStatus } from '#projections/runner/index.js';

const LOOK_EVERY_MS = 1_000;

/** Shows how far the views are, on standard error and only where a person looks at it, until the signal fires. */
export async function showViewProgress(projector: Pick<Projector, 'status'>, signal: AbortSignal): Promise<void> {
  if (!process.stderr.isTTY) return;
  while (!signal.aborted) {
    await pause(LOOK_EVERY_MS, signal);
    // What hinders the projector is reported by whoever waits for it.
    const line = viewProgressLine(await projector.status().catch(() => []));
    // The next line that is said takes its place.
    if (!signal.aborted && line !== undefined) process.stderr.write(`${line}\u001b[K\r`);
  }
  process.stderr.write('\u001b[K');
}

/** Undefined where there is nothing to do. What is being built is named first: the rest follows within moments. */
export function viewProgressLine(status: readonly ViewStatus[]): string | undefined {
  const building = status.filter(({ rebuild, state }) => rebuild !== undefined || state === 'empty');
  if (building.length > 0) {
    const what = building.length === 1 ? `${building[0]?.view} is` : `${building.length} views are`;
    const progress = building.flatMap(({ rebuild }) => rebuild ?? []);
    const total = Math.max(0, ...progress.map(({ totalEvents = 0 }) => totalEvents));
    const events = Math.min(total || Number.POSITIVE_INFINITY, ...progress.flatMap((one) => one.events ?? []));
    const soFar =
      Number.isFinite(events) && progress.length > 0 ? `: ${count(events)}${total > 0 ? ` of ${count(total)}` : ''} events` : '';
    return `${what} built from the log${soFar}`;
  }
  const events = Math.max(0, ...status.map(({ lagEvents = 0 }) => lagEvents));
  const seconds = Math.max(0, ...status.map(({ lagSeconds }) => lagSeconds));
  if (events > 0) return `updating the views: ${count(events)} events left`;
  return seconds > 0 ? `updating the views: ${count(Math.ceil(seconds))} seconds behind` : undefined;
}

const count = (of: number) => of.toLocaleString('en');
