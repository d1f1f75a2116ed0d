import { type EventLog, openEventLog } from '#event-log';
import { eventRegistry } from './open-chronicle.js';

/**
 * A log in memory that begins with what another one holds: a rehearsal decides as the real thing would and leaves no trace. Policies
 * and curators are copied at once, the stream of a customer when it is first asked for.
 */
export async function overlayLog(base: Pick<EventLog, 'readStream' | 'readAll' | 'close'>): Promise<EventLog> {
  const registry = eventRegistry();
  // What was once written under an older schema is copied as it is; only what is new is checked.
  const memory = await openEventLog('memory:');
  for (const streamPrefix of ['policy-', 'curator-']) {
    for await (const batch of base.readAll({ streamPrefix })) for (const event of batch) await memory.append(event.stream, 'any', [event]);
  }

  const copied = new Map<string, Promise<void>>();
  async function copy(stream: string): Promise<void> {
    for await (const batch of base.readStream(stream)) await memory.append(stream, 'any', batch);
  }
  function present(stream: string): Promise<void> {
    if (!stream.startsWith('relationship-')) return Promise.resolve();
    const copying = copied.get(stream) ?? copy(stream);
    copied.set(stream, copying);
    return copying;
  }

  return {
    ...memory,
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
  };
}
