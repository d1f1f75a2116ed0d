import { createErasedTopics, createKafka, type ErasedTopics, type RelayOptions, runRelay, topicsOf } from '#streaming';
import type { KafkaConfiguration } from '../configuration/configuration.js';
import { eventCatalogue } from '../events/current-events.js';
import { openPublishingKeys } from '../privacy/open-letopis-log.js';
import type { SubjectKeysConfiguration } from '../privacy/open-subject-keys.js';

export interface LetopisRelayOptions
  extends Pick<RelayOptions, 'log' | 'logger' | 'signal' | 'onProgress' | 'onStandBy' | 'waitsForTopics' | 'onInterrupted'> {
  readonly kafka: KafkaConfiguration;
  readonly subjectKeys: SubjectKeysConfiguration;
}

/** What the topics hold of erased customers. */
export const erasedInKafka = (
  { brokers, tls, sasl, topicPrefix, personalFields }: KafkaConfiguration,
  log: Parameters<typeof createErasedTopics>[2],
  logger: RelayOptions['logger'],
): { readonly personalFields: boolean; readonly topics: ErasedTopics } => {
  const kafka = createKafka({ brokers, clientId: 'letopis-erasure', tls, sasl, logger });
  return { personalFields, topics: createErasedTopics(kafka, topicsOf(topicPrefix), log) };
};

/** Publishes until the signal. @throws what `runRelay` throws */
export const createRelay = async ({ kafka, subjectKeys, log, logger, ...options }: LetopisRelayOptions): Promise<void> => {
  const { brokers, tls, sasl, topicPrefix, partitions, bodyLimit, personalFields, publicUrl } = kafka;
  const keys = personalFields ? await openPublishingKeys(subjectKeys) : undefined;
  await runRelay({
    ...options,
    log,
    registry: eventCatalogue,
    logger,
    kafka: createKafka({ brokers, clientId: 'letopis-relay', tls, sasl, logger }),
    topics: topicsOf(topicPrefix),
    partitions,
    bodyLimit,
    publishingKeys: keys?.of,
    publicUrl,
  }).finally(keys?.close);
};
