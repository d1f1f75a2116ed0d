import type { EventLog, RawEvent } from './event-log.js';
import { toCount, toPosition } from './position.js';

/** The last events of the log in their order, so many of them at most; none where it does not count positions. */
export async function* lastEvents(
  log: Pick<EventLog, 'head' | 'readRaw' | 'countsPositions'>,
  most: number,
): AsyncGenerator<readonly RawEvent[]> {
  if (!log.countsPositions) return;
  const head = toCount(await log.head());
  yield* log.readRaw({ after: toPosition(Math.max(0, head - most)) });
}
