import type { EventLogAdapter } from './adapter.js';
import type { Batch, DomainEvent, EventLog, StoredEvent } from './event-log.js';
import type { EventCatalogue, EventRegistry } from './registry/event-registry.js';
import type { PersonalFields } from './sealed-events.js';
import { serializeAppend } from './serialized-append.js';

/** `validate` where something is appended: what is only read need not be checked. */
export type KnownEvents = Pick<EventCatalogue, 'get' | 'upcast'> & Partial<Pick<EventRegistry, 'validate'>>;

/**
 * The log over the adapter of an engine. Written: validated, encrypted, hashed, appended. Read: decrypted, and at the version that the code
 * knows, so that nobody else has to know of former versions; `hash` stays that of the event as it was written.
 * @param personal where it is absent, personal fields are appended as they are, and those that are encrypted stay so
 */
export const logOver = (adapter: EventLogAdapter, known: KnownEvents, personal?: PersonalFields): EventLog => {
  const upcast = (batch: Batch<StoredEvent>): Batch => {
    const events = batch.map(known.upcast);
    return events.every((event, i) => (event as unknown) === batch[i]) ? (batch as Batch<unknown> as Batch) : events;
  };
  return log(adapter, { known, personal }, (batch) => {
    const opened = personal ? personal.open(batch, adapter) : batch;
    return opened instanceof Promise ? opened.then(upcast) : upcast(opened);
  });
};

/** Nothing is validated or encrypted, and events are answered as they are stored: for whoever knows nothing of them. */
export const storedLogOver = (adapter: EventLogAdapter): EventLog<StoredEvent> => log(adapter, {}, (batch) => batch);

interface Writing {
  readonly known?: KnownEvents;
  readonly personal?: PersonalFields | undefined;
}

function log<Event extends DomainEvent | StoredEvent>(
  adapter: EventLogAdapter,
  { known, personal }: Writing,
  read: (batch: Batch<StoredEvent>) => Batch<Event> | Promise<Batch<Event>>,
): EventLog<Event> {
  const readByStream = adapter.readByStream?.bind(adapter);
  const count = adapter.count?.bind(adapter);
  return {
    guarantees: adapter.guarantees,
    ...(adapter.clock && { clock: adapter.clock }),
    async append(stream, expected, events) {
      if (known?.validate) for (const event of events) known.validate(event);
      const sealed = personal ? personal.seal({ stream, expected, events }, adapter) : events;
      return adapter.append(serializeAppend(stream, expected, sealed instanceof Promise ? await sealed : sealed, known));
    },
    readStream: (stream, options) => mapped(adapter.readStream(stream, options), read),
    readAll: (options) => mapped(adapter.readAll(options), read),
    ...(readByStream && { readByStream: (options) => mapped(readByStream(options), read) }),
    subscribe: (options) =>
      mapped(adapter.subscribe(options), (item) => {
        if (item.kind !== 'batch') return item;
        const events = read(item.events);
        return events instanceof Promise ? events.then((them) => ({ ...item, events: them })) : { ...item, events };
      }),
    async eventAt(position) {
      const event = await adapter.eventAt(position);
      return event && (await read([event]))[0];
    },
    ...(count && { count }),
    readRaw: (options) => adapter.readRaw(options),
    head: () => adapter.head(),
    close: () => adapter.close(),
  };
}

async function* mapped<Item, Changed>(
  items: AsyncIterable<Item>,
  change: (item: Item) => Changed | Promise<Changed>,
): AsyncIterable<Changed> {
  for await (const item of items) {
    const changed = change(item);
    yield changed instanceof Promise ? await changed : changed;
  }
}
