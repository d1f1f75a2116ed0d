import type { EventLogAdapter } from './adapter.js';
import type { Batch, DomainEvent, EventLog, StoredEvent } from './event-log.js';
import type { EventCatalogue, EventRegistry } from './registry/event-registry.js';
import { serializeAppend } from './serialized-append.js';

/** `validate` where something is appended: what is only read need not be checked. */
export type KnownEvents = Pick<EventCatalogue, 'get' | 'upcast'> & Partial<Pick<EventRegistry, 'validate'>>;

/**
 * The log over the adapter of an engine. Written: validated, hashed, appended. Read: at the version that the code knows, so that nobody
 * else has to know of former versions; `hash` stays that of the event as it was written.
 */
export const logOver = (adapter: EventLogAdapter, known: KnownEvents): EventLog =>
  log(adapter, known, (batch) => {
    const events = batch.map(known.upcast);
    return events.every((event, i) => (event as unknown) === batch[i]) ? (batch as Batch<unknown> as Batch) : events;
  });

/** Nothing is validated, and events are answered as they are stored: for whoever knows nothing of them. */
export const storedLogOver = (adapter: EventLogAdapter): EventLog<StoredEvent> => log(adapter, undefined, (batch) => batch);

function log<Event extends DomainEvent | StoredEvent>(
  adapter: EventLogAdapter,
  known: KnownEvents | undefined,
  read: (batch: Batch<StoredEvent>) => Batch<Event>,
): EventLog<Event> {
  const readByStream = adapter.readByStream?.bind(adapter);
  const count = adapter.count?.bind(adapter);
  return {
    guarantees: adapter.guarantees,
    ...(adapter.clock && { clock: adapter.clock }),
    async append(stream, expected, events) {
      if (known?.validate) for (const event of events) known.validate(event);
      return adapter.append(serializeAppend(stream, expected, events, known));
    },
    readStream: (stream, options) => mapped(adapter.readStream(stream, options), read),
    readAll: (options) => mapped(adapter.readAll(options), read),
    ...(readByStream && { readByStream: (options) => mapped(readByStream(options), read) }),
    subscribe: (options) =>
      mapped(adapter.subscribe(options), (item) => (item.kind === 'batch' ? { ...item, events: read(item.events) } : item)),
    async eventAt(position) {
      const event = await adapter.eventAt(position);
      return event && read([event])[0];
    },
    ...(count && { count }),
    readRaw: (options) => adapter.readRaw(options),
    head: () => adapter.head(),
    close: () => adapter.close(),
  };
}

async function* mapped<Item, Changed>(items: AsyncIterable<Item>, change: (item: Item) => Changed): AsyncIterable<Changed> {
  for await (const item of items) yield change(item);
}
