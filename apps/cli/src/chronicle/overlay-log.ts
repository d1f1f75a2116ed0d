import { delegating, type EventLog, type ExpectedRevision, openEventLog, type PersonalFields } from '#event-log';
import { eventCatalogue } from '#platform';
import { type Aggregate, aggregateOf, aggregates, prefixOf } from '#relationship';
import { eventRegistry } from './open-chronicle.js';

/**
 * A log in memory that begins with what another one holds: a rehearsal decides as the real thing would and leaves no trace. Reference
 * data, such as policies and curators, is copied at once, any other stream when it is first asked for.
 */
export async function overlayLog(base: Pick<EventLog, 'readStream' | 'readAll' | 'close'>): Promise<EventLog> {
  const registry = eventRegistry();
  // What was once written, perhaps under an older schema, is copied unchecked; only what is new is checked.
  const memory = await openEventLog('memory:', { registry: eventCatalogue, personal: asRead });
  for (const aggregate of (aggregates as readonly Aggregate[]).filter(isReference)) {
    const heads = new Map<string, ExpectedRevision>();
    for await (const batch of base.readAll({ streamPrefix: prefixOf(aggregate) })) {
      for (const event of batch)
        if (isReference(aggregateOf(event.stream)))
          heads.set(event.stream, await memory.append(event.stream, heads.get(event.stream) ?? 'none', [event]));
    }
  }

  const copied = new Map<string, Promise<void>>();
  async function copy(stream: string): Promise<void> {
    let head: ExpectedRevision = 'none';
    for await (const batch of base.readStream(stream)) head = await memory.append(stream, head, batch);
  }
  function present(stream: string): Promise<void> {
    if (isReference(aggregateOf(stream))) return Promise.resolve();
    const copying = copied.get(stream) ?? copy(stream);
    copied.set(stream, copying);
    return copying;
  }

  return delegating(memory, {
    async append(stream, expected, events) {
      for (const event of events) registry.validate(event);
      await present(stream);
      return memory.append(stream, expected, events);
    },
    async *readStream(stream, options) {
      await present(stream);
      yield* memory.readStream(stream, options);
    },
    async close() {
      await memory.close();
      await base.close();
    },
  });
}

const isReference = (aggregate: Aggregate | undefined): boolean => aggregate?.reference !== undefined;

/** What is copied was decrypted already, or cannot be. */
const asRead: PersonalFields = {
  seal: ({ events }) => events,
  open: (events) => events.map((event) => (event.sealed ? { ...event, notUnderstood: 'key-lost' } : event)),
};
