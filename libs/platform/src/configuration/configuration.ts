import path from 'node:path';
import { roles } from '../identity/identity.js';
import type { OidcConfiguration } from '../identity/oidc/token-verifier.js';
import type { SubjectKeysConfiguration } from '../privacy/open-subject-keys.js';
import {
  brokers,
  bytes,
  choice,
  engineUrl,
  httpUrl,
  inNamespace,
  intervalSeconds,
  namespace,
  origins,
  port,
  positiveInteger,
  type Reader,
  roleValues,
  type Sasl,
  sasl,
  seconds,
  text,
  topicPrefix,
  withoutPassword,
} from './variables.js';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface Configuration {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly dataFolder: string;
  readonly eventLogUrl: string;
  readonly readModelsUrl: string;
  readonly keyStoreUrl: string;
  readonly subjectKeys: SubjectKeysConfiguration;
  readonly accessLogUrl: string;
  readonly accessLogAnchorSeconds: number;
  readonly logLevel: LogLevel;
  /** Where clients reach the API, without a slash at the end; absent: links are relative. */
  readonly publicUrl?: string;
  /** Web pages of these origins may call the API, `*` for all; none when empty. */
  readonly corsOrigins: readonly string[];
  /** Bytes of a request body. */
  readonly bodyLimit: number;
  /** Requests a second that one key may make, and as many at once after a pause. */
  readonly rateLimit: number;
  /** Requests a second that one remote address may make to what is open, or with keys that are rejected. */
  readonly addressRateLimit: number;
  /** Live feeds that may be open at once; one key may have half of them. */
  readonly feedLimit: number;
  readonly projector: 'embedded' | 'off';
  readonly processes: 'embedded' | 'off';
  /** Absent: API keys alone are accepted. */
  readonly oidc?: OidcConfiguration;
  /** Absent: nothing goes to Kafka or comes from there. */
  readonly kafka?: KafkaConfiguration;
}

export interface KafkaConfiguration {
  readonly brokers: readonly string[];
  readonly topicPrefix: string;
  /** Of the topics that have customers for keys. */
  readonly partitions: number;
  /** Bytes of the largest body of a command: topics that are made have room for what comes of it. */
  readonly bodyLimit: number;
  readonly tls: boolean;
  readonly sasl?: Sasl;
  /** Where the values of records that are too large are found; absent: the path of the API alone. */
  readonly publicUrl?: string;
  /** Whether personal fields go along, encrypted. */
  readonly personalFields: boolean;
  readonly relay: 'embedded' | 'off';
  readonly inbound: 'embedded' | 'off';
}

