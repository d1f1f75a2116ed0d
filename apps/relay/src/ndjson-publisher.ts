import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { EventPublisher } from './event-publisher.js';

/** One JSON object a line; waits where the reader is slower. */
export const ndjsonPublisher = (output: Writable): EventPublisher => ({
  async publish(events) {
    const text = events.map((event) => `${JSON.stringify(event)}\n`).join('');
    if (!output.write(text)) await once(output, 'drain');
  },
  close: async () => undefined,
});
