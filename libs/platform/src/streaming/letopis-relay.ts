import { createKafka, type RelayOptions, runRelay, topicsOf } from '#streaming';
import type { KafkaConfiguration } from '../configuration/configuration.js';
import { eventCatalogue } from '../events/current-events.js';

export interface LetopisRelayOptions
  extends Pick<RelayOptions, 'log' | 'logger' | 'signal' | 'onProgress' | 'onStandBy' | 'waitsForTopics' | 'onInterrupted'> {
  readonly kafka: KafkaConfiguration;
}

/** Publishes until the signal. @throws what `runRelay` throws */
export const createRelay = ({ kafka, log, logger, ...options }: LetopisRelayOptions): Promise<void> => {
  const { brokers, tls, sasl, topicPrefix, partitions, bodyLimit, personalFields, publicUrl } = kafka;
  return runRelay({
    ...options,
    log,
    registry: eventCatalogue,
    logger,
    kafka: createKafka({ brokers, clientId: 'letopis-relay', tls, sasl, logger }),
    topics: topicsOf(topicPrefix),
    partitions,
    bodyLimit,
    personal: personalFields,
    publicUrl,
  });
};
