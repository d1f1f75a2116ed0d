import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { type EventLog, openEventLog } from '#event-log';
import { someAccess } from '#testing/access-log.contract.js';
import { newEvent } from '#testing/new-event.js';
import { eventCatalogue } from '../events/current-events.js';
import type { BatchHead } from './access-log-store.js';
import { createAppender } from './append-accesses.js';
import { batchAfter, NO_BATCH, textOfAccesses } from './batches.js';
import { openAccessLog } from './open-access-log.js';
import { verifyAccessLog } from './verify-access-log.js';

let folder: string;
let file: string;
let log: EventLog;
let heads: BatchHead[];

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'letopis-verify-access-'));
  file = path.join(folder, 'access-log.sqlite');
  log = await openEventLog(`sqlite:${folder}/chronicle.sqlite`, { registry: eventCatalogue });
  const store = openAccessLog(`sqlite:${file}`);
  const append = createAppender(store);
  heads = [];
  for (let n = 0; n < 6; n++) heads.push(await append({ text: textOfAccesses([someAccess(n)]), lost: n === 3 ? 4 : 0 }));
  await store.close();
  const anchors = [heads[2]!, heads[4]!].map(({ number, hash }) =>
    newEvent({ type: 'access-log-anchored', data: { batch: number, hash }, occurredAt: '2026-11-30T12:00:00.000Z' }),
  );
  await log.append('access-log-main', 'none', anchors);
});
afterEach(async () => {
  await log.close();
  rmSync(folder, { recursive: true });
});

const verified = async () => {
  const store = openAccessLog(`sqlite:${file}`, { readOnly: true });
  const result = await verifyAccessLog(store, log);
  await store.close();
  return result;
};
const tamper = (sql: string) => {
  const bare = new Database(file);
  bare.exec(`DROP TRIGGER batches_are_never_changed; DROP TRIGGER batches_are_never_removed; ${sql}`);
  bare.close();
};
const faults = async () => (await verified()).faults.map(({ batch, code }) => `${batch} ${code}`);

describe('an access log is verified', () => {
  it('with the hashes that the event log has, and the entries that it says are missing', async () => {
    expect(await verified()).toEqual({ batches: 6, entries: 6, lost: 4, anchors: 2, faults: [] });
  });

  it.each([
    ['an entry was changed', `UPDATE batches SET accesses = replace(accesses, 'ann', 'eve') WHERE number = 2`, ['2 changed']],
    ['missing entries are not admitted', 'UPDATE batches SET lost = 0 WHERE number = 4', ['4 changed']],
    ['a batch was removed', 'DELETE FROM batches WHERE number = 2', ['2 missing']],
    ['the first batch was removed', 'DELETE FROM batches WHERE number = 1', ['1 missing']],
    ['the last ones were removed', 'DELETE FROM batches WHERE number > 3', ['5 missing']],
    ['all were removed', 'DELETE FROM batches', ['3 missing', '5 missing']],
    ['an entry is hidden from queries by customer', `DELETE FROM by_customer WHERE number = 6`, ['6 unindexed']],
    ['an entry is hidden from queries by actor', `DELETE FROM by_actor WHERE number = 1`, ['1 unindexed']],
  ])('and it is found that %s', async (_, sql, expected) => {
    tamper(sql);
    expect(await faults()).toEqual(expected);
  });

  it('and it is found that a batch was replaced by one that has a right hash', async () => {
    const forged = batchAfter(heads[3]!, textOfAccesses([someAccess(4)]), 1);
    tamper(`UPDATE batches SET hash = '${forged.hash}', lost = 1 WHERE number = 5`);
    expect(await faults()).toEqual(['5 contradicted', '6 moved']);
  });

  it('and it is found that all of it was written again, hashes included', async () => {
    tamper('DELETE FROM batches; DELETE FROM by_customer; DELETE FROM by_actor');
    const store = openAccessLog(`sqlite:${file}`);
    const append = createAppender(store);
    for (let n = 0; n < 6; n++) await append({ text: textOfAccesses([someAccess(n, { actorId: 'eve' })]), lost: 0 });
    await store.close();
    expect(await faults()).toEqual(['3 contradicted', '5 contradicted']);
    expect(NO_BATCH.number).toBe(0);
  });
});
