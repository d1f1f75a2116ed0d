import type { EventLogAdapter } from '#event-log/adapter.js';
import { type Batch, ORIGIN, type Position, type StoredEvent } from '#event-log/event-log.js';
import { toCount, toPosition } from '#event-log/position.js';

const FIRST = 5_000_000_000_000_000_000n;
/** Less than what is between two numbers so large: positions that were made numbers are one and the same. */
const GAP = 1_009n;

const opaque = (numbered: Position): Position => (numbered === ORIGIN ? ORIGIN : toPosition(FIRST + BigInt(toCount(numbered)) * GAP));
/** That of the last event up to the position. */
const numbered = (position: Position): Position => {
  const beyond = BigInt(position as string) - FIRST;
  return beyond < 0n ? ORIGIN : toPosition(beyond / GAP);
};

/**
 * The same events, and positions that say no more than their order, as those of a server do: whoever subtracts them, counts with them or makes
 * numbers of them is wrong at once. It does not count.
 */
export function withOpaquePositions(adapter: EventLogAdapter): EventLogAdapter {
  const placed = <Item extends { readonly position: Position }>(item: Item): Item => ({ ...item, position: opaque(item.position) });
  const bounds = <Options extends { readonly after?: Position; readonly upTo?: Position }>(options: Options): Options => ({
    ...options,
    ...(options.after !== undefined && { after: numbered(options.after) }),
    ...(options.upTo !== undefined && { upTo: numbered(options.upTo) }),
  });
  async function* all<Item extends { readonly position: Position }>(batches: AsyncIterable<readonly Item[]>) {
    for await (const batch of batches) yield batch.map(placed);
  }
  return {
    identity: adapter.identity,
    guarantees: { ...adapter.guarantees, numberedPositions: false },
    append: async (append) => placed(await adapter.append(append)),
    readStream: (stream, options = {}) => all(adapter.readStream(stream, bounds(options))),
    readAll: (options = {}) => all(adapter.readAll(bounds(options))),
    ...(adapter.readByStream && { readByStream: (options) => all(adapter.readByStream!(bounds(options))) }),
    readRaw: (options = {}) => all(adapter.readRaw(bounds(options))),
    async eventAt(position) {
      const event = await adapter.eventAt(numbered(position));
      return event && opaque(event.position) === position ? placed(event) : undefined;
    },
    async *subscribe(options = {}) {
      for await (const item of adapter.subscribe(bounds(options))) {
        const head = opaque(item.head);
        yield item.kind === 'batch' ? { ...item, head, events: item.events.map(placed) satisfies Batch<StoredEvent> } : { ...item, head };
      }
    },
    head: async () => opaque(await adapter.head()),
    close: () => adapter.close(),
  };
}
