import type { Batch, EventCatalogue, Position } from '#event-log';
import { publishedName } from './cloud-event.js';
import { type Chain, emptyChain, extended } from './rolling-hash.js';

export interface Counted extends Chain {
  /** Of the last event that counted; null when none did. */
  readonly through: Position | null;
}

/**
 * The chain of those events that go to Kafka.
 * @throws UnpublishableEvent
 */
export const countPublished = async (batches: AsyncIterable<Batch>, registry: Pick<EventCatalogue, 'get'>): Promise<Counted> => {
  let chain = emptyChain;
  let through: Position | null = null;
  for await (const batch of batches) {
    for (const event of batch) {
      if (publishedName(event, registry.get(event.type)) === null) continue;
      chain = extended(chain, event.hash);
      through = event.position;
    }
  }
  return { ...chain, through };
};
