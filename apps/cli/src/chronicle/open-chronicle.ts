import { createEventRegistry, type EventLog } from '#event-log';
import {
  type CommandService,
  type Configuration,
  CustomerAccesses,
  createCommandService,
  createIds,
  createResponsibilities,
  type DerivedIdsSource,
  type Fingerprints,
  followErasures,
  isoNow,
  openFingerprints,
  openReferences,
  openWritableLog,
  withDepartures,
} from '#platform';
import type { SubjectKeyStore } from '#privacy';
import { eventDefinitions, type PolicyHistory } from '#relationship';
import { privateFolder } from '#sqlite';

/** The data folder, opened by this process alone. */
export interface Chronicle {
  readonly configuration: Configuration;
  readonly log: EventLog;
  readonly service: CommandService;
  readonly derivedIds: DerivedIdsSource;
  readonly keys: Pick<SubjectKeyStore, 'ensure'>;
  policies(): PolicyHistory;
  close(): Promise<void>;
}

export const eventRegistry = () => createEventRegistry(eventDefinitions);

/** @throws EventLogUnavailable, as EventLogWrittenElsewhere where another process writes it */
export async function openChronicle(configuration: Configuration, clock = isoNow): Promise<Chronicle & { readonly keys: SubjectKeyStore }> {
  privateFolder(configuration.dataFolder);
  const { keyStoreUrl } = configuration;
  const { log, subjects, keys, derivedIds } = await openWritableLog(configuration, { registry: eventRegistry() });
  const fingerprints = openFingerprints(keyStoreUrl, subjects);
  return { ...(await chronicleOn(log, { configuration, fingerprints, derivedIds, keys, clock })), keys };
}

/** Less than a server keeps: what an import takes does not depend on the size of the file, and is to stay small. */
const CACHE = { cacheSize: 5_000, cacheEvents: 100_000 };

interface ChronicleParts {
  /** What the log lies over, where it does not hold all of it yet. */
  readonly base?: EventLog;
  readonly configuration: Configuration;
  readonly fingerprints: Fingerprints;
  readonly derivedIds: DerivedIdsSource;
  readonly keys: Pick<SubjectKeyStore, 'ensure'>;
  readonly clock?: () => string;
}

export async function chronicleOn(
  log: EventLog,
  { base, configuration, fingerprints, derivedIds, keys, clock = isoNow }: ChronicleParts,
): Promise<Chronicle> {
  // Nothing is decided on rules that are no longer followed: the next command fails with this.
  let broken: unknown;
  const onFailure = (error: unknown) => {
    broken = error;
  };
  const references = await openReferences(log, onFailure);
  const newId = createIds();
  const decide = createCommandService({ log, references, fingerprints, derivedIds, clock, newId, cache: CACHE });
  const erasures = log.guarantees.oneWriter ? undefined : await followErasures(log, decide.forget);
  const sound: CommandService = { execute: (request) => (broken ? Promise.reject(broken) : decide.execute(request)) };
  const accesses = new CustomerAccesses(log, { documents: () => Promise.reject(new Error('views are not available here')) });
  const logs = [log, ...(base ? [base] : [])];
  const responsibilities = createResponsibilities({ logs, accesses, clock });
  const service = withDepartures(sound, { log, responsibilities, newId, derivedIds, clock });
  return {
    configuration,
    log,
    policies: () => references.policies.current(),
    service,
    derivedIds,
    keys,
    async close() {
      await service.close();
      await erasures?.close();
      await references.close();
      await log.close();
    },
  };
}