/** Every variable that is wrong, at once. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  constructor(readonly problems: readonly string[]) {
    super(`Invalid configuration:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

/** One row a variable: what the documentation, the `--help` of the CLI and the reader below have in common. */
export const variables = {
  HOST: { default: '127.0.0.1', description: 'address to listen on' },
  PORT: { default: '3000', description: 'port to listen on; 0 selects a free one' },
  LETOPIS_DATA: { default: './data', description: 'folder of the embedded engines' },
  EVENT_LOG_URL: {
    default: 'sqlite:<LETOPIS_DATA>/chronicle.sqlite',
    description: 'the event log: `sqlite:<file>`, or `esdb://…` or `esdb+discover://…`, the connection string of EventStoreDB',
  },
  EVENT_LOG_NAMESPACE: {
    default: 'letopis',
    description: 'prefix of the stream names on EventStoreDB, so that several logs can share a cluster',
  },
  READ_MODELS_URL: {
    default: 'sqlite:<LETOPIS_DATA>/views.sqlite',
    description: 'the read models: `sqlite:<file>`, or `mongodb://host:port/database`',
  },
  KEY_STORE_URL: {
    default: 'sqlite:<LETOPIS_DATA>/keys.sqlite',
    description: 'the API keys: `sqlite:<file>`, or `mongodb://host:port/database`',
  },
  OIDC_ISSUER: { default: '', description: 'issuer of the tokens that are accepted beside API keys (claim `iss`); none when empty' },
  OIDC_AUDIENCE: { default: '', description: 'claim `aud` that tokens must contain; required with OIDC_ISSUER' },
  OIDC_JWKS_URL: { default: '', description: "keys of the issuer; when empty, those that the issuer's discovery document names" },
  OIDC_ROLE_CLAIM: { default: 'roles', description: 'claim with the role: its name, or a JSON pointer such as /realm_access/roles' },
  OIDC_ROLES: {
    default: roles.map((role) => `${role}=${role}`).join(','),
    description: 'role for each value of OIDC_ROLE_CLAIM, as value=role, comma-separated; the first whose value the token has',
  },
  OIDC_ACTOR_CLAIM: {
    default: 'sub',
    description: 'claim with the id of the curator, supervisor, customer or service; name or JSON pointer',
  },
  OIDC_TEAM_CLAIM: {
    default: 'team',
    description:
      'claim with the team to which a supervisor is limited, or * for all; name or JSON pointer; where set, a token of a supervisor without it is rejected',
  },
  OIDC_CLOCK_SKEW: { default: '30', description: "seconds by which the issuer's clock may differ" },
  SUBJECT_KEYS_URL: {
    default: 'sqlite:<LETOPIS_DATA>/subject-keys.sqlite',
    description: 'the keys that encrypt personal data: `sqlite:<file>`, or `mongodb://host:port/database`',
  },
  MASTER_KEY: {
    default: 'file:<LETOPIS_DATA>/master.key',
    description: 'encrypts those keys: `file:<path>`, `command:<prints it>`, or 32 bytes in hex or base64; the default file is created',
  },
  FORMER_MASTER_KEYS: { default: '', description: 'further master keys, as MASTER_KEY, until `letopis master-key rotate` is done' },
  ACCESS_LOG_URL: {
    default: 'sqlite:<LETOPIS_DATA>/access-log.sqlite',
    description: 'the access log, which reads of personal data are recorded in: `sqlite:<file>`, or `mongodb://host:port/database`',
  },
  ACCESS_LOG_ANCHOR_SECONDS: {
    default: '60',
    description: 'how often the hash of the access log is recorded in the event log, if anything was read meanwhile',
  },
  KEPT_OUTSIDE_URL: {
    default: 'file:<LETOPIS_DATA>.keep/',
    description: 'erasures, never restored from a backup: `file:<folder>`, or `mongodb://host:port/database`',
  },
  PUBLIC_URL: {
    default: '',
    description: 'address of the API for clients, including the path prefix of a proxy; links are relative when empty',
  },
  CORS_ORIGINS: { default: '', description: 'origins of web pages that may call the API, comma-separated, or *; none when empty' },
  LOG_LEVEL: { default: 'info', description: logLevels.join(', ') },
  BODY_LIMIT: { default: '1m', description: 'largest request body, in bytes or with k or m' },
  RATE_LIMIT: { default: '1000', description: 'requests per second and key' },
  ADDRESS_RATE_LIMIT: {
    default: '100',
    description: 'requests per second and remote address without a valid key',
  },
  FEED_LIMIT: { default: '256', description: 'live feeds open at once; one key may have half of them' },
  KAFKA_BROKERS: { default: '', description: 'brokers as host:port, comma-separated; Kafka is not used when empty' },
  KAFKA_TOPIC_PREFIX: { default: 'letopis', description: 'prefix of all topic names' },
  KAFKA_PARTITIONS: { default: '12', description: 'partitions of the topics that are keyed by customer' },
  KAFKA_TLS: { default: 'off', description: 'on or off' },
  KAFKA_SASL: { default: '', description: 'plain:user:password, scram-sha-256:user:password or scram-sha-512:user:password' },
  RELAY: { default: 'embedded', description: 'embedded, or off if apps/relay runs separately' },
  RELAY_PERSONAL_FIELDS: {
    default: 'omit',
    description: 'omit personal fields from records published to Kafka, or include them, encrypted per customer',
  },
  INBOUND: { default: 'embedded', description: 'embedded: contacts that other systems send over Kafka are executed; or off' },
  PROJECTOR: { default: 'embedded', description: 'embedded, or off if apps/projector runs separately' },
  PROCESSES: { default: 'embedded', description: 'embedded: what is overdue is recorded; or off' },
} as const;
export type VariableName = keyof typeof variables;

