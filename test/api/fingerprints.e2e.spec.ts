import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { createLogger, readConfiguration } from '#platform';
import { type RunningApi, startApi } from '../../apps/api/src/start-api.js';
import { describedAnswers } from './described-answers.js';
import { call, inbound, ready, temporaryFolder } from './test-api.js';

let folder: string;
let remove: () => void;
let api: RunningApi;
let key: string;
let document: object;

const begin = async () => {
  api = await startApi({
    configuration: readConfiguration({ LETOPIS_DATA: folder, PORT: '0', LOG_LEVEL: 'silent' }),
    logger: createLogger('silent'),
  });
};
const start = async () => {
  await begin();
  await ready(api.url);
};

beforeEach(async () => {
  ({ folder, remove } = temporaryFolder());
  await start();
  key = (await api.services.keys.create({ role: 'admin', actorId: 'root-1', name: 'test', now: new Date().toISOString() })).token;
  await call(`${api.url}/customers`, { key, body: { kind: 'person', customerId: 'c-1' } });
  document = (await call(`${api.url}/policies/cadence`, { key })).body.versions[0].document;
});
afterEach(async () => {
  await api.close();
  remove();
});

const contact = (summary: string) =>
  call(`${api.url}/customers/c-1/contacts`, { key, body: { ...inbound, summary }, headers: { 'idempotency-key': 'k-1' } });
/** A policy is nobody's: its fingerprints are under the secret of the installation. */
const publish = (reason: string, idempotencyKey = 'k-1') =>
  call(`${api.url}/policies/cadence`, {
    key,
    body: { document: { ...document, existingPerYear: idempotencyKey === 'k-1' ? 12 : 13 }, reason },
    headers: { 'idempotency-key': idempotencyKey },
  });

const readiness = async () => (await call(`${api.url}/health/ready`, {})).body;
const until = async (holds: () => Promise<boolean>) => {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
};
const keyStore = (work: (keys: Database.Database) => void) => {
  const keys = new Database(path.join(folder, 'keys.sqlite'));
  work(keys);
  keys.close();
};
const storedHash = async (stream = 'policy-cadence') => {
  for await (const batch of api.services.log.readStream(stream, { direction: 'backwards' })) return batch[0]?.commandHash;
  return undefined;
};

