import { existsSync } from 'node:fs';
import { type EventLog, type KnownEvents, type OpenEventLogOptions, openEventLog } from '#event-log';
import { delegating } from '#event-log/delegating.js';
import {
  CONFIRMED_FOR_DECISIONS_WITHIN_MS,
  CONFIRMED_WITHIN_MS,
  createPersonalFields,
  createPublishingKeys,
  createRecentKeys,
  createSubjectFingerprints,
  type FoundKey,
  holdsEvent,
  openMemorySubjectKeys,
  type PublishingKeys,
  type RecentKeys,
  type StreamReads,
  type SubjectFingerprints,
  type SubjectKeyStore,
} from '#privacy';
import { ERASING_EVENT, subjectOf } from '#relationship/subjects.js';
import { type DerivedIdsSource, openDerivedIds } from '../commands/derived-ids.js';
import type { Configuration } from '../configuration/configuration.js';
import { eventCatalogue } from '../events/current-events.js';
import { beginKeptOutside } from './begin-kept-outside.js';
import { assertCopied, assertEncrypted } from './encrypt-log.js';
import { namingInstallation } from './name-installation.js';
import { openSubjectKeyStore, type SubjectKeysConfiguration } from './open-subject-keys.js';
import { assertOwnSubjectKeys, beginSubjectKeys } from './own-subject-keys.js';

/** The log, and the keys that personal fields in it are encrypted with. */
export type LogEngines = Pick<Configuration, 'eventLogUrl' | 'subjectKeys'>;

type ReadableKeys = Pick<SubjectKeyStore, 'id' | 'find' | 'close' | 'state'>;

/**
 * The log of a chronicle for whoever only reads it, beside the process that writes it; or, where not `readOnly`, so that no other writes it meanwhile.
 * @throws EventLogUnavailable, SubjectKeysMissing, and what `openSubjectKeyStore` throws
 */
export async function openLetopisLog({ eventLogUrl, subjectKeys }: LogEngines, { readOnly = true } = {}): Promise<EventLog> {
  const store = await keysToRead(subjectKeys, (opened) => assertOwnSubjectKeys(log, opened));
  const keys = createRecentKeys({ store: { ...store, ensure: makesNone }, withinMs: CONFIRMED_WITHIN_MS });
  const log: EventLog = await closingBoth(store, () =>
    openEventLog(eventLogUrl, { registry: eventCatalogue, readOnly, personal: personalFieldsBy(keys) }),
  );
  await unlessFailing(log, () => assertOwnSubjectKeys(log, store));
  return log;
}

export interface WritableLog {
  readonly log: EventLog;
  /** Under the keys of those whom the commands are about. */
  readonly subjects: SubjectFingerprints;
  /** Closed with the log. */
  readonly keys: SubjectKeyStore;
  readonly derivedIds: DerivedIdsSource;
}

/**
 * For whoever decides what is appended; what was erased according to the store outside of backups is erased in this log before. The log names the
 * stores that it belongs to.
 * @param registry checks what is appended
 * @throws EventLogUnavailable, LogNotEncrypted, SubjectKeysMissing, DerivedIdsSecretLost, and what `openSubjectKeyStore` and `beginKeptOutside` throw
 */
export async function openWritableLog(
  { eventLogUrl, subjectKeys, keyStoreUrl }: LogEngines & Pick<Configuration, 'keyStoreUrl'>,
  options: OpenEventLogOptions & { readonly registry: KnownEvents },
): Promise<WritableLog> {
  const store = await openSubjectKeyStore(subjectKeys);
  const keys = createRecentKeys({ store, withinMs: CONFIRMED_FOR_DECISIONS_WITHIN_MS });
  const opened = await closingBoth(store, () => openEventLog(eventLogUrl, { ...options, personal: personalFieldsBy(keys) }));
  return unlessFailing(opened, async () => {
    await assertEncrypted(opened, eventLogUrl);
    await assertCopied(opened, { keys: store, url: eventLogUrl });
    const { log, name } = namingInstallation(opened);
    const id = await beginSubjectKeys(log, store);
    if (id !== undefined) name({ subjectKeys: id });
    const derivedIds = await openDerivedIds(keyStoreUrl, log, name);
    await (await beginKeptOutside({ log, keys: store, url: subjectKeys.keptOutsideUrl })).close();
    return { log, subjects: fingerprintsBy(keys, log), keys: store, derivedIds };
  });
}

