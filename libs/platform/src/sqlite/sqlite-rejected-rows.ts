import Database from 'better-sqlite3';
import { makePrivate, tightenDatabase } from '#sqlite';
import {
  type EncryptedRow,
  type KeptImport,
  type RejectedRowStore,
  RejectedRowsUnavailable,
  UNKNOWN_CUSTOMER,
} from '../imports/rejected-rows.js';

/** "LREJ" */
const APPLICATION_ID = 0x4c52454a;
/** Rows that are read at once. */
const PAGE = 500;

/** @throws RejectedRowsUnavailable naming the file when it cannot be opened or holds something else */
export function openSqliteRejectedRows(file: string): RejectedRowStore {
  const database = open(file);
  const putImport = database.prepare('INSERT OR IGNORE INTO imports (reference, format, until) VALUES (@reference, @format, @until)');
  const isErased = database.prepare<[string], number>('SELECT 1 FROM erased WHERE customer_id = ?').pluck();
  const putRow = database.prepare(
    'INSERT OR REPLACE INTO rows (reference, id, line, ciphertext) VALUES (@reference, @id, @line, @ciphertext)',
  );
  const putCustomer = database.prepare<[string, string, string]>(
    'INSERT OR IGNORE INTO row_customers (reference, id, customer_id) VALUES (?, ?, ?)',
  );
  const putFile = database.prepare<[string, string]>('INSERT OR IGNORE INTO files (customer_id, path) VALUES (?, ?)');
  const imports = database.prepare<[], KeptImport>(`SELECT reference, format, until, count(id) AS rows
    FROM imports LEFT JOIN rows USING (reference) GROUP BY reference ORDER BY reference`);
  const page = database.prepare<[string, number, string, number], Omit<EncryptedRow, 'customerIds'>>(`SELECT id, line, ciphertext
    FROM rows WHERE reference = ? AND (line, id) > (?, ?) ORDER BY line, id LIMIT ?`);
  const customersOf = database
    .prepare<[string, string], string>('SELECT customer_id FROM row_customers WHERE reference = ? AND id = ?')
    .pluck();
  const putErased = database.prepare<[string]>('INSERT OR IGNORE INTO erased (customer_id) VALUES (?)');
  const removeRows = database.prepare<[string]>(`DELETE FROM rows
    WHERE (reference, id) IN (SELECT reference, id FROM row_customers WHERE customer_id = ?)`);
  const unknown = database.prepare<[string], Pick<KeptImport, 'reference' | 'until'>>(`SELECT reference, until FROM imports
    WHERE EXISTS (SELECT 1 FROM row_customers WHERE customer_id = ? AND row_customers.reference = imports.reference) ORDER BY until`);
  const files = database
    .prepare<[string, string], string>('SELECT DISTINCT path FROM files WHERE customer_id IN (?, ?) ORDER BY path')
    .pluck();
  const due = database.prepare<[string], string>('SELECT reference FROM imports WHERE until <= ?').pluck();
  const dropRows = database.prepare<[string]>('DELETE FROM rows WHERE reference = ?');
  const dropImport = database.prepare<[string]>('DELETE FROM imports WHERE reference = ?');

  const use = async <Result>(work: () => Result): Promise<Result> => {
    if (!database.open) throw new RejectedRowsUnavailable(`the store of rejected rows ${file} is closed`);
    try {
      return work();
    } catch (error) {
      if (!/^SQLITE_/.test(String((error as { code?: unknown }).code))) throw error;
      throw new RejectedRowsUnavailable(`the store of rejected rows ${file} cannot be used: ${(error as Error).message}`, { cause: error });
    }
  };
  const inTransaction = (work: () => void): void => database.transaction(work).immediate();

  /** Until then, what was deleted is in older pages of the WAL. */
  function truncateWal(): void {
    const [result] = database.pragma('wal_checkpoint(TRUNCATE)') as [{ readonly busy: number }];
    if (result.busy !== 0)
      throw new RejectedRowsUnavailable(`deleted rows are still in the WAL of ${file}, as another process reads it; delete them again`);
  }

  return {
    put: (of, rows) =>
      use(() =>
        inTransaction(() => {
          putImport.run(of);
          for (const { customerIds, ...row } of rows) {
            if (customerIds.some((id) => isErased.get(id) !== undefined)) continue;
            putRow.run({ ...row, reference: of.reference });
            for (const id of customerIds) putCustomer.run(of.reference, row.id, id);
          }
        }),
      ),
    wrote: (path, customerIds) =>
      use(() =>
        inTransaction(() => {
          for (const id of customerIds) putFile.run(id, path);
        }),
      ),
    imports: () => use(() => imports.all()),
    page: (reference, after) =>
      use(() =>
        page
          .all(reference, after?.line ?? -1, after?.id ?? '', PAGE)
          .map((row) => ({ ...row, customerIds: customersOf.all(reference, row.id) })),
      ),
    erase: (customerIds) =>
      use(() => {
        inTransaction(() => {
          for (const id of customerIds) {
            putErased.run(id);
            removeRows.run(id);
          }
        });
        truncateWal();
      }),
    remaining: (customerId) => use(() => ({ unknown: unknown.all(UNKNOWN_CUSTOMER), files: files.all(customerId, UNKNOWN_CUSTOMER) })),
    due: (now) => use(() => due.all(now)),
    drop: (reference) =>
      use(() => {
        inTransaction(() => {
          dropRows.run(reference);
          dropImport.run(reference);
        });
        truncateWal();
      }),
    async close() {
      database.close();
    },
  };
}

