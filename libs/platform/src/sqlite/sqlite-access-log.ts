import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { makePrivate, tightenDatabase } from '#sqlite';
import {
  type AccessBatch,
  type AccessLogStore,
  AccessLogUnavailable,
  type BatchHead,
  type BatchQuery,
} from '../access-log/access-log-store.js';

const COLUMNS = 'number, previous_hash AS previousHash, hash, lost, accesses AS text';

/** So many batches are read at a time, as nothing else can happen on the connection while a statement runs. */
const PAGE = 20;

/**
 * @param readOnly of a log that another process or thread writes
 * @throws AccessLogUnavailable naming the file when it cannot be opened or is no access log
 */
export const openSqliteAccessLog = (file: string, { readOnly = false }: { readonly readOnly?: boolean } = {}): AccessLogStore => {
  const database = open(file, readOnly);
  const last = database.prepare<[], BatchHead>('SELECT number, hash FROM batches ORDER BY number DESC LIMIT 1');
  const page = database.prepare<[number, number], AccessBatch>(`SELECT ${COLUMNS} FROM batches WHERE number > ? ORDER BY number LIMIT ?`);
  const insert = database.prepare(
    `INSERT INTO batches (number, previous_hash, hash, lost, first_at, last_at, accesses)
     VALUES (@number, @previousHash, @hash, @lost, @firstAt, @lastAt, @text)`,
  );
  const index = { customer: indexed('customer'), actor: indexed('actor') };

  function indexed(of: 'customer' | 'actor') {
    return {
      insert: database.prepare<[string, number]>(`INSERT INTO by_${of} VALUES (?, ?)`),
      has: database.prepare<[string, number]>(`SELECT 1 FROM by_${of} WHERE id = ? AND number = ?`),
    };
  }

  const use = async <Result>(work: () => Result): Promise<Result> => {
    if (!database.open) throw new AccessLogUnavailable(`The access log in ${file} is closed`);
    try {
      return work();
    } catch (error) {
      throw /^SQLITE_/.test(codeOf(error)) ? unavailable(file, 'used', error) : error;
    }
  };

  const append = database.transaction(
    (batch: AccessBatch, { customerIds, actorIds, ...instants }: Parameters<AccessLogStore['append']>[1]) => {
      insert.run({ ...batch, ...instants });
      for (const id of customerIds) index.customer.insert.run(id, batch.number);
      for (const id of actorIds) index.actor.insert.run(id, batch.number);
    },
  );

  return {
    last: () => use(() => last.get()),
    append: (batch, indexOfBatch) =>
      use(() => {
        try {
          append.immediate(batch, indexOfBatch);
          return true;
        } catch (error) {
          if (codeOf(error) === 'SQLITE_CONSTRAINT_PRIMARYKEY') return false;
          throw error;
        }
      }),
    async *batches(after) {
      for (let at = after; ; ) {
        const batches = await use(() => page.all(at, PAGE));
        yield* batches;
        if (batches.length < PAGE) return;
        at = batches.at(-1)!.number;
      }
    },
    async *find(query) {
      const statement = await use(() => database.prepare<[object], AccessBatch>(selectionOf(query)));
      for (let upTo = query.upTo ?? Number.MAX_SAFE_INTEGER; ; ) {
        const batches = await use(() => statement.all({ ...query, upTo }));
        yield* batches;
        if (batches.length < PAGE) return;
        upTo = batches.at(-1)!.number - 1;
      }
    },
    isIndexed: (number, { customerIds, actorIds }) =>
      use(
        () =>
          customerIds.every((id) => index.customer.has.get(id, number) !== undefined) &&
          actorIds.every((id) => index.actor.has.get(id, number) !== undefined),
      ),
    async close() {
      database.close();
    },
  };
};

/** By the customer where there is one: of actors there are few, with many batches each. */
const selectionOf = ({ customerId, actorId, from, to }: BatchQuery): string => {
  const foundBy = (of: 'customer' | 'actor') => `number IN (SELECT number FROM by_${of} WHERE id = @${of}Id AND number <= @upTo)`;
  const byActor = customerId === undefined && actorId !== undefined;
  const conditions = [
    'number <= @upTo',
    ...(customerId !== undefined ? [foundBy('customer')] : []),
    ...(byActor ? [foundBy('actor')] : []),
    ...(from !== undefined ? ['last_at >= @from'] : []),
    ...(to !== undefined ? ['first_at <= @to'] : []),
  ];
  return `SELECT ${COLUMNS} FROM batches WHERE ${conditions.join(' AND ')} ORDER BY number DESC LIMIT ${PAGE}`;
};

const codeOf = (error: unknown): string => String((error as { readonly code?: unknown }).code);

const unavailable = (file: string, wanted: 'opened' | 'used', error: unknown) =>
  new AccessLogUnavailable(`The access log in ${file} cannot be ${wanted}: ${error instanceof Error ? error.message : String(error)}`);

/** "LACC" */
const APPLICATION_ID = 0x4c414343;

const check = (database: Database.Database, readOnly: boolean): void => {
  const id = database.pragma('application_id', { simple: true });
  if (id === APPLICATION_ID) return;
  const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
  if (id !== 0 || !isEmpty || readOnly) throw new Error('it is an SQLite database of another application');
};

/** One of several processes makes it, whole or not at all. Nothing is ever updated or deleted. */
const create = (database: Database.Database): void => {
  check(database, false);
  database.exec(`CREATE TABLE IF NOT EXISTS batches (
      number INTEGER PRIMARY KEY, previous_hash TEXT NOT NULL, hash TEXT NOT NULL, lost INTEGER NOT NULL,
      first_at TEXT NOT NULL, last_at TEXT NOT NULL, accesses TEXT NOT NULL) STRICT;
      CREATE INDEX IF NOT EXISTS batches_by_time ON batches (last_at);
      CREATE TABLE IF NOT EXISTS by_customer (id TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (id, number)) STRICT, WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS by_actor (id TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (id, number)) STRICT, WITHOUT ROWID;
      CREATE TRIGGER IF NOT EXISTS batches_are_never_changed BEFORE UPDATE ON batches BEGIN SELECT RAISE(ABORT, 'batches are never changed'); END;
      CREATE TRIGGER IF NOT EXISTS batches_are_never_removed BEFORE DELETE ON batches BEGIN SELECT RAISE(ABORT, 'batches are never removed'); END;
      PRAGMA application_id = ${APPLICATION_ID}`);
};

const open = (file: string, readOnly: boolean): Database.Database => {
  let database: Database.Database | undefined;
  try {
    if (readOnly) {
      if (!existsSync(file)) throw new Error('there is none');
      database = new Database(file, { readonly: true, timeout: 5_000 });
      check(database, true);
      return database;
    }
    makePrivate(file);
    database = new Database(file, { timeout: 5_000 });
    database.pragma('synchronous = FULL');
    // Before the WAL, which would stay in a database of something else.
    database.transaction(create).immediate(database);
    database.pragma('journal_mode = WAL');
    tightenDatabase(file);
    return database;
  } catch (error) {
    database?.close();
    throw unavailable(file, 'opened', error);
  }
};
