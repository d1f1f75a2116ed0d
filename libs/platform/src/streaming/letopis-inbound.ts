import { createKafka, type InboundOptions, runInbound, topicsOf } from '#streaming';
import type { KafkaConfiguration } from '../configuration/configuration.js';

export interface LetopisInboundOptions extends Pick<InboundOptions, 'accept' | 'signal' | 'logger' | 'onState' | 'onSettled'> {
  readonly kafka: KafkaConfiguration;
}

/** Takes messages until the signal. */
export const createInbound = ({ kafka, ...options }: LetopisInboundOptions): Promise<void> => {
  const { brokers, tls, sasl, topicPrefix, partitions, bodyLimit } = kafka;
  return runInbound({
    ...options,
    kafka: createKafka({ brokers, clientId: 'letopis-inbound', tls, sasl, logger: options.logger }),
    topics: topicsOf(topicPrefix),
    partitions,
    bodyLimit,
  });
};
