import { createEventRegistry, type EventLog } from '#event-log';
import { projections } from '#projections';
import { createSharedProjector } from '#projections/runner/index.js';
import type { ReadModelStore } from '#read-models';
import { applyPolicyEvent, defaultPolicies, eventDefinitions } from '#relationship';
import { createKafka, eventPartitions, followAssignment, partitionerOf, type StreamingLogger, topicsOf } from '#streaming';
import type { KafkaConfiguration } from '../configuration/configuration.js';

export interface SharedLetopisProjectorOptions {
  readonly kafka: KafkaConfiguration;
  readonly log: EventLog;
  readonly store: ReadModelStore;
  readonly logger: StreamingLogger;
  readonly signal: AbortSignal;
}

/** Fills its share of all views until the signal, as one of the group that the brokers deal the partitions out to. @throws TopicMismatch */
export const runSharedProjector = async ({ kafka, log, store, logger, signal }: SharedLetopisProjectorOptions): Promise<void> => {
  const { brokers, tls, sasl, topicPrefix } = kafka;
  const client = createKafka({ brokers, clientId: 'letopis-projector', tls, sasl, logger });
  const topics = topicsOf(topicPrefix);
  const partitions = await eventPartitions({ kafka: client, topics, signal, logger }, kafka.partitions);
  if (partitions === undefined) return;
  const projector = createSharedProjector({
    log,
    store,
    logger,
    projections,
    registry: createEventRegistry(eventDefinitions),
    policies: { initial: defaultPolicies, apply: applyPolicyEvent },
    sharing: { partitions, partitionOf: partitionerOf(partitions) },
  });
  await projector.start();
  logger.info({ partitions }, 'projecting, the customers shared by partition');
  const groupId = `${topicPrefix}.projectors`;
  await followAssignment({ kafka: client, topics, groupId, signal, logger, onAssigned: projector.assign });
  await projector.stop();
};
