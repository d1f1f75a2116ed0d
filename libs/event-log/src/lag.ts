import type { EventLog, Position } from './event-log.js';

/** How far someone who takes in the log is behind it. */
export interface Lag {
  /** Age of the oldest event not taken in, by its `recordedAt`; 0 when caught up. */
  readonly lagSeconds: number;
  /** Events not taken in; absent where the log does not count. */
  readonly lagEvents?: number;
}

/** @param now milliseconds since 1970 */
export async function lagOf(
  log: Pick<EventLog, 'readAll' | 'count'>,
  { checkpoint, head }: { readonly checkpoint: Position; readonly head: Position },
  now: number,
): Promise<Lag> {
  const caughtUp = checkpoint >= head;
  const oldest = caughtUp ? undefined : await recordedAfter(log, checkpoint);
  const lagEvents = caughtUp ? log.count && 0 : await log.count?.(checkpoint, head);
  return {
    lagSeconds: oldest === undefined ? 0 : Math.max(0, now - Date.parse(oldest)) / 1000,
    ...(lagEvents !== undefined && { lagEvents }),
  };
}

/** Of an event that cannot be read only its place is known: the next one tells. */
async function recordedAfter(log: Pick<EventLog, 'readAll'>, after: Position): Promise<string | undefined> {
  for await (const [event] of log.readAll({ after, limit: 1 })) if (event) return event.recordedAt ?? recordedAfter(log, event.position);
  return undefined;
}
