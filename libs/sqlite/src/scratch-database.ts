import Database from 'better-sqlite3';

const CACHE_KIB = 8_192;

/**
 * For what may be more than memory holds, and is of no use to anybody later: what the cache does not hold is in the folder for temporary files
 * (`TMPDIR`), in a file without a name. Nothing is left of it, however the process ends.
 */
export function openScratchDatabase(): Database.Database {
  const db = new Database('');
  db.pragma('journal_mode = OFF');
  db.pragma('synchronous = OFF');
  db.pragma(`cache_size = -${CACHE_KIB}`);
  return db;
}
