import { setTimeout as sleep } from 'node:timers/promises';
import type { Batch, DomainEvent, SubscriptionItem } from '#event-log';
import type { Position } from '#event-log/event-log.js';
import { roughSize } from '#event-log/rough-size.js';

export interface EventBatch {
  readonly events: Batch;
  readonly head: Position;
  readonly caughtUp: boolean;
}

/** As many events in one pause are heavy load, some 3,000 a second: what a commit costs is then worth spreading over more of them. */
const MANY_EVENTS = 75;
/** Under heavy load. */
const MOST_PAUSES = 20;
/** Of the data of the events of one commit, so that a few thousand large ones are not held at once; the batch that passes it is the last. */
export const MOST_CHARACTERS = 8_000_000;

/**
 * At once what has come when all was quiet; under load what has gathered within `pauseMs` and while the batch before was worked on; under
 * heavy load what has gathered for as many pauses as go on bringing many; never more than about `maxEvents`, nor much more than 8,000,000 characters. So the delay is bounded, and the
 * number of commits too.
 */
export async function* coalesced(items: AsyncIterable<SubscriptionItem>, maxEvents: number, pauseMs: number): AsyncIterable<EventBatch> {
  const iterator = items[Symbol.asyncIterator]();
  const following = () => {
    const next = iterator.next();
    // Reported where it is awaited; without this a failure in between would end the process.
    next.catch(() => undefined);
    return next;
  };
  let pending = following();
  let handedOver = Number.NEGATIVE_INFINITY;
  try {
    for (;;) {
      const first = await pending;
      if (first.done) return;
      if (performance.now() - handedOver < pauseMs) await sleep(pauseMs);
      const events: DomainEvent[] = [];
      let { head } = first.value;
      let caughtUp = false;
      let characters = 0;
      const full = () => events.length >= maxEvents || characters >= MOST_CHARACTERS;
      for (let pauses = 0; ; pauses++) {
        const before = events.length;
        for (let item = await ready(pending); item && !item.done; item = full() ? undefined : await ready(pending)) {
          head = item.value.head;
          if (item.value.kind === 'caughtUp') caughtUp = true;
          else
            for (const event of item.value.events) {
              events.push(event);
              characters += roughSize(event.data);
            }
          pending = following();
        }
        const heavy = events.length - before >= MANY_EVENTS && !full();
        if (!heavy || pauses === MOST_PAUSES || pauseMs === 0) break;
        await sleep(pauseMs);
      }
      yield { events, head, caughtUp };
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
