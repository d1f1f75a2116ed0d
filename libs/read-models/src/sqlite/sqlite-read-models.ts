import { realpathSync } from 'node:fs';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import { type FileLock, FileLocked, lockFileFromGroup, lockFileTogether } from '#sqlite';
import { encodeCursor } from '../cursor.js';
import { ReadModelsHeld, ReadModelsUnavailable, UnknownCollection } from '../errors.js';
import { planConditions, planFind } from '../find-plan.js';
import { createPage } from '../page-bounds.js';
import { ORIGIN, type Position } from '../position.js';
import type { ReadModelStore, Scalar, Total } from '../read-model-store.js';
import { type Catalogue, createCatalogue } from './catalogue.js';
import { createCheckpointer } from './checkpointer.js';
import { checkpointOf, writeBatch } from './committing.js';
import { openForReading, openForWriting, PATIENCE_MS, sortingInRuns } from './open-database.js';
import { countSql, dropRepeatedSql, findSql, getManySql, isExact, monthsSql, type Sql, totalsSql } from './sql.js';
import { createStatements, type Statement } from './statements.js';
import { storedDocument } from './stored-document.js';

export interface SqliteReadModelsOptions {
  /** Reads beside the one process or thread that writes; the file need not exist yet. */
  readonly readOnly?: boolean | undefined;
  /** Writes beside another store of this process on the same file, which alone keeps the write-ahead log short. */
  readonly beside?: boolean | undefined;
}

interface Connection {
  readonly db: Database.Database;
  readonly catalogue: Catalogue;
  readonly statement: (text: string) => Statement;
  readonly forget: () => void;
}

/** The thread that asks waits so long for readers and writers. */
const PURGE_PATIENCE_MS = 200;

/** @throws ReadModelsUnavailable */
export function openSqliteReadModels(name: string, { readOnly = false, beside = false }: SqliteReadModelsOptions = {}): ReadModelStore {
  const file = path.resolve(name);
  const checkpointer = readOnly || beside ? undefined : createCheckpointer(file);
  let closed = false;
  let lock: FileLock | undefined;
  let connection = guarded(file, () => connect(readOnly ? openForReading(file) : openForWriting(file, { beside })));

  /** `absent` is answered as long as there is no file; reading a collection then is reading an unknown one. */
  function read<Result>(use: (connection: Connection) => Result, absent: () => Result): Result {
    if (closed) throw new ReadModelsUnavailable('the read models are closed');
    return guarded(file, () => {
      connection ??= connect(openForReading(file));
      return connection ? use(connection) : absent();
    });
  }

  function ofCollection<Result>(collection: string, use: (connection: Connection) => Result): Result {
    const unknown = () => {
      throw new UnknownCollection(collection);
    };
    return read((open) => {
      try {
        return use(open);
      } catch (error) {
        if (!isMissingTable(error)) throw error;
        open.forget();
        return unknown();
      }
    }, unknown);
  }

  function write(use: (connection: Connection) => void): void {
    if (readOnly) throw new ReadModelsUnavailable('the read models were opened read-only');
    read(
      (open) => {
        try {
          open.db.transaction(() => use(open)).immediate();
        } catch (error) {
          open.forget();
          throw error;
        }
      },
      () => undefined,
    );
  }

  function sorting(text: string): void {
    read(
      ({ db }) => sortingInRuns(db, () => write(() => void db.exec(text))),
      () => undefined,
    );
  }

  return {
    declare: async (collections) => write(({ catalogue }) => catalogue.declare(collections)),

    beginBulkLoad: async (collections) =>
      write(({ catalogue, forget }) => {
        forget();
        for (const name of collections) catalogue.beginBulkLoad(name);
        checkpointer?.start();
      }),

    async endBulkLoad(collections) {
      for (const name of collections) {
        const statements: string[] = [];
        write(({ catalogue }) => void statements.push(...catalogue.finishing(name)));
        for (const text of statements) {
          try {
            sorting(text);
          } catch (error) {
            if ((error as { code?: unknown }).code !== 'SQLITE_CONSTRAINT_UNIQUE') throw error;
            sorting(`${dropRepeatedSql(name)}; ${text}`);
          }
          await nextTurn();
        }
        write(({ catalogue, forget }) => {
          catalogue.finished(name);
          forget();
        });
      }
    },

    async hold(group) {
      lock ??= read(
        () => lockViews(file, group),
        () => undefined,
      );
    },

    drop: async (projection, collections) =>
      write(({ catalogue, statement, forget }) => {
        forget();
        catalogue.drop(collections);
        statement('DELETE FROM _checkpoints WHERE projection = ?').run(projection);
      }),

    async get<Body>(collection: string, key: string) {
      return (await this.getMany<Body>(collection, [key])).get(key);
    },

    getMany: async <Body>(collection: string, keys: readonly string[]) =>
      ofCollection(collection, ({ catalogue, statement }) => {
        const spec = catalogue.documents(collection);
        const rows = statement(getManySql(spec)).all(JSON.stringify(keys));
        return new Map(rows.map((row) => [row[0] as string, storedDocument<Body>(spec, row)]));
      }),

    find: async <Body>(collection: string, query: Parameters<ReadModelStore['find']>[1]) =>
      ofCollection(collection, ({ catalogue, statement }) => {
        const spec = catalogue.documents(collection);
        const plan = planFind(spec, query);
        const page = createPage<unknown[]>(plan.limit, (row) => (row[2] as string).length);
        const more = findSql(spec, plan).some(({ text, values }) => {
          for (const row of statement(text).iterate(...values)) if (!page.take(row)) return true;
          return false;
        });
        const documents = page.rows.map((row) => storedDocument<Body>(spec, row));
        const last = more ? documents.at(-1) : undefined;
        if (!last) return { documents };
        const sort = plan.sort === 'key' ? last.key : (last.fields[plan.sort] as Scalar);
        return { documents, next: encodeCursor(query, { sort, key: last.key }) };
      }),

    count: async (collection, query = {}) =>
      ofCollection(collection, ({ catalogue, statement }) => {
        const spec = catalogue.documents(collection);
        const { text, values } = countSql(spec, planConditions(spec, query));
        return statement(text).get(...values)![0] as number;
      }),

    totals: async (collection, query) =>
      ofCollection(collection, ({ catalogue, statement }) => {
        const name = catalogue.totals(collection);
        const rowsOf = ({ text, values }: Sql) => statement(text).all(...values);
        const exactly = (sql: Sql) => unlessOverflowing(() => rowsOf(sql));
        const byDay = () => exactly(totalsSql(name, query)) ?? rowsOf(totalsSql(name, query, 'total'));
        if (query.by === 'day')
          return (byDay() as [string, string, number][]).map(([series, day, amount]): Total => ({ series, day, amount }));
        const ofMonths = query.knownTo === undefined ? (exactly(monthsSql(name, query)) as [string, number][] | undefined) : undefined;
        const rows = ofMonths?.every(([, amount]) => isExact(amount)) ? ofMonths : (byDay() as [string, number][]);
        return rows.map(([series, amount]): Total => ({ series, amount }));
      }),

    async commit(batches) {
      write(({ catalogue, statement }) => {
        for (const batch of batches) writeBatch(batch, catalogue, statement);
      });
      checkpointer?.committed();
    },

    checkpoint: async (projection) =>
      read(
        ({ statement }) => checkpointOf(statement, projection),
        (): Position => ORIGIN,
      ),

    getSetting: async <Value>(setting: string) =>
      read<Value | undefined>(
        ({ statement }) => {
          const row = statement('SELECT value FROM _settings WHERE name = ?').get(setting);
          return row && (JSON.parse(row[0] as string) as Value);
        },
        () => undefined,
      ),

    putSetting: async (setting, value) =>
      write(({ statement }) => {
        const put = 'INSERT INTO _settings (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value';
        statement(put).run(setting, JSON.stringify(value));
      }),

    purge: async () =>
      read(
        ({ db }) => {
          db.pragma(`busy_timeout = ${PURGE_PATIENCE_MS}`);
          try {
            const [result] = db.pragma('wal_checkpoint(TRUNCATE)') as readonly [{ readonly busy: number }];
            return result.busy === 0;
          } finally {
            db.pragma(`busy_timeout = ${PATIENCE_MS}`);
          }
        },
        () => true,
      ),

    async close() {
      closed = true;
      await checkpointer?.close();
      connection?.db.close();
      lock?.release();
    },
  };
}

