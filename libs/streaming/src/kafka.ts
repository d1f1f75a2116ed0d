import type { Kafka, KafkaConfig, LogEntry, SASLOptions } from 'kafkajs';
import { client } from './client.js';
import { StreamingUnavailable, TopicMismatch } from './errors.js';
import type { TopicSpec } from './topics.js';

/** As pino has it. */
export interface StreamingLogger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

export interface KafkaOptions {
  /** `host:port` of some brokers of the cluster. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly tls?: boolean;
  readonly sasl?: SASLOptions | undefined;
  readonly logger?: StreamingLogger | undefined;
}

/** A transaction that follows another at once finds the former still being ended: with the client's defaults it would wait 300 ms for that. */
const retry = { initialRetryTime: 15, multiplier: 1.6, maxRetryTime: 2_000, retries: 12 } as const;

export const createKafka = ({ brokers, clientId, tls = false, sasl, logger }: KafkaOptions): Kafka => {
  const { Kafka, logLevel } = client();
  const config: KafkaConfig = {
    clientId,
    brokers: [...brokers],
    ssl: tls,
    ...(sasl && { sasl }),
    retry,
    connectionTimeout: 3_000,
    authenticationTimeout: 5_000,
    logLevel: logLevel.WARN,
    logCreator: () => clientLog(logger),
  };
  return new Kafka(config);
};

const SAME_MS = 60_000;

/** The client says the same of every attempt; once a minute is enough beside what we say ourselves. */
function clientLog(logger: StreamingLogger | undefined): (entry: LogEntry) => void {
  const { logLevel } = client();
  const logged = new Map<string, number>();
  return ({ namespace, level, log: { message, broker, error, groupId } }) => {
    const line = `kafka ${namespace}: ${message}`;
    const now = performance.now();
    if (now - (logged.get(line) ?? Number.NEGATIVE_INFINITY) < SAME_MS) return;
    logged.set(line, now);
    const details = { broker, groupId, error: typeof error === 'string' ? error : undefined };
    if (level === logLevel.ERROR) logger?.warn(details, line);
    else logger?.info(details, line);
  };
}

/** By name: the client's classes cannot be imported from an ES module. */
const isOfClient = (error: unknown): error is Error => error instanceof Error && error.name.startsWith('KafkaJS');

/** Whether the brokers answered with one of these errors of the protocol, however deep the client has wrapped it. */
export const isOfType = (error: unknown, ...types: readonly string[]): boolean => {
  type Wrapped = { readonly type?: unknown; readonly cause?: unknown; readonly originalError?: unknown };
  for (let at = error as Wrapped | undefined; at; at = (at.cause ?? at.originalError) as Wrapped | undefined)
    if (types.some((type) => type === at?.type)) return true;
  return false;
};

/** Says what hinders, for errors of the client; others are answered as they are. */
export const faultOf = (error: unknown): unknown => {
  if (!isOfClient(error)) return error;
  const authentication = /SASL|Authentication/i.test(error.name);
  const reason = authentication ? 'the brokers rejected the user and password of KAFKA_SASL' : error.message;
  return new StreamingUnavailable(`Kafka: ${reason}`, { cause: error });
};

/** The client knows none of these. */
export const UNREADABLE: readonly string[] = ['snappy', 'lz4', 'zstd'];

/** What there is of a topic. */
export interface TopicSettings {
  readonly partitions: number;
  /** Of a batch of records. */
  readonly maxMessageBytes: number;
  /** `compression.type`: `producer` keeps what senders compressed with. */
  readonly compression: string;
}

/** Kind of a resource of the brokers. */
const TOPIC = 2;
/** -1 is no limit. */
const isMore = (value: string, most: string): boolean => Number(value) < 0 || Number(value) > Number(most);

/** Settings of topics by their names, as the brokers have them; topics that are not there are left out. @throws StreamingUnavailable */
export const settingsOf = async (
  kafka: Kafka,
  names: Readonly<Record<string, readonly string[]>>,
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> => {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const present = new Set(await admin.listTopics());
    const wanted = Object.entries(names).filter(([topic]) => present.has(topic));
    if (wanted.length === 0) return new Map();
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: wanted.map(([name, configNames]) => ({ type: TOPIC, name, configNames: [...configNames] })),
    });
    return new Map(
      resources.map(({ resourceName, configEntries }) => [
        resourceName,
        new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])),
      ]),
    );
  } catch (error) {
    throw faultOf(error);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
};

/**
 * Makes the topics that are missing, and answers what all of them are.
 * @throws TopicMismatch naming what is there and what would be right
 * @throws StreamingUnavailable
 */
export const ensureTopics = async (
  kafka: Kafka,
  specs: readonly TopicSpec[],
  logger?: Pick<StreamingLogger, 'warn'>,
): Promise<ReadonlyMap<string, TopicSettings>> => {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const present = new Set(await admin.listTopics());
    const missing = specs.filter(({ topic }) => !present.has(topic));
    if (missing.length > 0) {
      const topics = missing.map(({ cleanupPolicy: _, leastMessageBytes: __, isRead: ___, bounds: ____, ...topic }) => topic);
      await admin.createTopics({ topics, waitForLeaders: true });
    }
    const { topics } = await admin.fetchTopicMetadata({ topics: specs.map(({ topic }) => topic) });
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: specs.map(({ topic, bounds }) => ({
        type: TOPIC,
        name: topic,
        configNames: ['cleanup.policy', 'max.message.bytes', 'compression.type', ...bounds],
      })),
    });
    const settingOf = (topic: string, name: string): string | undefined =>
      resources.find(({ resourceName }) => resourceName === topic)?.configEntries.find(({ configName }) => configName === name)
        ?.configValue;
    const found = new Map(
      specs.map(({ topic }) => {
        const partitions = topics.find(({ name }) => name === topic)?.partitions.length ?? 0;
        const compression = settingOf(topic, 'compression.type') ?? 'producer';
        return [topic, { partitions, maxMessageBytes: Number(settingOf(topic, 'max.message.bytes') ?? 0), compression }];
      }),
    );
    const faults = specs.flatMap(({ topic, numPartitions, cleanupPolicy, leastMessageBytes, isRead }) => {
      const { partitions, maxMessageBytes, compression } = found.get(topic)!;
      const policy = settingOf(topic, 'cleanup.policy') ?? 'unknown';
      return [
        ...(partitions < numPartitions ? [`${topic} has ${partitions} partitions; ${numPartitions} are required (KAFKA_PARTITIONS)`] : []),
        ...(policy !== cleanupPolicy ? [`${topic} has cleanup.policy=${policy}; it must be ${cleanupPolicy}`] : []),
        ...(maxMessageBytes < leastMessageBytes
          ? [`${topic} has max.message.bytes=${maxMessageBytes}; at least ${leastMessageBytes} are needed`]
          : []),
        ...(isRead && UNREADABLE.includes(compression)
          ? [`${topic} has compression.type=${compression}, which cannot be read; use uncompressed or gzip`]
          : []),
      ];
    });
    if (faults.length > 0) throw new TopicMismatch(faults.join('; '));
    for (const { topic, bounds, configEntries = [] } of specs)
      for (const { name, value: most } of configEntries.filter((entry) => bounds.includes(entry.name))) {
        const value = settingOf(topic, name);
        if (value === undefined || !isMore(value, most)) continue;
        const command = `kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config ${name}=${most}`;
        logger?.warn(
          { topic, setting: name, value, most, command },
          'a topic may keep personal data of erased customers for longer than it should',
        );
      }
    return found;
  } catch (error) {
    throw faultOf(error);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
};
