import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type Database from 'better-sqlite3';
import { newEvent } from '#testing';
import { type SerializedAppend, serializeAppend } from '../serialized-append.js';
import { openForWriting } from './open-database.js';
import { createWriter, type Writer } from './writer.js';

const append = (stream: string, after: SerializedAppend | 'none' = 'none', size = 1): SerializedAppend => {
  const expected = after === 'none' ? after : { revision: after.after + after.events.length, hash: after.events.at(-1)!.hash };
  return serializeAppend(stream, expected, [newEvent({ data: { text: 'x'.repeat(size) } })], undefined);
};

describe('the writer of the SQLite event log', () => {
  let folder: string;
  let db: Database.Database;
  let writer: Writer;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'letopis-writer-'));
    db = openForWriting(path.join(folder, 'log.db'));
    writer = createWriter(db);
  });
  afterEach(() => {
    db.close();
    rmSync(folder, { recursive: true });
  });

  const count = () => db.prepare('SELECT count(*) FROM events').pluck().get();
  const quota = (pagesMore: number) => db.pragma(`max_page_count = ${(db.pragma('page_count', { simple: true }) as number) + pagesMore}`);
  const kinds = (appends: SerializedAppend[]) => writer.commit(appends).outcomes.map(({ kind }) => kind);

  it('writes a batch as one transaction in which each append stands for itself', () => {
    const first = append('a');
    expect(kinds([first, append('a'), append('b', first), append('a', first)])).toEqual(['done', 'rejected', 'rejected', 'done']);
    expect(count()).toBe(2);
  });

  it('appends after the event that is meant and after no other of its revision, whether it remembers the stream, forgot it or is a new one', () => {
    const [first, other] = [append('a'), append('a')];
    const [second, third] = [append('a', first), append('a', other)];
    expect(kinds([first, third, second, append('a', third)])).toEqual(['done', 'rejected', 'done', 'rejected']);
    quota(0);
    expect(kinds([append('a', second, 50_000)])).toEqual(['unavailable']);
    quota(1_000);
    expect(kinds([append('a', third)])).toEqual(['rejected']);
    writer = createWriter(db);
    expect(kinds([append('a', third), append('a', second)])).toEqual(['rejected', 'done']);
    expect(count()).toBe(3);
  });

  it('a full disk rejects with the reason and appends nothing', () => {
    const first = append('a');
    writer.commit([first]);
    quota(2);
    const { outcomes, head } = writer.commit([append('a', first, 50_000)]);
    expect(outcomes).toEqual([{ kind: 'unavailable', reason: expect.stringContaining('the disk is full') }]);
    expect([count(), head]).toEqual([1, 1]);
  });

  it('one append that does not fit does not take the others of its batch with it', () => {
    quota(4);
    expect(kinds([append('a'), append('b', 'none', 100_000), append('c')])).toEqual(['done', 'unavailable', 'done']);
    expect(db.prepare('SELECT position FROM events').pluck().all()).toEqual([1, 2]);
  });

  it('goes on when there is space again, without a gap and on the right revision', () => {
    const first = append('a');
    writer.commit([first]);
    quota(2);
    expect(kinds([append('a', first, 50_000), append('new', 'none', 50_000)])).toEqual(['unavailable', 'unavailable']);
    quota(1_000);
    expect(writer.commit([append('a', first, 50_000), append('new', 'none', 50_000)]).outcomes).toEqual([
      { kind: 'done', revision: 1, position: 2 },
      { kind: 'done', revision: 0, position: 3 },
    ]);
  });

  it('leaves no half append behind when it fails between two events of a call', () => {
    quota(3);
    const both = [newEvent(), newEvent({ data: { text: 'x'.repeat(100_000) } })];
    expect(kinds([serializeAppend('a', 'none', both, undefined)])).toEqual(['unavailable']);
    expect(count()).toBe(0);
  });

  it('does not say that nothing was appended where it failed at COMMIT', () => {
    const first = append('a');
    writer.commit([first]);
    // A constraint that is looked at in COMMIT, and fails there for events of stream b.
    db.exec(`
      CREATE TABLE parents (id INTEGER PRIMARY KEY);
      CREATE TABLE children (id INTEGER REFERENCES parents DEFERRABLE INITIALLY DEFERRED);
      CREATE TRIGGER fails_at_commit AFTER INSERT ON events WHEN new.stream_id = (SELECT id FROM streams WHERE name = 'b')
      BEGIN INSERT INTO children VALUES (1); END`);
    expect(writer.commit([append('b')]).outcomes).toEqual([{ kind: 'unknown', reason: expect.stringContaining('FOREIGN KEY') }]);
    expect(kinds([append('a', first), append('b')])).toEqual(['done', 'unknown']);
    db.exec('DROP TRIGGER fails_at_commit');
    expect(writer.commit([append('b', 'none')]).outcomes).toEqual([{ kind: 'done', revision: 0, position: 3 }]);
  });

  it('remembers nothing of a batch whose ROLLBACK throws, and goes on once one succeeds', () => {
    const { prepare } = db;
    let failing = false;
    db.prepare = ((sql: string) => {
      const statement = prepare.call(db, sql) as Database.Statement<[]>;
      const run = statement.run.bind(statement);
      if (sql === 'ROLLBACK')
        statement.run = () => {
          if (failing) throw new Error('disk I/O error');
          return run();
        };
      return statement;
    }) as typeof db.prepare;
    writer = createWriter(db);
    const first = append('a');
    const second = append('a', first);
    writer.commit([first]);
    db.exec(`CREATE TRIGGER fails AFTER INSERT ON events WHEN new.revision = 1 BEGIN SELECT RAISE(ABORT, 'a fault'); END`);
    failing = true;
    for (let n = 0; n < 2; n++) expect(() => writer.commit([append('new'), second])).toThrow('disk I/O error');
    failing = false;
    expect(kinds([second])).toEqual(['unavailable']);
    db.exec('DROP TRIGGER fails');
    expect(writer.commit([append('a', second), second, append('new')]).outcomes).toEqual([
      { kind: 'rejected', actual: 0 },
      { kind: 'done', revision: 1, position: 2 },
      { kind: 'done', revision: 0, position: 3 },
    ]);
  });

  it('no event can be changed or deleted, not even with SQL', () => {
    writer.commit([append('a')]);
    expect(() => db.exec("UPDATE events SET body = '{}'")).toThrow('never changed');
    expect(() => db.exec('DELETE FROM events')).toThrow('never deleted');
  });
});
