import type { EventLog } from '#event-log';
import { createKafka, type RelayProgress, runRelay, type StreamingLogger, topicsOf } from '#streaming';
import type { KafkaConfiguration } from '../configuration/configuration.js';
import { eventCatalogue } from '../events/current-events.js';

export interface LetopisRelayOptions {
  readonly kafka: KafkaConfiguration;
  readonly log: Pick<EventLog, 'subscribe' | 'readStream' | 'eventAt'>;
  readonly logger: StreamingLogger;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: RelayProgress) => void;
  readonly waitsForTopics?: boolean;
  readonly onInterrupted?: (fault: Error) => void;
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
