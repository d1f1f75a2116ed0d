import type { EventStore } from './event-store.js';
import { handlerFailed, streamDeleted } from './failure.js';
import { tooSlow } from './hazards.js';
import type { Outgoing } from './outgoing.js';
import { caughtUp, checkpoint, confirmation } from './read-answers.js';
import { type From, indexOf, type ReadRequest } from './read-request.js';
import type { Recorded } from './recorded.js';

/** A client that takes nothing while so many live events wait for it is dropped. While it catches up it may be as slow as it likes. */
const LIVE_BUFFER = 32;

export async function subscribeToAll(store: EventStore, { from, filter }: ReadRequest, out: Outgoing): Promise<void> {
  const start = indexOf(store, from, store.durable());
  if (start === undefined) throw handlerFailed();
  const more = wakes(store, out);
  // The event at the position itself is not repeated, nor is anything before a position that is still to come.
  const isPast = ({ position }: Recorded) => typeof from === 'number' && position <= from;
  const isFor = (recorded: Recorded) => !isPast(recorded) && (!filter || filter.matches(recorded));
  let next = start;
  let live = false;
  let considered = 0;
  let sent: Recorded | undefined;
  const drop = () => {
    if (live && waitingAfter(store, next, isFor) > LIVE_BUFFER) out.fail(tooSlow());
  };

  await out.send(confirmation());
  while (!out.closed()) {
    while (next < store.durable() && !out.closed()) {
      const recorded = store.events[next++]!;
      if (isPast(recorded)) continue;
      if (isFor(recorded)) {
        sent = recorded;
        await out.send(recorded.answer, drop);
      }
      if (filter && ++considered === filter.checkpointInterval) {
        await out.send(checkpoint((live ? recorded : (sent ?? recorded)).position), drop);
        considered = 0;
        sent = undefined;
      }
    }
    if (!live) {
      live = true;
      await out.send(caughtUp());
    }
    if (next >= store.durable()) await more();
  }
}

export async function subscribeToStream(store: EventStore, stream: string, from: From, out: Outgoing): Promise<void> {
  const more = wakes(store, out);
  const at = store.contentOf(stream);
  const last = () => {
    const content = store.contentOf(stream);
    return content.kind === 'readable' ? content.last : -1;
  };
  let next = from === 'start' ? 0 : from === 'end' ? last() + 1 : from + 1;
  let live = false;
  const drop = () => {
    if (live && last() - next >= LIVE_BUFFER) out.fail(tooSlow());
  };

  await out.send(confirmation());
  if (at.kind === 'tombstoned') throw streamDeleted(stream);
  while (!out.closed()) {
    const content = store.contentOf(stream);
    if (content.kind === 'tombstoned') {
      await out.send(content.tombstone.answer);
      throw streamDeleted(stream);
    }
    if (content.kind === 'readable') {
      next = Math.max(next, content.first);
      for (; next <= content.last && !out.closed(); next++) await out.send(store.eventOf(stream, next).answer, drop);
      if (!live) {
        live = true;
        await out.send(caughtUp());
      }
    }
    const now = store.contentOf(stream);
    if (now.kind === 'missing' || (now.kind === 'readable' && next > now.last)) await more();
  }
}

/** So many that were not sent yet, and not one more than decides. */
function waitingAfter(store: EventStore, next: number, isFor: (recorded: Recorded) => boolean): number {
  let waiting = 0;
  for (let index = next; index < store.durable() && waiting <= LIVE_BUFFER; index++) if (isFor(store.events[index]!)) waiting++;
  return waiting;
}

/** Waits until more events are on disk or the call is over. */
function wakes(store: EventStore, out: Outgoing): () => Promise<void> {
  let wake: () => void = () => undefined;
  const stop = store.onDurable(() => wake());
  out.onClose(() => {
    stop();
    wake();
  });
  return () =>
    new Promise((resolve) => {
      wake = resolve;
      if (out.closed()) resolve();
    });
}