/** Closes the log where what follows fails. */
async function unlessFailing<Result>(log: EventLog, then: () => Promise<Result>): Promise<Result> {
  try {
    return await then();
  } catch (error) {
    await log.close();
    throw error;
  }
}

/** For whoever leaves no trace: under the keys of the store where there are some, otherwise under keys for this time only. */
export async function fingerprintsToRead(
  { subjectKeys }: Pick<LogEngines, 'subjectKeys'>,
  log: StreamReads,
): Promise<SubjectFingerprints & { readonly keys: Pick<SubjectKeyStore, 'ensure'>; close(): Promise<void> }> {
  const store = await keysToRead(subjectKeys);
  const own = openMemorySubjectKeys();
  const ensure = async (subjects: readonly string[]): Promise<ReadonlyMap<string, FoundKey>> => {
    const found = await store.find(subjects);
    return new Map([...(await own.ensure(subjects.filter((subject) => !found.has(subject)))), ...found]);
  };
  const find = async (subjects: readonly string[]): Promise<ReadonlyMap<string, FoundKey>> =>
    new Map([...(await own.find(subjects)), ...(await store.find(subjects))]);
  const keys = createRecentKeys({ store: { find, ensure }, withinMs: CONFIRMED_WITHIN_MS });
  return { ...fingerprintsBy(keys, log), keys: { ensure }, close: store.close };
}

/** With what is published of customers is encrypted. */
export async function openPublishingKeys(subjectKeys: SubjectKeysConfiguration): Promise<{ of: PublishingKeys; close(): Promise<void> }> {
  const store = await keysToRead(subjectKeys);
  const keys = createRecentKeys({ store: { find: store.find, ensure: makesNone }, withinMs: CONFIRMED_WITHIN_MS });
  return { of: createPublishingKeys(keys), close: store.close };
}

/** The personal fields of the events of the domain. */
export const personalFieldsBy = (keys: RecentKeys) =>
  createPersonalFields({ keys, registry: eventCatalogue, subjectOf, isErased, erases: ({ type }) => type === ERASING_EVENT });

const isErased = (subject: string, log: StreamReads) => holdsEvent(ERASING_EVENT, subject, log);

export const fingerprintsBy = (keys: RecentKeys, log: StreamReads): SubjectFingerprints =>
  createSubjectFingerprints({ keys, subjectOf, isErased, log });

const makesNone = () => Promise.reject(new Error('keys of customers are made by whoever writes the event log'));

/** A file that is not there is not made; it may be later. */
async function keysToRead(
  configuration: SubjectKeysConfiguration,
  check: (opened: ReadableKeys) => Promise<void> = async () => undefined,
): Promise<ReadableKeys> {
  const file = /^sqlite:(.+)$/.exec(configuration.url)?.[1];
  if (file === undefined || existsSync(file)) return openSubjectKeyStore(configuration);
  let opened: Promise<SubjectKeyStore> | undefined;
  const open = async () => {
    const store = await openSubjectKeyStore(configuration);
    try {
      await check(store);
      return store;
    } catch (error) {
      await store.close();
      throw error;
    }
  };
  return {
    async find(subjects) {
      if (!opened && !existsSync(file)) return new Map();
      opened ??= open().catch((error) => {
        opened = undefined;
        throw error;
      });
      return (await opened).find(subjects);
    },
    id: async () => (await opened)?.id(),
    close: async () => (await opened)?.close(),
  };
}

async function closingBoth(store: Pick<SubjectKeyStore, 'close'>, open: () => Promise<EventLog>): Promise<EventLog> {
  try {
    const log = await open();
    const close = async () => {
      await log.close();
      await store.close();
    };
    return delegating(log, { close });
  } catch (error) {
    await store.close();
    throw error;
  }
}
