import type { EventCatalogue, Position, RawEvent, StoredEvent, VerifiedEvent } from '#event-log';
import { publishedName } from './cloud-event.js';
import { UnverifiedEvent } from './errors.js';
import { type Chain, emptyChain, extended } from './rolling-hash.js';

export interface Counted extends Chain {
  /** Of the last event that counted; null when none did. */
  readonly through: Position | null;
}

/**
 * The chain of those events that go to Kafka, each verified from its body.
 * @throws UnverifiedEvent
 */
export const countPublished = async (
  batches: AsyncIterable<readonly RawEvent[]>,
  verify: (raw: RawEvent) => VerifiedEvent,
  registry: Pick<EventCatalogue, 'get'>,
): Promise<Counted> => {
  let chain = emptyChain;
  let through: Position | null = null;
  for await (const batch of batches) {
    for (const raw of batch) {
      const { body, fault } = verify(raw);
      if (fault) throw new UnverifiedEvent(fault);
      if (publishedName(body as Pick<StoredEvent, 'schemaVersion' | 'published'>, registry.get(raw.type)) === null) continue;
      chain = extended(chain, raw.hash);
      through = raw.position;
    }
  }
  return { ...chain, through };
};
