import { type SubjectKeyStore, SubjectKeysUnavailable } from './keys/subject-key-store.js';
import type { MasterKeys } from './master-keys/master-keys.js';
import { openMongoSubjectKeys } from './mongodb/mongo-subject-keys.js';
import { openSqliteSubjectKeys } from './sqlite/sqlite-subject-keys.js';

/**
 * `sqlite:<path>` or `mongodb://host:port/database`.
 * @throws SubjectKeysUnavailable when the file cannot be opened, or the URL is neither; MongoDB is reached for when first asked
 */
export function openSubjectKeys(url: string, masterKeys: MasterKeys): SubjectKeyStore {
  if (/^mongodb(\+srv)?:/.test(url)) return openMongoSubjectKeys(url, masterKeys);
  const file = /^sqlite:(.+)$/.exec(url)?.[1];
  if (file === undefined)
    throw new SubjectKeysUnavailable('unsupported store of subject keys: use sqlite:<path> or mongodb://host:port/database');
  return openSqliteSubjectKeys(file.replace(/^\/\/(?=\/)/, ''), masterKeys);
}
