import { existsSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openEventLog } from '#event-log';
import { openAccessLog, openKeyStore, verifyAccessLog } from '#platform';
import { accessesIn } from '#platform/access-log/batches.js';
import { eventCatalogue } from '#platform/events/current-events.js';
import { type ChildApi, spawnApi } from './child-api.js';
import { call, ready, temporaryFolder } from './test-api.js';

let folder: string;
let remove: () => void;
let key: string;
let adminKey: string;
beforeEach(async () => {
  ({ folder, remove } = temporaryFolder());
  const keys = openKeyStore(`sqlite:${folder}/keys.sqlite`);
  const keyFor = async (role: 'supervisor' | 'admin') =>
    (await keys.create({ role, actorId: `${role}-1`, name: 'test', now: new Date().toISOString() })).token;
  key = await keyFor('supervisor');
  adminKey = await keyFor('admin');
  await keys.close();
});
afterEach(() => remove());

const start = async (environment = {}): Promise<ChildApi> => {
  const api = await spawnApi({ LETOPIS_DATA: folder, LOG_LEVEL: 'info', ACCESS_LOG_ANCHOR_SECONDS: '1', ...environment });
  await ready(api.url);
  return api;
};

/** What the file has, verified against the event log. */
const content = async () => {
  const log = await openEventLog(`sqlite:${folder}/chronicle.sqlite`, { registry: eventCatalogue, readOnly: true });
  const store = openAccessLog(`sqlite:${folder}/access-log.sqlite`, { readOnly: true });
  const { faults, anchors } = await verifyAccessLog(store, log);
  const customers: string[] = [];
  for await (const batch of store.batches(0)) customers.push(...accessesIn(batch).flatMap(({ customerIds }) => customerIds));
  await store.close();
  await log.close();
  return { faults, anchors, customers };
};

/** Longer than what is recorded waits, also on a machine that is busy. */
const SURELY_STORED_MS = 1_500;
const KILLS = Number(process.env.LETOPIS_KILLS ?? 2);

describe('an API that is killed', () => {
  it.each([
    ['has recorded all but what it showed in the last moment', {}, SURELY_STORED_MS],
    ['has recorded all that it showed, where the policy wants it stored before', { durableFor: ['supervisor'] }, 0],
  ])('%s; the chain goes on and verifies', async (_, document, mayMissMs) => {
    const surely: string[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const api = await start();
      if (kill === 0) await call(`${api.url}/policies/access-log`, { key: adminKey, body: { document } });
      const shown: { readonly customerId: string; readonly at: number }[] = [];
      let killed = false;
      const reading = (async () => {
        while (!killed) {
          const { body } = await call(`${api.url}/customers`, { key, body: { kind: 'person' } });
          const { status } = await call(`${api.url}/customers/${body.ids.customerId}/events`, { key });
          if (status === 200) shown.push({ customerId: body.ids.customerId, at: performance.now() });
        }
      })().catch(() => undefined);
      while (shown.length < 3) await sleep(20);
      await sleep(mayMissMs + 100 + Math.random() * 1_000);
      const killedAt = performance.now();
      api.process.kill('SIGKILL');
      await api.exited;
      killed = true;
      await reading;
      surely.push(...shown.filter(({ at }) => at < killedAt - mayMissMs).map(({ customerId }) => customerId));
      const { faults, customers } = await content();
      expect(faults).toEqual([]);
      expect(surely.filter((id) => !customers.includes(id))).toEqual([]);
    }
    expect(surely.length).toBeGreaterThan(KILLS);
    // On a busy machine each was killed before its first hash was due.
    const api = await start();
    while ((await content()).anchors === 0) await call(`${api.url}/customers/${surely[0]}/events`, { key });
    api.process.kill('SIGTERM');
    await api.exited;
    expect((await content()).faults).toEqual([]);
  });

  it('does not start on a file that is no access log, and says which', async () => {
    writeFileSync(path.join(folder, 'access-log.sqlite'), 'x'.repeat(4096));
    await expect(start()).rejects.toThrow(/The access log in .*access-log\.sqlite cannot be opened: file is not a database/);
  });
});

describe('while the access log cannot be written', () => {
  it('readiness is red, reads are answered, and rejected where the policy wants them stored; what waited is stored afterwards', async () => {
    const file = path.join(folder, 'access-log.sqlite');
    const api = await start();
    const { body } = await call(`${api.url}/customers`, { key, body: { kind: 'person' } });
    const { customerId } = body.ids;
    const read = () => call(`${api.url}/customers/${customerId}/events`, { key });
    const state = async () => (await call(`${api.url}/health/ready`, {})).body;
    // Holds the lock that the writer needs, as a disk that does not answer would.
    const { default: Database } = await import('better-sqlite3');
    const blocker = new Database(file);
    blocker.exec('BEGIN IMMEDIATE');
    expect((await read()).status).toBe(200);
    while ((await state()).accessLog !== 'down') await sleep(100);
    expect(await state()).toMatchObject({ status: 'not-ready', accessLog: 'down' });
    expect((await read()).status).toBe(200);
    await call(`${api.url}/policies/access-log`, { key: adminKey, body: { document: { durableFor: ['supervisor'] } } });
    const rejected = await read();
    expect(rejected.body).toMatchObject({ status: 503, type: '/problems/access-log-away' });
    expect(Number(rejected.headers.get('retry-after'))).toBeGreaterThan(0);
    blocker.exec('ROLLBACK');
    blocker.close();
    while ((await state()).accessLog !== 'up') await sleep(100);
    expect((await read()).status).toBe(200);
    api.process.kill('SIGTERM');
    expect((await api.exited).code).toBe(0);
    const { faults, customers } = await content();
    expect(faults).toEqual([]);
    expect(customers.filter((id) => id === customerId).length).toBeGreaterThanOrEqual(3);
    expect(api.output()).toContain('the access log cannot be written');
    expect(existsSync(file)).toBe(true);
    renameSync(file, `${file}.gone`);
    await expect(content()).rejects.toThrow('there is none');
  });
});
