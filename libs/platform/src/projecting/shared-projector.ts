import type { EventLog } from '#event-log';
import { createSharedProjector, type SharedProjector } from '#projections/runner/index.js';
import type { ReadModelStore } from '#read-models';
import { createKafka, followAssignment, partitionerOf, type StreamingLogger, topicsOf } from '#streaming';
import type { KafkaConfiguration } from '../configuration/configuration.js';
import { letopisViews } from './letopis-views.js';

export interface SharedLetopisProjectorOptions {
  readonly kafka: KafkaConfiguration;
  readonly log: EventLog;
  readonly store: ReadModelStore;
  readonly logger: StreamingLogger;
  readonly signal: AbortSignal;
}

/**
 * Fills its share of all views until the signal, as one of the group that the brokers deal the partitions of customers out to.
 * @throws TopicMismatch
 */
export const runSharedProjector = async ({ kafka, log, store, logger, signal }: SharedLetopisProjectorOptions): Promise<void> => {
  const { brokers, tls, sasl, topicPrefix, partitions, bodyLimit } = kafka;
  let projector: SharedProjector | undefined;

  const started = (of: number): SharedProjector => {
    const made = createSharedProjector({
      log,
      store,
      logger,
      ...letopisViews(),
      sharing: { partitions: of, partitionOf: partitionerOf(of) },
    });
    made.start();
    return made;
  };

  try {
    await followAssignment({
      kafka: createKafka({ brokers, clientId: 'letopis-projector', tls, sasl, logger }),
      topics: topicsOf(topicPrefix),
      groupId: `${topicPrefix}.projectors`,
      partitions,
      bodyLimit,
      signal,
      logger,
      onAssigned(its, of) {
        projector ??= started(of);
        projector.assign(its);
      },
    });
  } finally {
    await projector?.stop();
  }
};
