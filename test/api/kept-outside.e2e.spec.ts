import { cpSync, readFileSync, renameSync, rmSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { createLogger, readConfiguration } from '#platform';
import { type RunningApi, startApi } from '../../apps/api/src/start-api.js';
import { type ChildApi, spawnApi, spawnProgram } from './child-api.js';
import { call, inbound, ready, temporaryFolder } from './test-api.js';

/** Each with its `.keep` beside it. */
const { folder, remove } = temporaryFolder();
const [before, after, data] = ['before', 'after', 'data'].map((name) => path.join(folder, name)) as [string, string, string];
const keepOf = (of: string) => `${of}.keep`;
const keys: Record<string, string> = {};
let gone: string;
let stays: string;
let erasedAt: string;

const start = async (): Promise<RunningApi> => {
  const configuration = readConfiguration({ LETOPIS_DATA: data, PORT: '0', PROCESSES: 'embedded', LOG_LEVEL: 'fatal' });
  const api = await startApi({ configuration, logger: createLogger('silent') });
  await ready(api.url);
  return api;
};
const copy = (from: string, to: string) => cpSync(from, to, { recursive: true });
const post = async ({ url }: RunningApi, address: string, body: unknown, key = keys.supervisor) => {
  const answer = await call(url + address, { key, body });
  if (answer.status >= 300) throw new Error(`${address}: ${JSON.stringify(answer.body)}`);
  return answer.body;
};
const completed = async ({ url }: RunningApi) => {
  for (;;) {
    const { body } = await call(`${url}/customers/${gone}/erasure`, { key: keys.supervisor });
    if (body.status === 'completed') return body;
    await sleep(100);
  }
};

/** Two data folders of one installation: a backup of before an erasure, and what it is after it and one more start. */
beforeAll(async () => {
  let api = await start();
  for (const [name, role, actorId] of [
    ['supervisor', 'supervisor', 'sup-1'],
    ['second supervisor', 'supervisor', 'sup-2'],
    ['own curator', 'curator', 'cur-own'],
    ['other curator', 'curator', 'cur-other'],
    ['auditor', 'auditor', 'aud-1'],
  ] as const)
    keys[name] = (await api.services.keys.create({ role, actorId, name, now: new Date().toISOString() })).token;
  for (const curatorId of ['cur-own', 'cur-other']) await post(api, '/curators', { curatorId });
  const customer = async () => {
    const { customerId } = (await post(api, '/customers', { kind: 'person', displayName: 'Zinaida Planted' })).ids;
    await post(api, `/customers/${customerId}/curator`, { curatorId: 'cur-own' });
    await post(api, `/customers/${customerId}/contacts`, { ...inbound, summary: 'planted words' });
    return customerId;
  };
  [gone, stays] = [await customer(), await customer()];
  await api.close();
  copy(data, before);
  api = await start();
  await post(api, `/customers/${gone}/erasure`, { ground: 'consent-withdrawn' });
  await post(api, `/customers/${gone}/erasure/confirm`, {}, keys['second supervisor']);
  ({ erasedAt } = await completed(api));
  await api.close();
  await (await start()).close();
  for (const [from, to] of [
    [data, after],
    [keepOf(data), keepOf(after)],
  ] as const)
    copy(from, to);
});
afterAll(() => remove());

beforeEach(() => {
  for (const each of [data, keepOf(data)]) rmSync(each, { recursive: true });
  copy(after, data);
  copy(keepOf(after), keepOf(data));
});

it('an erasure is recorded in the file outside of the data folder', () => {
  const lines = readFileSync(path.join(keepOf(data), 'erasures'), 'utf8')
    .trim()
    .split('\n');
  expect(lines).toEqual([expect.stringContaining(`relationship-${gone}`)]);
  expect(lines[0]).toContain(erasedAt);
});

describe('a data folder that is restored from a backup of before an erasure', () => {
  let api: RunningApi;
  beforeEach(async () => {
    rmSync(data, { recursive: true });
    copy(before, data);
    api = await start();
  });
  afterEach(() => api.close());

  it('still has nobody who was erased since: the key is destroyed, the event appended, the process carried out', async () => {
    const { services, url } = api;
    expect((await services.subjectKeys.find([`relationship-${gone}`])).get(`relationship-${gone}`)?.kind).toBe('erased');
    const get = (page: string, name: string, id = gone) => call(`${url}/customers/${id}${page}`, { key: keys[name] });
    for (const page of ['', '/timeline', '/events']) {
      expect(await get(page, 'own curator')).toMatchObject({ status: 410, body: { type: '/problems/customer-erased', erasedAt } });
      expect((await get(page, 'other curator')).status).toBe(404);
      expect(JSON.stringify((await get(page, 'own curator', stays)).body)).toMatch(/planted/i);
    }
    const { body } = await get('/events', 'auditor');
    expect(body.events.at(-1)).toMatchObject({ type: 'customer-erased', occurredAt: erasedAt, actor: { id: 'kept-outside' } });
    expect(JSON.stringify(body)).not.toMatch(/planted/i);
    // With the instant of the first erasure.
    expect(await completed(api)).toMatchObject({ erasedAt, certificate: { erasedAt } });
  });
});

describe('without the store that holds the erasures', () => {
  const running: ChildApi[] = [];
  afterEach(async () => {
    for (const { process, exited } of running.splice(0)) {
      process.kill('SIGKILL');
      await exited;
    }
  });
  const environment = { LETOPIS_DATA: data, PORT: '0', PROCESSES: 'off' };
  const letopis = (...words: readonly string[]) => spawnProgram('apps/cli/src/main.js', environment, words).exited;
  const startAgain = async () => {
    const api = await spawnApi(environment);
    running.push(api);
    await ready(api.url);
    return api.url;
  };

  const loseStore = () => rmSync(keepOf(data), { recursive: true });
  const changeKeys = (sql: string) => {
    const keys = new Database(path.join(data, 'subject-keys.sqlite'));
    keys.exec(sql);
    keys.close();
  };
  it.each([
    ['is missing, as the key store says', loseStore, 'the key store belongs to the store'],
    [
      'is missing, as the log says',
      () => {
        loseStore();
        changeKeys("DELETE FROM names WHERE name = 'kept-outside'");
      },
      'the log belongs to the store',
    ],
    [
      'is an older state of itself',
      () => truncateSync(path.join(keepOf(data), 'erasures')),
      'this store lacks the erasure of relationship-',
    ],
  ])('the API ends with 78 and names the command that helps: the store %s', async (_, lose, what) => {
    lose();
    const { code, output } = await spawnProgram('apps/api/src/main.js', environment).exited;
    expect({ code, output }).toEqual({ code: 78, output: expect.stringContaining(what) });
    expect(output).toContain('letopis kept-outside init --reason');
    const init = await letopis('kept-outside', 'init', '--reason', 'disk lost');
    expect(init).toEqual({ code: 0, output: expect.stringContaining('it holds 1 erasures') });
    const answer = await call(`${await startAgain()}/customers/${gone}`, { key: keys['own curator'] });
    expect(answer).toMatchObject({ status: 410, body: { erasedAt } });
  });

  it.each([
    [
      'the store of the keys of customers',
      'subject-keys.sqlite',
      ['verify'],
      /keys of the store [0-9a-f-]{36} .*missing or empty; set SUBJECT_KEYS_URL to that store, or restore it/,
    ],
    [
      'the secret of derived ids',
      'keys.sqlite',
      ['keys', 'new-derivation', '--reason', 'disk lost'],
      /restore the key store .*letopis keys new-derivation/,
    ],
  ])('the API ends with 78 and says how to go on: %s is missing', async (_, name, mend, what) => {
    const lost = path.join(folder, name);
    renameSync(path.join(data, name), lost);
    for (const program of ['apps/api/src/main.js', 'apps/api/src/main.js'])
      expect(await spawnProgram(program, environment).exited).toEqual({ code: 78, output: expect.stringMatching(what) });
    expect((await letopis('verify')).code).toBe(0);
    expect((await letopis(...mend)).code).toBe(0);
    if (name === 'subject-keys.sqlite') renameSync(lost, path.join(data, name));
    await startAgain();
  });
});