const secret: ReadonlySet<VariableName> = new Set(['KAFKA_SASL', 'MASTER_KEY', 'FORMER_MASTER_KEYS']);

/**
 * @param environment usually `process.env`; an empty value counts as absent
 * @throws ConfigurationError naming every variable that is wrong and what would be right
 */
export const readConfiguration = (environment: Readonly<Record<string, string | undefined>>): Configuration => {
  const problems: string[] = [];
  const read = <Value>(name: VariableName, reader: Reader<Value>, fallback: string): Value => {
    const given = environment[name];
    const result = reader(given === undefined || given === '' ? fallback : given);
    if ('problem' in result) problems.push(`${name}=${secret.has(name) ? '…' : given && withoutPassword(given)}: ${result.problem}`);
    return 'value' in result ? result.value : (undefined as Value);
  };

  const dataFolder = path.resolve(read('LETOPIS_DATA', text, variables.LETOPIS_DATA.default) ?? '.');
  const inFolder = (file: string) => path.join(dataFolder, file);
  const masterKey = read('MASTER_KEY', text, '');
  const formerMasterKeys = read('FORMER_MASTER_KEYS', text, '');
  const publicUrl = read('PUBLIC_URL', httpUrl, variables.PUBLIC_URL.default);
  const configuration: Configuration = {
    ...(publicUrl !== undefined && { publicUrl }),
    corsOrigins: read('CORS_ORIGINS', origins, variables.CORS_ORIGINS.default),
    host: read('HOST', text, variables.HOST.default),
    port: read('PORT', port, variables.PORT.default),
    dataFolder,
    eventLogUrl: inNamespace(
      read('EVENT_LOG_URL', engineUrl(['sqlite', 'esdb', 'esdb+discover']), `sqlite:${inFolder('chronicle.sqlite')}`),
      read('EVENT_LOG_NAMESPACE', namespace, variables.EVENT_LOG_NAMESPACE.default),
    ),
    readModelsUrl: read('READ_MODELS_URL', engineUrl(['sqlite', 'mongodb', 'mongodb+srv']), `sqlite:${inFolder('views.sqlite')}`),
    keyStoreUrl: read('KEY_STORE_URL', engineUrl(['sqlite', 'mongodb', 'mongodb+srv']), `sqlite:${inFolder('keys.sqlite')}`),
    subjectKeys: {
      url: read('SUBJECT_KEYS_URL', engineUrl(['sqlite', 'mongodb', 'mongodb+srv']), `sqlite:${inFolder('subject-keys.sqlite')}`),
      ...(masterKey && { masterKey }),
      ...(formerMasterKeys && { formerMasterKeys }),
      masterKeyFile: inFolder('master.key'),
      keptOutsideUrl: read('KEPT_OUTSIDE_URL', engineUrl(['file', 'mongodb', 'mongodb+srv']), `file:${dataFolder}.keep/`),
    },
    accessLogUrl: read('ACCESS_LOG_URL', engineUrl(['sqlite', 'mongodb', 'mongodb+srv']), `sqlite:${inFolder('access-log.sqlite')}`),
    accessLogAnchorSeconds: read('ACCESS_LOG_ANCHOR_SECONDS', intervalSeconds, variables.ACCESS_LOG_ANCHOR_SECONDS.default),
    logLevel: read('LOG_LEVEL', choice(logLevels), variables.LOG_LEVEL.default),
    bodyLimit: read('BODY_LIMIT', bytes, variables.BODY_LIMIT.default),
    rateLimit: read('RATE_LIMIT', positiveInteger, variables.RATE_LIMIT.default),
    addressRateLimit: read('ADDRESS_RATE_LIMIT', positiveInteger, variables.ADDRESS_RATE_LIMIT.default),
    feedLimit: read('FEED_LIMIT', positiveInteger, variables.FEED_LIMIT.default),
    projector: read('PROJECTOR', choice(['embedded', 'off'] as const), variables.PROJECTOR.default),
    processes: read('PROCESSES', choice(['embedded', 'off'] as const), variables.PROCESSES.default),
  };
  const issuer = read('OIDC_ISSUER', httpUrl, variables.OIDC_ISSUER.default);
  const jwksUrl = read('OIDC_JWKS_URL', httpUrl, variables.OIDC_JWKS_URL.default);
  const oidc: Omit<OidcConfiguration, 'issuer'> = {
    audience: read('OIDC_AUDIENCE', text, variables.OIDC_AUDIENCE.default),
    ...(jwksUrl !== undefined && { jwksUrl }),
    roleClaim: read('OIDC_ROLE_CLAIM', text, variables.OIDC_ROLE_CLAIM.default),
    actorClaim: read('OIDC_ACTOR_CLAIM', text, variables.OIDC_ACTOR_CLAIM.default),
    teamClaim: read('OIDC_TEAM_CLAIM', text, variables.OIDC_TEAM_CLAIM.default),
    teamRequired: (environment.OIDC_TEAM_CLAIM ?? '') !== '',
    roles: read('OIDC_ROLES', roleValues, variables.OIDC_ROLES.default),
    clockSkewSeconds: read('OIDC_CLOCK_SKEW', seconds, variables.OIDC_CLOCK_SKEW.default),
  };
  if (issuer !== undefined && oidc.audience === '')
    problems.push('OIDC_AUDIENCE=: is required with OIDC_ISSUER: without it, tokens for other services would be accepted');
  if ((environment.OIDC_ISSUER ?? '') === '' && jwksUrl !== undefined) problems.push('OIDC_ISSUER=: is required with OIDC_JWKS_URL');
  const addresses = read('KAFKA_BROKERS', brokers, variables.KAFKA_BROKERS.default);
  const login = read('KAFKA_SASL', sasl, variables.KAFKA_SASL.default);
  const kafka: KafkaConfiguration = {
    brokers: addresses ?? [],
    topicPrefix: read('KAFKA_TOPIC_PREFIX', topicPrefix, variables.KAFKA_TOPIC_PREFIX.default),
    partitions: read('KAFKA_PARTITIONS', positiveInteger, variables.KAFKA_PARTITIONS.default),
    bodyLimit: configuration.bodyLimit,
    ...(publicUrl !== undefined && { publicUrl }),
    tls: read('KAFKA_TLS', choice(['on', 'off'] as const), variables.KAFKA_TLS.default) === 'on',
    ...(login && { sasl: login }),
    personalFields:
      read('RELAY_PERSONAL_FIELDS', choice(['omit', 'include'] as const), variables.RELAY_PERSONAL_FIELDS.default) === 'include',
    relay: read('RELAY', choice(['embedded', 'off'] as const), variables.RELAY.default),
    inbound: read('INBOUND', choice(['embedded', 'off'] as const), variables.INBOUND.default),
  };
  if (problems.length > 0) throw new ConfigurationError(problems);
  // As the claim has it: a slash at its end counts.
  const signIn = issuer && { ...oidc, issuer: environment.OIDC_ISSUER as string };
  return { ...configuration, ...(signIn && { oidc: signIn }), ...(kafka.brokers.length > 0 && { kafka }) };
};
