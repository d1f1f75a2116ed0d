import { setTimeout as sleep } from 'node:timers/promises';
import { delegating, type EventLog } from '#event-log';

/** The log as one of several processes has it that write it over a network: whatever is asked for takes a while, on its way there and back. */
export const oneOfSeveralWriters = (log: EventLog, waitMs: () => number): EventLog => {
  const away = () => sleep(waitMs());
  const asked = async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
    await away();
    try {
      return await ask();
    } finally {
      await away();
    }
  };
  async function* read<Item>(items: AsyncIterable<Item>): AsyncIterable<Item> {
    await away();
    for await (const item of items) {
      await away();
      yield item;
    }
  }
  return delegating(log, {
    guarantees: { ...log.guarantees, oneWriter: false },
    append: (...wanted) => asked(() => log.append(...wanted)),
    readStream: (...wanted) => read(log.readStream(...wanted)),
    readAll: (...wanted) => read(log.readAll(...wanted)),
    subscribe: (...wanted) => read(log.subscribe(...wanted)),
    head: () => asked(() => log.head()),
    close: async () => undefined,
  });
};
