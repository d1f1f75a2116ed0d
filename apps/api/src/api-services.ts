import { type DomainEvent, type EventLog, type EventLogUnavailable, lagOf } from '#event-log';
import {
  type AccessReader,
  type ApiKeyStore,
  type Authenticator,
  type CommandService,
  type Configuration,
  CustomerAccesses,
  codeOfViews,
  createAccessReader,
  createAuthenticator,
  createIds,
  createMetrics,
  createRateLimit,
  createResponsibilities,
  createTokenVerifier,
  customerAudience,
  type Departures,
  type DerivedIdsSource,
  followErasures,
  followStreamChanges,
  isoNow,
  type Logger,
  type Metrics,
  openDerivedIds,
  openKeyStore,
  openLetopisLog,
  openReferences,
  openSubjectKeyStore,
  type RateLimit,
  type Reference,
  type Responsibilities,
  readKeptOutside,
  withDepartures,
} from '#platform';
import {
  CONFIRMED_FOR_DECISIONS_WITHIN_MS,
  createPublishingKeys,
  createRecentKeys,
  type KeptOutside,
  type PublishingKeys,
  type SubjectKeyStore,
} from '#privacy';
import { createOwnRecords, type OwnRecords } from '#projections';
import { overdueErasures, overdueReceipts } from '#projections/desk/supervisor.js';
import { createViewReader, type StoredViewReader } from '#projections/runner/index.js';
import { openReadModels, type ReadModelStore } from '#read-models';
import { type Curators, customerIdOf, isKeyGood, type PolicyHistory, relationshipPrefix, type Subscribers, usesTeams } from '#relationship';
import { privateFolder } from '#sqlite';
import { type AccessLogHost, startAccessLog } from './access-log/start-access-log.js';
import { type CommandThread, readingItsOwn, startCommandThread } from './commands/command-thread.js';
import { createListCursors, type ListCursors } from './edge/list-cursors.js';
import { keysAnswer } from './health/keys-answer.js';
import { createLostKeys, type LostKeys } from './health/lost-keys.js';
import { readViewHealth } from './health/view-health.js';
import { createProcesses, type ProcessesHost } from './processes/start-processes.js';
import { type ProjectorHost, startProjector } from './projecting/start-projector.js';
import { createInboundHost, type InboundHost } from './streaming/start-inbound.js';
import { type RelayHost, startRelay } from './streaming/start-relay.js';
import { createViewThread, type ViewThread } from './views/view-thread.js';

/** Everything that the edge stands on, opened and following. */
export interface ApiServices {
  readonly configuration: Configuration;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Only read, as the thread of the commands is the one that writes it. */
  readonly log: EventLog;
  readonly store: ReadModelStore;
  readonly reader: StoredViewReader;
  /** Answers what looks at many customers. */
  readonly views: ViewThread;
  /** What customers see of their own records. */
  readonly own: OwnRecords;
  readonly keys: ApiKeyStore;
  readonly subjectKeys: SubjectKeyStore;
  readonly lostKeys: LostKeys;
  /** Where erasures are recorded that no backup takes back. */
  readonly keptOutside: KeptOutside;
  /** When each subject was erased that was recorded there at the start. */
  readonly keptErasures: ReadonlyMap<string, string>;
  readonly authenticator: Authenticator;
  readonly rateLimit: RateLimit;
  readonly addressRateLimit: RateLimit;
  readonly commands: CommandService;
  /** How lists name their next page. */
  readonly cursors: ListCursors;
  readonly departures: Pick<Departures, 'resume'>;
  readonly derivedIds: DerivedIdsSource;
  /** Who may open each customer. */
  readonly accesses: CustomerAccesses;
  /** What each curator is responsible for. */
  readonly responsibilities: Responsibilities;
  /** Records which customers are shown to whom. */
  readonly accessLog: AccessLogHost;
  readonly accessReader: AccessReader;
  /** The thread that decides them. */
  readonly deciding: CommandThread;
  readonly policies: Reference<PolicyHistory>;
  readonly curators: Reference<Curators>;
  readonly subscribers: Reference<Subscribers>;
  /** Keys to what is published. */
  readonly publishingKeys: PublishingKeys;
  /**
   * Resolves when policies and curators are those of the head of the log; absent where no other process writes it.
   * @throws Problem `reference-data-behind`; EventLogUnavailable
   */
  readonly fresh?: () => Promise<void>;
  /** Events of policies and curators that stop commands. */
  readonly notUnderstood: () => readonly DomainEvent[];
  readonly projector: ProjectorHost;
  readonly relay: RelayHost;
  /** Takes the contacts that others send over Kafka. */
  readonly inbound: InboundHost;
  readonly processes: ProcessesHost;
  /** Now, ISO 8601 UTC with milliseconds. */
  readonly clock: () => string;
}

const DEPARTURE_PATIENCE_MS = 2_000;

export const API_SERVICES = Symbol('API_SERVICES');

export interface OpenedServices extends ApiServices {
  /** In the opposite order of the opening; what was appended is durable already. */
  close(): Promise<void>;
}

/**
 * Opens the engines, the write side first: of two processes on one folder the second fails here, before it has changed anything.
 * @throws EventLogUnavailable, ReadModelsUnavailable, KeyStoreUnavailable, and what `openSubjectKeyStore` throws
 */
