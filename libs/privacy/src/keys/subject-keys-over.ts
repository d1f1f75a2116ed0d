import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import {
  type MasterKey,
  MasterKeyMissing,
  type MasterKeys,
  MasterKeyUnavailable,
  unwrapKey,
  type WrappedFor,
  type WrappedKeyDamaged,
  wrapKey,
} from '../master-keys/master-keys.js';
import { isErased, type KeyRow, type KeyRows, type WrappedKey } from './key-rows.js';
import { type FoundKey, type SubjectKeyStore, SubjectKeysUnavailable } from './subject-key-store.js';

const DATA_KEY_BYTES = 32;
const ID = 'id';
const KEPT_OUTSIDE = 'kept-outside';
const MASTER_KEY = 'master-key';

const keyOf = (id: string, bytes: Buffer): FoundKey => ({ kind: 'key', key: { id, key: createSecretKey(bytes) } });

const wrappedBy = (master: MasterKey, { subject, id }: WrappedFor, bytes: Buffer): WrappedKey => ({
  ...{ subject, id },
  ...{ masterKeyId: master.id, wrapped: wrapKey(master, bytes, { subject, id }) },
});

/** It may be there again soon, so nothing is lost. */
const unavailable = (error: unknown): SubjectKeysUnavailable => {
  if (error instanceof MasterKeyMissing || error instanceof MasterKeyUnavailable)
    return new SubjectKeysUnavailable(error.message, { cause: error });
  throw error;
};

function foundOf(row: KeyRow, masterOf: (id: string) => MasterKey | SubjectKeysUnavailable): FoundKey {
  if (isErased(row)) return { kind: 'erased', at: row.erasedAt };
  const master = masterOf(row.masterKeyId);
  if (master instanceof SubjectKeysUnavailable) return { kind: 'unavailable', error: master };
  try {
    return keyOf(row.id, unwrapKey(master, row.wrapped, row));
  } catch (error) {
    return { kind: 'unreadable', error: error as WrappedKeyDamaged };
  }
}

/** Keys in rows of an engine, wrapped by master keys. */
export function subjectKeysOver(rows: KeyRows, masterKeys: MasterKeys): SubjectKeyStore {
  /** @throws MasterKeyMissing, MasterKeyUnavailable, WrappedKeyDamaged */
  const bytesOf = async (row: WrappedKey): Promise<Buffer> => unwrapKey(await masterKeys.get(row.masterKeyId), row.wrapped, row);
  const foundIn = async (found: ReadonlyMap<string, KeyRow>): Promise<Map<string, FoundKey>> => {
    const masters = new Map<string, MasterKey | SubjectKeysUnavailable>();
    for (const row of found.values())
      if (!isErased(row) && !masters.has(row.masterKeyId))
        masters.set(row.masterKeyId, await masterKeys.get(row.masterKeyId).catch(unavailable));
    return new Map([...found].map(([subject, row]) => [subject, foundOf(row, (id) => masters.get(id)!)]));
  };
  const newKey = (subject: string, current: MasterKey) => {
    const bytes = randomBytes(DATA_KEY_BYTES);
    return { bytes, row: wrappedBy(current, { subject, id: randomBytes(12).toString('base64url') }, bytes) };
  };

  return {
    ...(rows.state && { state: () => rows.state!() }),
    ...(rows.remains !== undefined && { remains: rows.remains }),
    async find(subjects) {
      return foundIn(await rows.find(subjects));
    },
    async ensure(subjects) {
      const found = await foundIn(await rows.find(subjects));
      const lacking = [...new Set(subjects)].filter((subject) => !found.has(subject));
      if (lacking.length === 0) return found;
      const current = await masterKeys.current().catch((error) => {
        throw unavailable(error);
      });
      const made = new Map(lacking.map((subject) => [subject, newKey(subject, current)]));
      await rows.insert([...made.values()].map(({ row }) => row));
      // As another process may have been quicker, they are read again.
      const kept = await rows.find(lacking);
      for (const [subject, each] of await foundIn(kept)) {
        const { bytes, row } = made.get(subject)!;
        found.set(subject, each.kind !== 'erased' && (kept.get(subject) as WrappedKey).id === row.id ? keyOf(row.id, bytes) : each);
      }
      return found;
    },
    erase: (subjects, at) => rows.erase([...new Set(subjects)].map((subject) => ({ subject, erasedAt: at }))),
    async rewrap(limit) {
      const current = await masterKeys.current();
      const others = await rows.wrappedByOthers(current.id, limit);
      if (others.length > 0) await rows.rewrap(await Promise.all(others.map(async (row) => wrappedBy(current, row, await bytesOf(row)))));
      else await rows.name(MASTER_KEY, current.id, await rows.named(MASTER_KEY));
      return others.length;
    },
    masterKeyId: () => rows.named(MASTER_KEY),
    async assertMasterKeys() {
      const owner = (await rows.named(MASTER_KEY)) ?? (await rows.name(MASTER_KEY, (await masterKeys.current()).id, undefined));
      for (const id of new Set([owner, ...(await rows.masterKeyIds())])) await masterKeys.get(id);
    },
    masterKeys: () => rows.counts(),
    id: () => rows.named(ID),
    ensureId: (id = randomUUID()) => rows.name(ID, id, undefined),
    keptOutside: () => rows.named(KEPT_OUTSIDE),
    nameKeptOutside: (id, former) => rows.name(KEPT_OUTSIDE, id, former),
    close: () => rows.close(),
  };
}
