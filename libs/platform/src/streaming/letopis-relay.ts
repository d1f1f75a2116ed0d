import type { EventCatalogue, EventLog } from '#event-log';
import { createKafka, type RelayProgress, runRelay, type StreamingLogger, topicsOf } from '#streaming';
import type { KafkaConfiguration } from '../configuration/configuration.js';

export interface LetopisRelayOptions {
  readonly kafka: KafkaConfiguration;
  readonly log: Pick<EventLog, 'subscribe' | 'readStream'>;
  readonly registry: Pick<EventCatalogue, 'get' | 'upcast'>;
  readonly logger: StreamingLogger;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: RelayProgress) => void;
  readonly onInterrupted?: () => void;
}

/** Publishes until the signal. @throws what `runRelay` throws */
export const createRelay = ({ kafka, logger, ...options }: LetopisRelayOptions): Promise<void> => {
  const { brokers, tls, sasl, topicPrefix, partitions, personalFields } = kafka;
  return runRelay({
    ...options,
    logger,
    kafka: createKafka({ brokers, clientId: 'letopis-relay', tls, sasl, logger }),
    topics: topicsOf(topicPrefix),
    partitions,
    personal: personalFields,
  });
};