export const openServices = async (configuration: Configuration, logger: Logger): Promise<OpenedServices> => {
  const closing: (() => unknown)[] = [];
  const opened = <Engine>(engine: Engine, close: (engine: Engine) => unknown): Engine => {
    closing.unshift(() => close(engine));
    return engine;
  };
  const close = async () => {
    for (const step of closing.splice(0)) await Promise.resolve(step()).catch((error) => logger.error({ err: error }, 'closing failed'));
  };
  try {
    privateFolder(configuration.dataFolder);
    const metrics = opened(createMetrics(), (it) => it.close());
    const onMade = (file: string) =>
      logger.warn(
        { file },
        'a master key was created; without it personal data cannot be read: back it up apart from the data folder, and better move it out (docs/operations.md, Master keys)',
      );
    const subjectKeys = opened(await openSubjectKeyStore(configuration.subjectKeys, onMade), (it) => it.close());
    // Counted once all is open.
    const lostKeys = createLostKeys(subjectKeys, () => references.withoutKey());
    const deciding = opened(await startCommandThread(configuration, metrics, logger, lostKeys.met), (it) => it.stop());
    const recording = startAccessLog({ configuration, metrics, logger });
    closing.unshift(() =>
      recording.then(
        (it) => it.stop(),
        () => undefined,
      ),
    );
    const kept = await readKeptOutside(configuration.subjectKeys.keptOutsideUrl);
    const keptOutside = opened(kept.store, (it) => it.close());
    const log = opened(await openLetopisLog(configuration), (it) => it.close());
    const store = opened(openReadModels(configuration.readModelsUrl, { readOnly: true }), (it) => it.close());
    const keys = opened(openKeyStore(configuration.keyStoreUrl), (it) => it.close());
    void keysAnswer(keys).catch((error) =>
      logger.error({ err: error }, 'the API keys cannot be read; requests are answered with 503 until they can'),
    );
    const broken = (error: unknown) => logger.fatal({ err: error }, 'following the policies or curators failed');
    const interrupted = (error: EventLogUnavailable) =>
      logger.error({ reason: error.message }, 'the event log is unavailable; policies and curators may be outdated');
    const issuerAway = (error: unknown) =>
      logger.error({ err: error }, 'the keys of the token issuer cannot be read; tokens are verified by those of before for an hour');
    const references = opened(await openReferences(log, broken, interrupted), (it) => it.close());
    const teamsInUse = () => usesTeams(references.curators.current());
    const projector = opened(startProjector({ configuration, logger }), (it) => it.stop());
    const relay = opened(startRelay({ configuration, metrics, logger }), (it) => it.stop());
    const reader = createViewReader(store, codeOfViews());
    const views = opened(createViewThread(configuration, logger), (it) => it.stop());
    const company = () => ({ reader, policies: references.policies.current(), now: isoNow() });
    metrics.onScrape(async () => {
      const { head, views, keysLost } = await readViewHealth({ log, store });
      const checkpoint = relay.position();
      return {
        views,
        processes: await processes.health(),
        keysLost: await lostKeys.count(keysLost).catch(() => undefined),
        erasuresOverdue: await overdueErasures(company()).catch(() => undefined),
        receiptsOverdue: await overdueReceipts(company()).catch(() => undefined),
        ...(checkpoint !== undefined && { relay: await lagOf(log, { checkpoint, head }, Date.now()) }),
      };
    });
    const changes = log.guarantees.oneWriter
      ? undefined
      : opened(await followStreamChanges({ log, streamPrefix: relationshipPrefix }), (it) => it.close());
    const accesses = new CustomerAccesses(log, reader, changes);
    const responsibilities = createResponsibilities({ logs: [log], accesses, clock: isoNow, views: { store, reader } });
    const own = createOwnRecords(log, customerAudience);
    opened(await followErasures(log, (stream) => own.forget(customerIdOf(stream)!)), (it) => it.close());
    const derivedIds = await openDerivedIds(configuration.keyStoreUrl, log);
    const departing = {
      log,
      responsibilities,
      newId: createIds(),
      derivedIds,
      clock: isoNow,
      patienceMs: DEPARTURE_PATIENCE_MS,
      onFailure: (error: unknown, curatorId: string) => logger.error({ err: error, curatorId }, 'a departure cannot continue'),
    };
    const commands = opened(withDepartures(readingItsOwn(deciding, references), departing), (it) => it.close());
    const inbound = opened(createInboundHost({ configuration, metrics, logger }), (it) => it.stop());
    const processes = opened(createProcesses({ configuration, log, logger }), (it) => it.stop());
    const accessReader = opened(createAccessReader(configuration.accessLogUrl), (it) => it.close());
    return {
      configuration,
      logger,
      accessLog: await recording,
      accessReader,
      metrics,
      log,
      store,
      reader,
      views,
      own,
      keys,
      cursors: createListCursors(keys),
      subjectKeys,
      lostKeys,
      keptOutside,
      keptErasures: kept.erasures,
      policies: references.policies,
      curators: references.curators,
      subscribers: references.subscribers,
      publishingKeys: createPublishingKeys(createRecentKeys({ store: subjectKeys, withinMs: CONFIRMED_FOR_DECISIONS_WITHIN_MS })),
      ...(!log.guarantees.oneWriter && { fresh: references.fresh }),
      notUnderstood: references.notUnderstood,
      projector,
      relay,
      inbound,
      processes,
      commands,
      departures: commands,
      derivedIds,
      accesses,
      responsibilities,
      deciding,
      clock: isoNow,
      close,
      authenticator: createAuthenticator(keys, {
        isGood: (credential) =>
          (credential.role !== 'curator' || isKeyGood(references.curators.current(), credential, isoNow())) &&
          !(credential.teamUnstated && teamsInUse()),
        verifyToken: configuration.oidc && createTokenVerifier(configuration.oidc, { failed: issuerAway, teamsInUse }),
      }),
      rateLimit: createRateLimit(configuration.rateLimit),
      addressRateLimit: createRateLimit(configuration.addressRateLimit),
    };
  } catch (error) {
    await close();
    throw error;
  }
};
