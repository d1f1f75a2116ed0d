import type { EventStore } from './event-store.js';
import { asFailure, Failure, streamDeleted } from './failure.js';
import type { Guard } from './guard.js';
import type { Hazards } from './hazards.js';
import { createOutgoing, type Outgoing } from './outgoing.js';
import { type Call, grpc, status } from './protocol.js';
import { firstStreamPosition, lastStreamPosition, streamNotFound } from './read-answers.js';
import { indexOf, type ReadRequest, readRequest } from './read-request.js';
import { subscribeToAll, subscribeToStream } from './subscribing.js';

/** `Streams.Read`: reads and subscriptions, of a stream or of $all. */
export function readHandler(store: EventStore, guard: Guard, hazards: Hazards) {
  return async (call: Call<'read'>): Promise<void> => {
    const out = createOutgoing(call);
    try {
      const date = hazards.date();
      if (date !== undefined) {
        const headers = new grpc.Metadata();
        headers.set('date', date);
        call.sendMetadata(headers);
      }
      const failure = hazards.nextReadFailure();
      if (failure) throw failure;
      const request = readRequest(call.request);
      guard.mayRead(call.metadata, request.stream ?? '$all');
      if (request.count === undefined) {
        const subscription = { call, fail: out.fail, end: out.end };
        hazards.subscriptions.add(subscription);
        out.onClose(() => hazards.subscriptions.delete(subscription));
        await (request.stream === undefined
          ? subscribeToAll(store, request, out)
          : subscribeToStream(store, request.stream, request.from, out));
      } else if (request.stream === undefined) await readAll(store, hazards, request, request.count, out);
      else await readStream(store, request.stream, request, request.count, out);
      out.end();
    } catch (error) {
      out.fail(asFailure(error));
    }
  };
}

async function readStream(
  store: EventStore,
  stream: string,
  { from, backwards }: ReadRequest,
  count: number,
  out: Outgoing,
): Promise<void> {
  const content = store.contentOf(stream);
  if (content.kind === 'tombstoned') throw streamDeleted(stream);
  if (content.kind === 'missing') {
    await out.send(streamNotFound(stream));
    return;
  }
  const { first, last } = content;
  const start = from === 'start' ? first : from === 'end' ? last : from;
  if (backwards) {
    const newest = Math.min(start, last);
    for (let revision = newest; revision >= first && revision > newest - count && !out.closed(); revision--)
      await out.send(store.eventOf(stream, revision).answer);
  } else {
    const oldest = Math.max(start, first);
    if (oldest > last) await out.send(firstStreamPosition(last + 1));
    for (let revision = oldest; revision <= last && revision < oldest + count && !out.closed(); revision++)
      await out.send(store.eventOf(stream, revision).answer);
  }
  await out.send(lastStreamPosition(last));
}

async function readAll(
  store: EventStore,
  hazards: Hazards,
  { from, backwards, filter }: ReadRequest,
  count: number,
  out: Outgoing,
): Promise<void> {
  const end = store.durable();
  const start = indexOf(store, from, end);
  if (start === undefined) throw new Failure(status.unknown, 'Unexpected ReadAllResult: Error');
  let left = count;
  const step = backwards ? -1 : 1;
  // Backwards, the event at the position itself is left out.
  for (let index = backwards ? start - 1 : start; index >= 0 && index < end && left > 0 && !out.closed(); index += step) {
    const recorded = store.events[index]!;
    hazards.looks();
    if (filter && !filter.matches(recorded)) continue;
    left--;
    await out.send(recorded.answer);
  }
}
