import { openMongoKeyStore } from '../mongodb/mongo-key-store.js';
import { openSqliteKeyStore } from '../sqlite/sqlite-key-store.js';
import { type ApiKeyStore, KeyStoreUnavailable } from './key-store.js';

/**
 * `sqlite:<path>` or `mongodb://host:port/database`.
 * @throws KeyStoreUnavailable when the file cannot be opened, or the URL is neither; MongoDB is reached for when first asked
 */
export const openKeyStore = (url: string): ApiKeyStore => {
  if (/^mongodb(\+srv)?:/.test(url)) return openMongoKeyStore(url);
  const file = /^sqlite:(.+)$/.exec(url)?.[1];
  if (file === undefined) throw new KeyStoreUnavailable('unsupported key store: use sqlite:<path> or mongodb://host:port/database');
  return openSqliteKeyStore(file.replace(/^\/\/(?=\/)/, ''));
};