describe('the fingerprint that is kept of a command', () => {
  it('is no hash that could be guessed at, and compares after a restart too', async () => {
    await contact('asked');
    await publish('asked', 'k-2');
    expect(await storedHash('relationship-c-1')).toMatch(/^c1:[\w-]{16}:[0-9a-f]{64}$/);
    expect(await storedHash()).toMatch(/^h1:[0-9a-f]{8}:[0-9a-f]{64}$/);
    await api.close();
    await start();
    expect((await contact('asked')).body).toMatchObject({ revision: 1, replayed: true });
    expect((await contact('asked again')).body.type).toBe('/problems/idempotency-conflict');
    expect((await publish('asked', 'k-2')).body).toMatchObject({ revision: 0, replayed: true });
    expect((await publish('asked again', 'k-2')).body.type).toBe('/problems/idempotency-conflict');
  });

  it('is under the key of the customer: where that is lost, or that of a curator, commands on these two are rejected, and those on others are not', async () => {
    await contact('asked');
    for (const curatorId of ['ann', 'bea']) await call(`${api.url}/curators`, { key, body: { curatorId, displayName: curatorId } });
    await call(`${api.url}/customers`, { key, body: { kind: 'person', customerId: 'c-2', displayName: 'Bea' } });
    await call(`${api.url}/subscribers`, { key, body: { subscriberId: 'mailing', contact: 'dpo@example.org', deadlineDays: 14 } });
    const created = { role: 'subscriber', actorId: 'mailing', name: 'test', now: new Date().toISOString() } as const;
    const subscriber = (await api.services.keys.create(created)).token;
    await api.close();
    const keys = new Database(path.join(folder, 'subject-keys.sqlite'));
    keys.exec("DELETE FROM keys WHERE subject IN ('relationship-c-1', 'curator-ann')");
    keys.close();
    // Curators are read at the start, so it is never ready.
    await begin();
    await until(async () => (await readiness()).deciding === 'running');
    for (const summary of ['asked', 'asked again']) {
      const { status, body } = await contact(summary);
      expect([status, body.type]).toEqual([409, '/problems/key-lost']);
    }
    const published = await call(`${api.url}/customers/c-1/publishing-key`, { key: subscriber });
    expect([published.status, published.body.type]).toEqual([409, '/problems/key-lost']);
    expect((await call(`${api.url}/customers/c-2/publishing-key`, { key: subscriber })).status).toBe(200);
    const other = await call(`${api.url}/customers/c-2/contacts`, { key, body: inbound });
    expect([other.status, other.body.revision]).toEqual([201, 2]);
    // What is known of the curator without a name is enough to decide on others.
    const assigned = await call(`${api.url}/customers/c-2/curator`, { key, body: { curatorId: 'ann' } });
    expect([assigned.status, assigned.body.revision]).toEqual([200, 3]);
    const corrected = await call(`${api.url}/curators/ann/corrections`, { key, body: { field: 'team', to: 'north' } });
    expect([corrected.status, corrected.body.type]).toEqual([409, '/problems/key-lost']);
    const lost = { status: 'not-ready', subjectKeys: 'up', problems: [{ type: '/problems/key-lost', subjects: 2 }] };
    expect(await readiness()).toMatchObject(lost);
    expect(
      describedAnswers((await call(`${api.url}/openapi.json`, {})).body).faults('GET', '/health/ready', 503, await readiness()),
    ).toEqual([]);
    expect((await call(`${api.url}/metrics`, { key })).body).toContain('\nletopis_keys_lost 2\n');
    // Views that are built again meet it too, with nobody asking.
    await api.close();
    for (const name of readdirSync(folder).filter((each) => each.startsWith('views'))) rmSync(path.join(folder, name), { recursive: true });
    await begin();
    await until(async () => (await readiness()).problems?.[0]?.subjects === 2);
    expect(await readiness()).toMatchObject(lost);
  });

  it('rejects the command with 503 where its secret is missing, the same or another one, and readiness names the key', async () => {
    await publish('asked');
    const stored = (await storedHash()) as string;
    await api.close();
    let secrets: unknown[] = [];
    keyStore((keys) => {
      secrets = keys.prepare('SELECT * FROM secrets').all();
      keys.exec("DELETE FROM secrets WHERE name = 'command-fingerprints'");
    });
    await start();
    // It stands in the end of the log, so readiness names it before anybody repeats a command.
    const problems = [{ type: '/problems/fingerprint-key-missing', key: stored.slice(0, 11) }];
    await until(async () => (await readiness()).problems !== undefined);
    expect(await readiness()).toMatchObject({ status: 'ready', problems });
    for (const summary of ['asked', 'asked again']) {
      const { status, body } = await publish(summary);
      expect([status, body.type, body.key]).toEqual([503, '/problems/fingerprint-key-missing', stored.slice(0, 11)]);
    }
    expect(await readiness()).toMatchObject({ status: 'ready', problems });
    const other = await publish('other', 'k-2');
    expect([other.status, other.body.revision]).toEqual([200, 1]);

    await api.close();
    keyStore((keys) => {
      keys.exec('DELETE FROM secrets');
      for (const secret of secrets) keys.prepare('INSERT INTO secrets VALUES (@name, @id, @bytes)').run(secret);
    });
    await start();
    expect((await publish('asked')).body).toMatchObject({ revision: 0, replayed: true });
  });

  it('is looked for beyond what the end of the log tells', async () => {
    await publish('asked');
    const stored = (await storedHash()) as string;
    const plain = Array.from({ length: 210 }, () => ({ name: 'record-contact', customerId: 'c-1', body: inbound }));
    expect((await call(`${api.url}/commands`, { key, body: plain })).status).toBe(200);
    await api.close();
    keyStore((keys) => keys.exec("DELETE FROM secrets WHERE name = 'command-fingerprints'"));
    await start();
    expect((await readiness()).problems).toBeUndefined();
    expect((await publish('asked')).status).toBe(503);
    expect((await readiness()).problems).toEqual([{ type: '/problems/fingerprint-key-missing', key: stored.slice(0, 11) }]);
  });

  it('cannot be made where the API may only read the key store: readiness names that until the secret is there', async () => {
    await api.close();
    keyStore((keys) =>
      keys.exec(
        "DELETE FROM secrets WHERE name = 'command-fingerprints'; CREATE TRIGGER read_only BEFORE INSERT ON secrets BEGIN SELECT raise(ABORT, 'may only read'); END",
      ),
    );
    await start();
    await until(async () => (await readiness()).problems !== undefined);
    const problems = [{ type: '/problems/fingerprint-secret-missing' }];
    expect(await readiness()).toMatchObject({ status: 'ready', keys: 'up', problems });
    const described = describedAnswers((await call(`${api.url}/openapi.json`, {})).body);
    expect(described.faults('GET', '/health/ready', 200, await readiness())).toEqual([]);
    expect(await publish('asked')).toMatchObject({ status: 503, body: { type: '/problems/engine-unavailable' } });
    keyStore((keys) =>
      keys.exec("DROP TRIGGER read_only; INSERT INTO secrets VALUES ('command-fingerprints', '1f0c2a9b', randomblob(32))"),
    );
    expect((await readiness()).problems).toBeUndefined();
    expect((await publish('asked')).status).toBe(200);
  });
});