/** Every row has a customer at least, be it the unknown one. */
const ROWS = `
    CREATE TABLE rows (reference TEXT NOT NULL, id TEXT NOT NULL, line INTEGER NOT NULL, ciphertext BLOB NOT NULL,
      PRIMARY KEY (reference, id)) STRICT;
    CREATE INDEX rows_by_line ON rows (reference, line, id);
    CREATE TABLE row_customers (reference TEXT NOT NULL, id TEXT NOT NULL, customer_id TEXT NOT NULL, PRIMARY KEY (reference, id, customer_id),
      FOREIGN KEY (reference, id) REFERENCES rows ON DELETE CASCADE) STRICT, WITHOUT ROWID;
    CREATE INDEX rows_by_customer ON row_customers (customer_id, reference, id);`;

/** One of several processes makes it, whole or not at all. */
function create(database: Database.Database): void {
  const id = database.pragma('application_id', { simple: true });
  const tables = database.prepare("SELECT count(*) FROM sqlite_schema WHERE type = 'table'").pluck().get();
  if (id === APPLICATION_ID) {
    ofAllCustomers(database);
    return;
  }
  if (id !== 0 || tables !== 0) throw new Error('it is an SQLite database of another application');
  database.exec(`
    CREATE TABLE imports (reference TEXT PRIMARY KEY, format TEXT NOT NULL, until TEXT NOT NULL) STRICT, WITHOUT ROWID;
    ${ROWS}
    CREATE TABLE files (customer_id TEXT NOT NULL, path TEXT NOT NULL, PRIMARY KEY (customer_id, path)) STRICT, WITHOUT ROWID;
    CREATE TABLE erased (customer_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
    PRAGMA application_id = ${APPLICATION_ID}`);
}

/** Until 1 December 2026 a row had one customer only: such rows, which are in the rejects file too, are dropped, and their files named for everybody. */
function ofAllCustomers(database: Database.Database): void {
  if (database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'row_customers'").get() !== undefined) return;
  database.exec(`DROP TABLE rows; ${ROWS} INSERT OR IGNORE INTO files SELECT '${UNKNOWN_CUSTOMER}', path FROM files`);
}

function open(file: string): Database.Database {
  let database: Database.Database | undefined;
  try {
    makePrivate(file);
    database = new Database(file, { timeout: 5_000 });
    database.pragma('synchronous = FULL');
    database.pragma('secure_delete = ON');
    database.pragma('foreign_keys = ON');
    database.transaction(create).immediate(database);
    database.pragma('journal_mode = WAL');
    tightenDatabase(file);
    return database;
  } catch (error) {
    database?.close();
    throw new RejectedRowsUnavailable(`the store of rejected rows ${file} cannot be opened: ${(error as Error).message}`);
  }
}
