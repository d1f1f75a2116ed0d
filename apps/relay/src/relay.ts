import type { EventLog, EventRegistry, Position } from '#event-log';
import { type CloudEvent, cloudEventOf } from './cloud-event.js';
import type { EventPublisher } from './event-publisher.js';

/** Where the relay stands. */
export interface RelayCheckpoint {
  read(): Promise<Position | undefined>;
  write(position: Position): Promise<void>;
}

export interface RelayOptions {
  readonly log: Pick<EventLog, 'subscribe'>;
  readonly registry: Pick<EventRegistry, 'get' | 'upcast'>;
  readonly publisher: EventPublisher;
  readonly checkpoint: RelayCheckpoint;
  readonly signal: AbortSignal;
}

/**
 * Follows the log and hands on what is published, in order and without gaps. The checkpoint moves after the publisher has
 * acknowledged, so a crash repeats a batch and never loses one: readers tell repetitions by the id.
 */
export const runRelay = async ({ log, registry, publisher, checkpoint, signal }: RelayOptions): Promise<void> => {
  const after = await checkpoint.read();
  for await (const item of log.subscribe({ ...(after !== undefined && { after }), signal })) {
    if (item.kind !== 'batch') continue;
    const events = item.events
      .map((event) => cloudEventOf(registry.upcast(event), registry.get(event.type)))
      .filter((event): event is CloudEvent => event !== undefined);
    if (events.length > 0) await publisher.publish(events);
    await checkpoint.write(item.head);
  }
};
