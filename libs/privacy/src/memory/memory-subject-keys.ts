import { randomBytes } from 'node:crypto';
import { isErased, type KeyRow, type KeyRows, type WrappedKey } from '../keys/key-rows.js';
import { type SubjectKeyStore, SubjectKeysUnavailable } from '../keys/subject-key-store.js';
import { subjectKeysOver } from '../keys/subject-keys-over.js';
import { MASTER_KEY_BYTES, type MasterKeys, masterKeyOf, masterKeysOf } from '../master-keys/master-keys.js';

/** What stores in memory share that stand for one engine. */
export interface MemoryRows {
  readonly keys: Map<string, KeyRow>;
  readonly names: Map<string, string>;
}

export const newMemoryRows = (): MemoryRows => ({ keys: new Map(), names: new Map() });

/** For tests: it forgets with the process. */
export const openMemorySubjectKeys = (
  kept: MemoryRows = newMemoryRows(),
  masterKeys: MasterKeys = masterKeysOf([masterKeyOf(randomBytes(MASTER_KEY_BYTES))]),
): SubjectKeyStore => subjectKeysOver(memoryRows(kept), masterKeys);

function memoryRows({ keys, names }: MemoryRows): KeyRows {
  let closed = false;
  const use = async <Result>(work: () => Result): Promise<Result> => {
    if (closed) throw new SubjectKeysUnavailable('The keys of customers in memory are closed');
    return work();
  };
  const wrapped = () => [...keys.values()].filter((row): row is WrappedKey => !isErased(row));

  return {
    find: (subjects) =>
      use(() => {
        const found = subjects.map((subject) => keys.get(subject)).filter((row) => row !== undefined);
        return new Map(found.map((row) => [row.subject, row]));
      }),
    insert: (rows) =>
      use(() => {
        for (const row of rows) if (!keys.has(row.subject)) keys.set(row.subject, row);
      }),
    erase: (rows) =>
      use(() => {
        for (const row of rows) {
          const present = keys.get(row.subject);
          if (present === undefined || !isErased(present)) keys.set(row.subject, row);
        }
      }),
    wrappedByOthers: (masterKeyId, limit) =>
      use(() =>
        wrapped()
          .filter((row) => row.masterKeyId !== masterKeyId)
          .slice(0, limit),
      ),
    rewrap: (rows) =>
      use(() => {
        for (const row of rows) {
          const present = keys.get(row.subject);
          if (present !== undefined && !isErased(present) && present.id === row.id) keys.set(row.subject, row);
        }
      }),
    masterKeyIds: () => use(() => [...new Set(wrapped().map(({ masterKeyId }) => masterKeyId))]),
    counts: () =>
      use(() => {
        const counts = new Map<string, number>();
        for (const { masterKeyId } of wrapped()) counts.set(masterKeyId, (counts.get(masterKeyId) ?? 0) + 1);
        return counts;
      }),
    named: (name) => use(() => names.get(name)),
    name: (name, value, former) =>
      use(() => {
        if (names.get(name) === former) names.set(name, value);
        return names.get(name)!;
      }),
    async close() {
      closed = true;
    },
  };
}
