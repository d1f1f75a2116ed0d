import { setTimeout as sleep } from 'node:timers/promises';
import type { Batch, RecordedEvent, SubscriptionItem } from '#event-log';
import type { Position } from '#event-log/event-log.js';

export interface Stretch {
  readonly events: Batch;
  readonly head: Position;
  readonly caughtUp: boolean;
}

/** As many events in one stretch are heavy load: what a commit costs is then worth spreading over three times as many. */
const MANY_EVENTS = 100;

/**
 * At once what has come when all was quiet; under load what has gathered within `pauseMs` (three times as long under heavy load) and while
 * the stretch before was worked on, up to about `maxEvents`. So the delay is that of one commit, and the number of commits is bounded.
 */
export async function* coalesced(items: AsyncIterable<SubscriptionItem>, maxEvents: number, pauseMs: number): AsyncIterable<Stretch> {
  const iterator = items[Symbol.asyncIterator]();
  const following = () => {
    const next = iterator.next();
    // Reported where it is awaited; without this a failure in between would end the process.
    next.catch(() => undefined);
    return next;
  };
  let pending = following();
  let handedOver = Number.NEGATIVE_INFINITY;
  let pause = pauseMs;
  try {
    for (;;) {
      let item = await pending;
      if (item.done) return;
      if (performance.now() - handedOver < pause) await sleep(pause);
      const events: RecordedEvent[] = [];
      let caughtUp = false;
      let head: Position;
      for (;;) {
        head = item.value.head;
        if (item.value.kind === 'caughtUp') caughtUp = true;
        else for (const event of item.value.events) events.push(event);
        pending = following();
        const more: Awaited<typeof pending> | undefined = events.length < maxEvents ? await ready(pending) : undefined;
        if (!more || more.done) break;
        item = more;
      }
      yield { events, head, caughtUp };
      pause = events.length < MANY_EVENTS ? pauseMs : 3 * pauseMs;
      handedOver = performance.now();
    }
  } finally {
    void iterator.return?.();
  }
}

/** Undefined when it is not there by the next turn of the event loop; a failure counts as not there. */
function ready<Value>(promise: Promise<Value>): Promise<Value | undefined> {
  return Promise.race([promise.catch(() => undefined), new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined)))]);
}
