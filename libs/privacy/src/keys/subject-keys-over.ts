import { createSecretKey, randomBytes } from 'node:crypto';
import { MasterKeyMissing, type MasterKeys, unwrapKey, wrapKey } from '../master-keys/master-keys.js';
import { isErased, type KeyRow, type KeyRows, type WrappedKey } from './key-rows.js';
import type { FoundKey, SubjectKeyStore } from './subject-key-store.js';

const DATA_KEY_BYTES = 32;
const KEPT_OUTSIDE = 'kept-outside';

/** Keys in rows of an engine, wrapped by master keys. */
export function subjectKeysOver(rows: KeyRows, masterKeys: MasterKeys): SubjectKeyStore {
  const bytesOf = (row: WrappedKey): Buffer => {
    const masterKey = masterKeys.all.get(row.masterKeyId);
    if (masterKey === undefined) throw new MasterKeyMissing(row.masterKeyId);
    return unwrapKey(masterKey, row.wrapped, row);
  };
  const foundOf = (row: KeyRow): FoundKey =>
    isErased(row) ? { kind: 'erased', at: row.erasedAt } : { kind: 'key', key: { id: row.id, key: createSecretKey(bytesOf(row)) } };
  const wrapped = (subject: string, id: string, bytes: Buffer): WrappedKey => ({
    subject,
    id,
    masterKeyId: masterKeys.current.id,
    wrapped: wrapKey(masterKeys.current, bytes, { subject, id }),
  });
  const newRow = (subject: string) => wrapped(subject, randomBytes(12).toString('base64url'), randomBytes(DATA_KEY_BYTES));

  async function find(subjects: readonly string[]): Promise<ReadonlyMap<string, FoundKey>> {
    const found = await rows.find(subjects);
    return new Map([...found].map(([subject, row]) => [subject, foundOf(row)]));
  }

  return {
    find,
    async ensure(subjects) {
      const found = await find(subjects);
      const missing = [...new Set(subjects)].filter((subject) => !found.has(subject));
      if (missing.length === 0) return found;
      await rows.insert(missing.map(newRow));
      // As another process may have been quicker, these are read again.
      return new Map([...found, ...(await find(missing))]);
    },
    erase: (subjects, at) => rows.erase([...new Set(subjects)].map((subject) => ({ subject, erasedAt: at }))),
    async rewrap(limit) {
      const others = await rows.wrappedByOthers(masterKeys.current.id, limit);
      if (others.length > 0) await rows.rewrap(others.map((row) => wrapped(row.subject, row.id, bytesOf(row))));
      return others.length;
    },
    masterKeys: () => rows.counts(),
    keptOutside: () => rows.named(KEPT_OUTSIDE),
    nameKeptOutside: (id, former) => rows.name(KEPT_OUTSIDE, id, former),
    close: () => rows.close(),
  };
}
