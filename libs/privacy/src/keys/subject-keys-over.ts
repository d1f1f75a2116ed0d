import { createSecretKey, randomBytes } from 'node:crypto';
import { type MasterKeyMissing, type MasterKeys, unwrapKey, type WrappedKeyDamaged, wrapKey } from '../master-keys/master-keys.js';
import { isErased, type KeyRow, type KeyRows, type WrappedKey } from './key-rows.js';
import type { FoundKey, SubjectKeyStore } from './subject-key-store.js';

const DATA_KEY_BYTES = 32;
const KEPT_OUTSIDE = 'kept-outside';
const MASTER_KEY = 'master-key';

const keyOf = (id: string, bytes: Buffer): FoundKey => ({ kind: 'key', key: { id, key: createSecretKey(bytes) } });

/** Keys in rows of an engine, wrapped by master keys. */
export function subjectKeysOver(rows: KeyRows, masterKeys: MasterKeys): SubjectKeyStore {
  /** @throws MasterKeyMissing, WrappedKeyDamaged */
  const bytesOf = (row: WrappedKey): Buffer => unwrapKey(masterKeys.get(row.masterKeyId), row.wrapped, row);
  const foundOf = (row: KeyRow): FoundKey => {
    if (isErased(row)) return { kind: 'erased', at: row.erasedAt };
    try {
      return keyOf(row.id, bytesOf(row));
    } catch (error) {
      return { kind: 'unreadable', error: error as MasterKeyMissing | WrappedKeyDamaged };
    }
  };
  const foundIn = (found: ReadonlyMap<string, KeyRow>) => new Map([...found].map(([subject, row]) => [subject, foundOf(row)]));
  const wrapped = (subject: string, id: string, bytes: Buffer): WrappedKey => {
    const current = masterKeys.current();
    return { subject, id, masterKeyId: current.id, wrapped: wrapKey(current, bytes, { subject, id }) };
  };
  const newKey = (subject: string) => {
    const bytes = randomBytes(DATA_KEY_BYTES);
    return { bytes, row: wrapped(subject, randomBytes(12).toString('base64url'), bytes) };
  };

  return {
    async find(subjects) {
      return foundIn(await rows.find(subjects));
    },
    async ensure(subjects) {
      const found = foundIn(await rows.find(subjects));
      const made = new Map([...new Set(subjects)].filter((subject) => !found.has(subject)).map((subject) => [subject, newKey(subject)]));
      if (made.size === 0) return found;
      await rows.insert([...made.values()].map(({ row }) => row));
      // As another process may have been quicker, they are read again.
      for (const [subject, row] of await rows.find([...made.keys()])) {
        const { bytes, row: own } = made.get(subject)!;
        found.set(subject, !isErased(row) && row.id === own.id ? keyOf(row.id, bytes) : foundOf(row));
      }
      return found;
    },
    erase: (subjects, at) => rows.erase([...new Set(subjects)].map((subject) => ({ subject, erasedAt: at }))),
    async rewrap(limit) {
      const { id } = masterKeys.current();
      const others = await rows.wrappedByOthers(id, limit);
      if (others.length > 0) await rows.rewrap(others.map((row) => wrapped(row.subject, row.id, bytesOf(row))));
      else await rows.name(MASTER_KEY, id, await rows.named(MASTER_KEY));
      return others.length;
    },
    masterKeyId: () => rows.named(MASTER_KEY),
    async assertMasterKeys() {
      masterKeys.get(await rows.name(MASTER_KEY, masterKeys.current().id, undefined));
      for (const id of await rows.masterKeyIds()) masterKeys.get(id);
    },
    masterKeys: () => rows.counts(),
    keptOutside: () => rows.named(KEPT_OUTSIDE),
    nameKeptOutside: (id, former) => rows.name(KEPT_OUTSIDE, id, former),
    close: () => rows.close(),
  };
}
