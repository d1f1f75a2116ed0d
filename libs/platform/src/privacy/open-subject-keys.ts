import { existsSync } from 'node:fs';
import {
  type KnownMasterKeys,
  MasterKeyMissing,
  type MasterKeys,
  makeMasterKeyFile,
  openKeptOutside,
  openSubjectKeys,
  otherStoreThan,
  readMasterKeys,
  type SubjectKeyStore,
} from '#privacy';
import { tighten } from '#sqlite';

/** Where the keys of customers are, and the master keys that wrap them. */
export interface SubjectKeysConfiguration {
  readonly url: string;
  /** As `readMasterKeys` takes it; absent: the file below, which is made at the first start. */
  readonly masterKey?: string;
  readonly formerMasterKeys?: string;
  readonly masterKeyFile: string;
  /** Where erasures are recorded that no backup takes back. */
  readonly keptOutsideUrl: string;
}

/** A source that does not have the key, or does not answer, is not asked again at once. */
const READ_AGAIN_MS = 1_000;

/**
 * For everyone who decides or projects. Nothing is decrypted before the keys of all who were erased are destroyed: those in a backup that was
 * restored, too.
 * @param onMade a master key was made, in this file
 * @throws what `openKeysAlone` throws; KeptOutsideMissing, KeptOutsideUnavailable
 */
export async function openSubjectKeyStore(
  configuration: SubjectKeysConfiguration,
  onMade?: (file: string) => void,
): Promise<SubjectKeyStore> {
  const store = await openKeysAlone(configuration, onMade);
  try {
    await eraseKept(store, configuration.keptOutsideUrl);
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function eraseKept(store: SubjectKeyStore, url: string): Promise<void> {
  const expected = await store.keptOutside();
  const kept = await openKeptOutside(url);
  try {
    if (expected !== undefined && kept?.id !== expected) throw otherStoreThan(expected, 'key store', kept?.id);
    if (kept === undefined) return;
    for await (const erasures of kept.erasures()) {
      const found = await store.find(erasures.map(({ subject }) => subject));
      const left = erasures.filter(({ subject }) => found.get(subject)?.kind !== 'erased');
      await Promise.all(left.map(({ subject, erasedAt }) => store.erase([subject], erasedAt)));
    }
  } finally {
    await kept?.close();
  }
}

/**
 * For whoever mends the store, or what is kept outside.
 * @throws SubjectKeysUnavailable, MasterKeyUnavailable; MasterKeyMissing where a key of the store needs another one
 */
export async function openKeysAlone(
  configuration: SubjectKeysConfiguration,
  onMade: (file: string) => void = () => undefined,
): Promise<SubjectKeyStore> {
  const { url, masterKey, masterKeyFile } = configuration;
  const store = openSubjectKeys(url, masterKeysIn(configuration));
  try {
    if (masterKey === undefined && !existsSync(masterKeyFile)) {
      // Never a new one for a store that belongs to another.
      const owner = await store.masterKeyId();
      // Unless another process has made both meanwhile, the file first.
      if (owner !== undefined && !existsSync(masterKeyFile)) throw new MasterKeyMissing(owner, `${masterKeyFile} does not exist`);
      if (makeMasterKeyFile(masterKeyFile)) onMade(masterKeyFile);
    }
    if (masterKey === undefined) tighten(masterKeyFile);
    await store.assertMasterKeys();
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Read when first asked for, and again for a key that is not among them: it may have been added meanwhile. */
function masterKeysIn(configuration: SubjectKeysConfiguration): MasterKeys {
  let keys: KnownMasterKeys | undefined;
  let reading: Promise<KnownMasterKeys> | undefined;
  let lastRead = Number.NEGATIVE_INFINITY;
  let failure: unknown;
  const read = () => {
    reading ??= readAll(configuration)
      .then((these) => {
        failure = undefined;
        keys = these;
        return these;
      })
      .catch((error) => {
        failure = error;
        throw error;
      })
      .finally(() => {
        lastRead = performance.now();
        reading = undefined;
      });
    return reading;
  };
  const find = (id: string) => keys?.find((key) => key.id === id);
  return {
    current: async () => (keys ?? (await read()))[0],
    async get(id) {
      const known = find(id);
      if (known) return known;
      if (reading || performance.now() - lastRead > READ_AGAIN_MS) await read();
      else if (failure) throw failure;
      const found = find(id);
      if (found === undefined) throw new MasterKeyMissing(id);
      return found;
    },
  };
}

export const masterKeySource = ({ masterKey, masterKeyFile }: SubjectKeysConfiguration): string => masterKey ?? `file:${masterKeyFile}`;

async function readAll(configuration: SubjectKeysConfiguration): Promise<KnownMasterKeys> {
  const keys = await readMasterKeys(masterKeySource(configuration));
  return configuration.formerMasterKeys === undefined ? keys : [...keys, ...(await readMasterKeys(configuration.formerMasterKeys))];
}
