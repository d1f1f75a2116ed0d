import type { EventDefinition } from '#event-log';
import type { Schema } from '../published-schema.js';
import { type TopicSpec, type Topics, topicSpecs } from '../topics.js';
import { customerMessages } from './customer-messages.js';
import { cloudEventHeaders, eventMessages } from './event-messages.js';
import { KAFKA_BINDING, type Message, messageObject } from './message.js';

export type { Message } from './message.js';

export interface AsyncApiOptions {
  /** Of the API. */
  readonly version: string;
  readonly definitions: readonly EventDefinition[];
  readonly topics: Topics;
  readonly partitions: number;
  /** Bytes of the largest body of a command. */
  readonly bodyLimit: number;
  /** Whether personal fields go along, encrypted. */
  readonly personal: boolean;
  /** Absent where no brokers are configured. */
  readonly cluster?: Cluster | undefined;
  /** What others may send, what of it comes back, and the shapes that these refer to as `#/components/schemas/…`. */
  readonly contacts: ContactMessages;
}

export interface ContactMessages {
  readonly inbound: readonly Message[];
  readonly rejected: readonly Message[];
  readonly schemas: Readonly<Record<string, Schema>>;
}

export interface Cluster {
  /** `host:port` */
  readonly brokers: readonly string[];
  readonly tls: boolean;
  readonly mechanism?: 'plain' | 'scram-sha-256' | 'scram-sha-512' | undefined;
}

interface Channel {
  readonly topic: keyof Topics;
  readonly title: string;
  readonly description: string;
  readonly operation: string;
  /** As Letopis does it. */
  readonly action: 'send' | 'receive';
  readonly messages: readonly Message[];
}

/** AsyncAPI 3.0 of the topics, made from the event registry and the contract of the topics. */
export const asyncApiDocument = (options: AsyncApiOptions): object => {
  const channels = channelsOf(options);
  const specs = topicSpecs(options.topics, options.partitions, options.bodyLimit);
  const specOf = (topic: keyof Topics) => specs.find((spec) => spec.topic === options.topics[topic])!;
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Letopis',
      version: options.version,
      license: { name: 'MIT' },
      description,
    },
    defaultContentType: 'application/json',
    ...serversOf(options.cluster),
    channels: Object.fromEntries(channels.map((channel) => [channel.topic, channelObject(channel, specOf(channel.topic))])),
    operations: Object.fromEntries(channels.map((channel) => [channel.operation, operationObject(channel)])),
    components: {
      ...securityOf(options.cluster),
      schemas: { CloudEventHeaders: cloudEventHeaders, ...options.contacts.schemas },
      messages: Object.fromEntries(channels.flatMap(({ messages }) => messages.map((message) => [message.name, messageObject(message)]))),
    },
  };
};

const description = [
  'What an event-sourced chronicle of customer relationships publishes to Kafka and consumes from it.',
  '',
  'Records are committed in transactions: read with `read_committed`. Records of one customer are in one partition, in order.',
  'Start with the customers topic, continue with the events topic, skip events that `ce_sequence` shows to be known already, and use',
  '`GET /feeds/relationship-events/reconcile` (see `/openapi.json`) to verify that nothing is missing.',
  '',
  'A record that is larger than its topic allows is published with its headers, without its value, and with `ce_dataref` (the CloudEvents extension',
  '"dataref"): the address of the HTTP API that returns the value. Order, sequence and hashes are as for any other record.',
  '',
  'The rolling hash over n events: h(0) is 32 zero bytes, h(n) = SHA-256(h(n-1) followed by the 32 bytes of `ce_contenthash` of event n).',
].join('\n');

const channelsOf = ({ definitions, personal, contacts }: AsyncApiOptions): readonly Channel[] => [
  {
    topic: 'events',
    title: 'Relationship events',
    description: 'Every published event, kept permanently: the complete history.',
    operation: 'publishEvents',
    action: 'send',
    messages: eventMessages(definitions, { personal }),
  },
  {
    topic: 'customers',
    title: 'Customers',
    description:
      "Compacted: each customer's current card, and a tombstone for an erased one, kept for 30 days: read the topic from the beginning if you read less often.",
    operation: 'publishCustomers',
    action: 'send',
    messages: customerMessages({ personal }),
  },
  {
    topic: 'contacts',
    title: 'Contacts of other systems',
    description: 'Contacts sent by other systems: the commands of the HTTP API, with the same rejections.',
    operation: 'takeContacts',
    action: 'receive',
    messages: contacts.inbound,
  },
  {
    topic: 'rejected',
    title: 'Rejected contacts',
    description: 'Rejected messages of the contacts topic, with the reason; kept for 30 days.',
    operation: 'rejectContacts',
    action: 'send',
    messages: contacts.rejected,
  },
];

/** What of a topic's configuration concerns those who read or write it. */
const shownOfTopics = new Set(['retention.ms', 'delete.retention.ms', 'max.message.bytes']);

const channelObject = ({ title, description: about, messages }: Channel, spec: TopicSpec) => {
  const shown = (spec.configEntries ?? []).filter(({ name }) => shownOfTopics.has(name));
  return {
    address: spec.topic,
    title,
    description: about,
    messages: Object.fromEntries(messages.map(({ name }) => [name, { $ref: `#/components/messages/${name}` }])),
    bindings: {
      kafka: {
        topic: spec.topic,
        partitions: spec.numPartitions,
        topicConfiguration: {
          'cleanup.policy': [spec.cleanupPolicy],
          ...Object.fromEntries(shown.map(({ name, value }) => [name, Number(value)])),
        },
        bindingVersion: KAFKA_BINDING,
      },
    },
  };
};

const operationObject = ({ topic, action, title, messages }: Channel) => ({
  action,
  channel: { $ref: `#/channels/${topic}` },
  title,
  messages: messages.map(({ name }) => ({ $ref: `#/channels/${topic}/messages/${name}` })),
});

const serversOf = (cluster: Cluster | undefined) =>
  cluster && {
    servers: Object.fromEntries(
      cluster.brokers.map((host, index) => [
        `kafka-${index + 1}`,
        {
          host,
          protocol: cluster.tls ? 'kafka-secure' : 'kafka',
          ...(cluster.mechanism && { security: [{ $ref: '#/components/securitySchemes/sasl' }] }),
        },
      ]),
    ),
  };

const schemeTypes = { plain: 'plain', 'scram-sha-256': 'scramSha256', 'scram-sha-512': 'scramSha512' } as const;

const securityOf = (cluster: Cluster | undefined) =>
  cluster?.mechanism && {
    securitySchemes: { sasl: { type: schemeTypes[cluster.mechanism], description: 'SASL, with your own account.' } },
  };
