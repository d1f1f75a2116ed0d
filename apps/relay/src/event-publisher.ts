import type { CloudEvent } from './cloud-event.js';

/** Where published events go: standard output now, Kafka next. */
export interface EventPublisher {
  /** Resolves when the other side has the events; only then does the checkpoint move. */
  publish(events: readonly CloudEvent[]): Promise<void>;
  close(): Promise<void>;
}
