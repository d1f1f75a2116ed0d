import type { Batch, EventLog, SubscriptionItem } from '../event-log.js';
import type { EventCatalogue } from './event-registry.js';

type Reads = Pick<EventLog, 'readStream' | 'readAll' | 'readByStream' | 'subscribe'>;

/**
 * The same log; what is read from it has the data that the code knows, whichever version was once written. For everyone who looks into
 * `data`, so that no one else has to know of former versions. `hash` stays that of the event as it was written.
 */
export function atCurrentVersion<Log extends Partial<Reads>>(log: Log, { upcast }: Pick<EventCatalogue, 'upcast'>): Log {
  const current = (batch: Batch): Batch => {
    const events = batch.map(upcast);
    return events.every((event, i) => event === batch[i]) ? batch : events;
  };
  const currentItem = (item: SubscriptionItem): SubscriptionItem =>
    item.kind === 'batch' ? { ...item, events: current(item.events) } : item;
  const { readStream, readAll, readByStream, subscribe } = log;
  const reads: Partial<Reads> = {
    ...(readStream && { readStream: (stream, options) => mapped(readStream(stream, options), current) }),
    ...(readAll && { readAll: (options) => mapped(readAll(options), current) }),
    ...(readByStream && { readByStream: (options) => mapped(readByStream(options), current) }),
    ...(subscribe && { subscribe: (options) => mapped(subscribe(options), currentItem) }),
  };
  return { ...log, ...reads };
}

async function* mapped<Item>(items: AsyncIterable<Item>, change: (item: Item) => Item): AsyncIterable<Item> {
  for await (const item of items) yield change(item);
}