/** By the file and not by one of its names. */
function lockViews(file: string, group: string | undefined): FileLock {
  try {
    return group === undefined ? lockFileFromGroup(realpathSync(file)) : lockFileTogether(realpathSync(file));
  } catch (error) {
    if (!(error instanceof FileLocked)) throw error;
    throw new ReadModelsHeld(error.message, { cause: error });
  }
}

function connect(db: Database.Database | undefined): Connection | undefined {
  if (!db) return undefined;
  const catalogue = createCatalogue(db);
  const statements = createStatements(db);
  const forget = () => {
    catalogue.forget();
    statements.forget();
  };
  return { db, catalogue, statement: statements.of, forget };
}

/** By its code and not its class: where the client is loaded twice, the addon throws the class of the first copy. */
function isMissingTable(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: string };
  return code === 'SQLITE_ERROR' && message?.startsWith('no such table') === true;
}

/** Undefined where a sum left the integers of 64 bits. */
function unlessOverflowing<Result>(sum: () => Result): Result | undefined {
  try {
    return sum();
  } catch (error) {
    if ((error as Error).message !== 'integer overflow') throw error;
    return undefined;
  }
}

/** Faults of the engine come as ReadModelsUnavailable; mistakes of the caller and of this adapter as they are. */
function guarded<Result>(file: string, use: () => Result): Result {
  try {
    return use();
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: string };
    const ofEngine = typeof code === 'string' && /^SQLITE_(BUSY|FULL|IOERR|CANTOPEN|NOTADB|CORRUPT|READONLY)|^E[A-Z]+$/.test(code);
    if (!ofEngine) throw error;
    throw new ReadModelsUnavailable(`the read models ${file} cannot be used: ${message} (${code})`, { cause: error });
  }
}
