import type { EventLog } from '#event-log';
import { createProjector, type Projector } from '#projections/runner/index.js';
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
 * Builds its share of all views until the signal, as one of the group that the brokers deal the partitions of customers out to.
 * @throws TopicMismatch
 */
export const runSharedProjector = async ({ kafka, log, store, logger, signal }: SharedLetopisProjectorOptions): Promise<void> => {
  const { brokers, tls, sasl, topicPrefix, partitions, bodyLimit } = kafka;
  const groupId = `${topicPrefix}.projectors`;
  let projector: Projector | undefined;
  let failed: (error: unknown) => void;
  const failure = new Promise<never>((_, reject) => {
    failed = reject;
  });

  const started = (of: number): Projector => {
    const made = createProjector({
      log,
      store,
      logger,
      ...letopisViews(),
      group: { name: groupId, partitions: of, partitionOf: partitionerOf(of) },
    });
    made.start().catch(failed);
    return made;
  };

  try {
    const following = followAssignment({
      kafka: createKafka({ brokers, clientId: 'letopis-projector', tls, sasl, logger }),
      topics: topicsOf(topicPrefix),
      groupId,
      partitions,
      bodyLimit,
      signal,
      logger,
      onAssigned(its, of) {
        projector ??= started(of);
        projector.assign(its);
      },
    });
    await Promise.race([following, failure]);
  } finally {
    await projector?.stop();
  }
};
