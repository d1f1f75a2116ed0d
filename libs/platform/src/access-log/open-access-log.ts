import { openMongoAccessLog } from '../mongodb/mongo-access-log.js';
import { openSqliteAccessLog } from '../sqlite/sqlite-access-log.js';
import { type AccessLogStore, AccessLogUnavailable } from './access-log-store.js';

/**
 * `sqlite:<path>` or `mongodb://host:port/database`.
 * @throws AccessLogUnavailable when the file cannot be opened, or the URL is neither; MongoDB is reached for when first asked
 */
export const openAccessLog = (url: string, options: { readonly readOnly?: boolean } = {}): AccessLogStore => {
  if (/^mongodb(\+srv)?:/.test(url)) return openMongoAccessLog(url);
  const file = /^sqlite:(.+)$/.exec(url)?.[1];
  if (file === undefined) throw new AccessLogUnavailable('unsupported access log: use sqlite:<path> or mongodb://host:port/database');
  return openSqliteAccessLog(file.replace(/^\/\/(?=\/)/, ''), options);
};
