import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { appendAtHead, memoryLog, newEvent, newEvents } from '#testing';
import { canonicalEvent, hashOf } from '../content-hash.js';
import type { DomainEvent, EventLog, Position } from '../event-log.js';
import { openEventLog } from '../open-event-log.js';
import type { Fault } from './verify-event.js';
import { verifyLog } from './verify-log.js';

async function verified(log: Pick<EventLog, 'head' | 'readRaw' | 'guarantees'>, upTo?: Position) {
  const found: Fault[] = [];
  let [events, streams] = [0, 0];
  for await (const step of verifyLog(log, upTo ?? (await log.head()))) {
    ({ events, streams } = step);
    found.push(...step.faults);
  }
  const faults = found.map(({ position, stream, revision, codes }) => [Number(position), stream, revision, codes.join(' ')]);
  return { events, streams, faults };
}

/** What somebody does who may write the file: ../shared/cases/32-poison.sh does it this way. */
function edit(file: string, work: (db: Database.Database) => void): void {
  const db = new Database(file);
  const triggers = db.prepare<[], { name: string; sql: string }>("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all();
  for (const { name } of triggers) db.exec(`DROP TRIGGER ${name}`);
  work(db);
  for (const { sql } of triggers) db.exec(sql);
  db.close();
}

describe('verifying a log in a file that somebody has edited', () => {
  let folder: string;
  let file: string;

  /** Positions 1 to 4 and 9 are of customer a, 5 and 6 of b, 7 and 8 of a curator. */
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'letopis-verify-'));
    file = path.join(folder, 'log.db');
    const log = await openEventLog(`sqlite:${file}`);
    await log.append('relationship-a', 'none', newEvents(4));
    await log.append('relationship-b', 'none', newEvents(2));
    await log.append('curator-c', 'none', newEvents(2));
    await appendAtHead(log, 'relationship-a', newEvents(1));
    await log.close();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const faults = async () => {
    const log = await openEventLog(`sqlite:${file}`, { readOnly: true });
    try {
      return (await verified(log)).faults;
    } finally {
      await log.close();
    }
  };
  const change = (position: number, changed: (event: DomainEvent) => object, { hashed = false } = {}) =>
    edit(file, (db) => {
      const body = JSON.parse(db.prepare<[number], string>('SELECT body FROM events WHERE position = ?').pluck().get(position)!);
      const text = canonicalEvent({ ...body, ...changed(body) });
      db.prepare('UPDATE events SET body = ? WHERE position = ?').run(text, position);
      if (hashed) db.prepare('UPDATE events SET hash = unhex(?) WHERE position = ?').run(hashOf(text), position);
    });
  const sql = (statements: string) => edit(file, (db) => db.exec(statements));

  it('finds nothing where nobody did', async () => {
    const log = await openEventLog(`sqlite:${file}`, { readOnly: true });
    expect(await verified(log)).toEqual({ events: 9, streams: 3, faults: [] });
    await log.close();
  });

  it('names an event whose data was changed, and no other', async () => {
    change(2, () => ({ data: { n: 'changed' } }));
    expect(await faults()).toEqual([[2, 'relationship-a', 1, 'hash-differs']]);
  });

  it('names an event whose hash was changed, and no other', async () => {
    sql("UPDATE events SET hash = zeroblob(32) WHERE position = 7; UPDATE events SET hash = x'00' WHERE position = 3");
    expect(await faults()).toEqual([
      [3, 'relationship-a', 2, 'hash-differs'],
      [7, 'curator-c', 0, 'hash-differs'],
    ]);
  });

  it('finds an event that was changed together with its hash by the event after it, and the last of a stream not at all', async () => {
    change(2, () => ({ data: { n: 'changed' } }), { hashed: true });
    change(6, () => ({ data: { n: 'changed' } }), { hashed: true });
    expect(await faults()).toEqual([[3, 'relationship-a', 2, 'chain-broken']]);
  });

  it('names both of two events that changed places', async () => {
    sql(`UPDATE events SET revision = 100 WHERE position = 2;
      UPDATE events SET revision = 1 WHERE position = 3; UPDATE events SET revision = 2 WHERE position = 2`);
    expect(await faults()).toEqual([
      [3, 'relationship-a', 1, 'revision-differs chain-broken'],
      [2, 'relationship-a', 2, 'revision-differs chain-broken order-differs'],
      [4, 'relationship-a', 3, 'chain-broken'],
    ]);
  });

  it('names an event whose revision was changed', async () => {
    sql('UPDATE events SET revision = 7 WHERE position = 9');
    expect(await faults()).toEqual([[9, 'relationship-a', 7, 'revision-differs revision-missing']]);
  });

  it('names an event that stands before an earlier one of its stream in the order of all events', async () => {
    sql(`UPDATE events SET position = 100 WHERE position = 3;
      UPDATE events SET position = 3 WHERE position = 9; UPDATE events SET position = 9 WHERE position = 100`);
    expect(await faults()).toEqual([
      [4, 'relationship-a', 3, 'order-differs'],
      [3, 'relationship-a', 4, 'order-differs'],
    ]);
  });

  it('finds a removed event by the one after it and by the position that is missing', async () => {
    sql('DELETE FROM events WHERE position IN (2, 3, 7)');
    expect(await faults()).toEqual([
      [4, 'relationship-a', 3, 'revision-missing'],
      [8, 'curator-c', 1, 'revision-missing'],
      [2, null, null, 'position-missing'],
      [7, null, null, 'position-missing'],
    ]);
  });

  it('finds the removed last event of a stream by the position that is missing; of the last one of the log nothing tells', async () => {
    sql('DELETE FROM events WHERE position = 6');
    expect(await faults()).toEqual([[6, null, null, 'position-missing']]);
    sql('DELETE FROM events WHERE position IN (9, 8, 7)');
    expect(await faults()).toEqual([]);
  });

  it.each([
    [-1n, 'order-differs position-too-low'],
    [0n, 'order-differs position-too-low'],
    [-(2n ** 53n) - 1n, 'order-differs position-too-low'],
    [-(2n ** 63n), 'order-differs position-too-low'],
    [2n ** 53n, 'position-too-high'],
    [2n ** 53n + 1n, 'position-too-high'],
    [2n ** 63n - 1n, 'position-too-high'],
  ])('names an event that was put in at position %s, however well it is chained', async (position, codes) => {
    edit(file, (db) => {
      const last = db.prepare<[], { stream_id: number; body: string; hash: string }>(
        'SELECT stream_id, body, lower(hex(hash)) AS hash FROM events WHERE position = 6',
      );
      const { stream_id, body, hash } = last.get()!;
      const text = canonicalEvent({ ...JSON.parse(body), id: 'forged', revision: 2, previousHash: hash });
      db.prepare('INSERT INTO events VALUES (?, ?, 2, 1, unhex(?), ?)').run(position, stream_id, hashOf(text), text);
    });
    const forged = [Number(position), 'relationship-b', 2, codes];
    expect(await faults()).toEqual([forged]);
    sql('DELETE FROM events WHERE position = 9');
    expect(await faults()).toEqual([forged]);
    sql('DELETE FROM events WHERE position = 1');
    expect((await faults()).at(-1)).toEqual([1, null, null, 'position-missing']);
  });

  it('names events at neighbouring positions that numbers do not tell apart, each once and with its own', async () => {
    sql('UPDATE events SET position = 9007199254740992 + position WHERE position > 6');
    const log = await openEventLog(`sqlite:${file}`, { readOnly: true });
    const found: Fault[] = [];
    for await (const { faults } of verifyLog(log, await log.head())) found.push(...faults);
    await log.close();
    expect(found.map(({ position }) => position)).toEqual(['00009007199254741001', '00009007199254740999', '00009007199254741000']);
  });

  it('names an event at the last revision that SQLite counts, once', async () => {
    sql('UPDATE events SET revision = 9223372036854775807 WHERE position = 9');
    expect(await faults()).toEqual([[9, 'relationship-a', 2 ** 63, 'revision-differs revision-missing']]);
  });

  it('names an event below position 1 of a log that has no other', async () => {
    sql('UPDATE events SET position = -5 WHERE position = 5; DELETE FROM events WHERE position <> -5');
    expect(await faults()).toEqual([[-5, 'relationship-b', 0, 'position-too-low']]);
  });

  it('names an event that was moved to another stream, and every event of a stream that was given another name', async () => {
    sql("UPDATE events SET stream_id = (SELECT id FROM streams WHERE name = 'relationship-b'), revision = 2 WHERE position = 9");
    expect(await faults()).toEqual([[9, 'relationship-b', 2, 'stream-differs revision-differs chain-broken']]);
    sql("UPDATE streams SET name = 'curator-d' WHERE name = 'curator-c'");
    expect((await faults()).slice(1)).toEqual([
      [7, 'curator-d', 0, 'stream-differs'],
      [8, 'curator-d', 1, 'stream-differs'],
    ]);
  });

  it('names events whose stream or type was removed', async () => {
    sql(
      "DELETE FROM streams WHERE name = 'curator-c'; INSERT INTO types (id, name) VALUES (100, 'other'); UPDATE events SET type_id = 100 WHERE position = 5; UPDATE events SET type_id = 101 WHERE position = 6",
    );
    expect(await faults()).toEqual([
      [5, 'relationship-b', 0, 'type-differs'],
      [6, 'relationship-b', 1, 'type-differs'],
      [7, '', 0, 'stream-differs'],
      [8, '', 1, 'stream-differs'],
    ]);
  });

  it.each([
    ['cut off', 'substr(body, 1, length(body) - 5)'],
    ['empty', "''"],
    ['JSON but no event', "'[1]'"],
    ['not Unicode', "CAST(x'ff7b7d' AS TEXT)"],
  ])('names an event whose body is %s, and goes on', async (_, body) => {
    sql(`UPDATE events SET body = ${body} WHERE position IN (2, 9)`);
    expect(await faults()).toEqual([
      [2, 'relationship-a', 1, 'body-unreadable'],
      [9, 'relationship-a', 4, 'body-unreadable'],
    ]);
  });

  it('names an event that was made one of version 1, or of a version that there is not', async () => {
    change(9, () => ({ envelopeVersion: undefined, previousHash: undefined }), { hashed: true });
    change(6, () => ({ envelopeVersion: 3 }), { hashed: true });
    expect(await faults()).toEqual([
      [9, 'relationship-a', 4, 'envelope-older'],
      [6, 'relationship-b', 1, 'envelope-unknown'],
    ]);
  });

  it('names an event that has more in its body than was hashed', async () => {
    edit(file, (db) => db.prepare(`UPDATE events SET body = '{"note":1,' || substr(body, 2) WHERE position = 2`).run());
    expect(await faults()).toEqual([[2, 'relationship-a', 1, 'hash-differs']]);
  });

  describe('that begins with events of version 1', () => {
    /** Position 10 to 12 of an old stream, as a former program wrote them, and 13 chained on the last of these. */
    beforeEach(async () => {
      edit(file, (db) => {
        const id = db.prepare("INSERT INTO streams (name) VALUES ('relationship-old')").run().lastInsertRowid;
        const insert = db.prepare('INSERT INTO events VALUES (?, ?, ?, 1, unhex(?), ?)');
        for (const revision of [0, 1, 2]) {
          const text = canonicalEvent({ ...newEvent(), stream: 'relationship-old', revision });
          insert.run(10 + revision, id, revision, hashOf(text), text);
        }
      });
      const log = await openEventLog(`sqlite:${file}`);
      await appendAtHead(log, 'relationship-old', newEvents(1));
      await log.close();
    });

    it('finds nothing where nobody edited it', async () => {
      expect(await faults()).toEqual([]);
    });

    it('names what was changed in it', async () => {
      change(10, () => ({ data: {} }));
      change(13, () => ({ data: {} }));
      expect(await faults()).toEqual([
        [10, 'relationship-old', 0, 'hash-differs'],
        [13, 'relationship-old', 3, 'hash-differs'],
      ]);
    });

    it('finds out by the first of version 2 that the last of version 1 was changed together with its hash', async () => {
      change(12, () => ({ data: {} }), { hashed: true });
      change(11, () => ({ data: {} }), { hashed: true });
      expect(await faults()).toEqual([[13, 'relationship-old', 3, 'chain-broken']]);
    });

    it('finds two that changed places by their positions', async () => {
      sql(`UPDATE events SET revision = 100 WHERE position = 10;
        UPDATE events SET revision = 0 WHERE position = 11; UPDATE events SET revision = 1 WHERE position = 10`);
      expect(await faults()).toEqual([[10, 'relationship-old', 1, 'order-differs']]);
    });

    it('finds one that was removed', async () => {
      sql('DELETE FROM events WHERE position = 11');
      expect(await faults()).toEqual([
        [12, 'relationship-old', 2, 'revision-missing'],
        [11, null, null, 'position-missing'],
      ]);
    });
  });
});

describe('verifying a log in memory', () => {
  it('finds nothing, and leaves out what came after the position', async () => {
    const log = await openEventLog('memory:');
    await log.append('a', 'none', newEvents(700));
    await log.append('b', 'none', newEvents(1));
    const head = await log.head();
    await appendAtHead(log, 'a', newEvents(3));
    expect(await verified(log, head)).toEqual({ events: 701, streams: 2, faults: [] });
    expect(await verified(log)).toEqual({ events: 704, streams: 2, faults: [] });
  });

  it('takes no gap between positions for a missing event where they do not number events', async () => {
    const log = memoryLog();
    await log.append('a', 'none', newEvents(3));
    expect(await verified(log)).toEqual({ events: 3, streams: 1, faults: [] });
  });
});
