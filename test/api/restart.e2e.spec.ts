import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openKeyStore } from '#platform';
import { type ChildApi, spawnApi, spawnProgram } from './child-api.js';
import { type Answer, call, inbound, nextOf, ready, temporaryFolder } from './test-api.js';

let folder: string;
let remove: () => void;
let key: string;
let running: ChildApi[] = [];

beforeEach(async () => {
  ({ folder, remove } = temporaryFolder());
  const keys = openKeyStore(`sqlite:${path.join(folder, 'keys.sqlite')}`);
  key = (await keys.create({ role: 'admin', actorId: 'root-1', name: 'test', now: new Date().toISOString() })).token;
  await keys.close();
});
afterEach(async () => {
  for (const { process, exited } of running.splice(0)) {
    process.kill('SIGKILL');
    await exited;
  }
  remove();
});

const start = async (environment = {}): Promise<ChildApi> => {
  const api = await spawnApi({ LETOPIS_DATA: folder, ...environment });
  running = [...running, api];
  return api;
};

const ENOUGH = 200;

/** Writes with so many callers until the server is gone, and answers the positions that were acknowledged. */
const writeUntilGone = async (url: string, stop: () => void): Promise<{ acknowledged: Map<string, string>; broken: number }> => {
  const { body } = await call(`${url}/customers`, { key, body: { kind: 'person', customerId: 'c-1' } });
  const acknowledged = new Map<string, string>([[body.events[0], body.position]]);
  let broken = 0;
  const write = async (caller: number) => {
    for (let i = 0; ; i++) {
      const answer = await call(`${url}/customers/c-1/contacts`, { key, body: { ...inbound, summary: `${caller} ${i}` } }).catch(
        () => undefined,
      );
      if (answer === undefined) {
        broken++;
        return;
      }
      if (answer.status === 503) return;
      if (answer.status === 201) {
        acknowledged.set(answer.body.events[0], answer.body.position);
        if (acknowledged.size === ENOUGH) stop();
      } else throw new Error(`answered ${answer.status}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, caller) => write(caller)));
  return { acknowledged, broken };
};

const allEvents = async (url: string): Promise<Map<string, string>> => {
  const found = new Map<string, string>();
  for (let next: string | undefined = '/events?limit=1000'; next !== undefined; ) {
    const page: Answer = await call(url + next, { key });
    for (const { id, position, stream } of page.body.events) if (stream !== 'installation') found.set(id, position);
    next = nextOf(page, next);
  }
  return found;
};

describe('a server that is killed', () => {
  it('loses nothing that it acknowledged, and its views catch up', async () => {
    const first = await start();
    const { acknowledged } = await writeUntilGone(first.url, () => first.process.kill('SIGKILL'));
    await first.exited;
    expect(acknowledged.size).toBeGreaterThan(10);
    const second = await start();
    const there = await allEvents(second.url);
    for (const [id, position] of acknowledged) expect(there.get(id)).toBe(position);
    const last = [...there.values()].at(-1) as string;
    const { status, body } = await call(`${second.url}/customers/c-1`, { key, headers: { 'min-position': last } });
    expect([status, body.contacts]).toEqual([200, there.size - 1]);
  });
});

describe('a server that is asked to stop', () => {
  it('answers what is under way, ends with 0, and nobody waits in vain', async () => {
    const first = await start();
    const { acknowledged } = await writeUntilGone(first.url, () => first.process.kill('SIGTERM'));
    const { code, output } = await first.exited;
    expect(code).toBe(0);
    expect(output).toContain('"stopped"');
    const second = await start();
    const there = await allEvents(second.url);
    for (const [id, position] of acknowledged) expect(there.get(id)).toBe(position);
    // Under way at the stop means answered: nothing was appended that nobody was told of, but for connections cut while they were idle.
    expect(there.size - acknowledged.size).toBeLessThanOrEqual(0);
  });
});

describe('a connection that carries no request', () => {
  it('is closed when the server stops, and not left until it times out', async () => {
    const { url, process, exited } = await start();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let told = '';
    socket.on('data', (data) => (told += data));
    await once(socket, 'connect');
    // It is there for the server too once a later one is.
    await call(`${url}/health/live`, {});
    process.kill('SIGTERM');
    await once(socket, 'close');
    expect(told).toBe('');
    expect((await exited).code).toBe(0);
  });
});

describe('a server that cannot start', () => {
  it('says who holds the folder and ends with 75', async () => {
    const first = await start();
    const { exited } = spawnProgram('apps/api/src/main.js', { PORT: '0', LETOPIS_DATA: folder });
    const { code, output } = await exited;
    expect(code).toBe(75);
    expect(output).toContain(`process ${first.process.pid}`);
    expect((await call(`${first.url}/health/live`, {})).status).toBe(200);
  });

  it('names every wrong variable and what would be right, and ends with 78', async () => {
    const { exited } = spawnProgram('apps/api/src/main.js', { PORT: 'http', LOG_LEVEL: 'loud', EVENT_LOG_URL: 'oracle:x' });
    const { code, output } = await exited;
    expect(code).toBe(78);
    for (const text of ['PORT=http', 'from 0 to 65535', 'LOG_LEVEL=loud', 'debug', 'EVENT_LOG_URL', 'sqlite'])
      expect(output).toContain(text);
  });

  it('says that a folder stands where a file should, and that a port is taken, and ends with 75', async () => {
    mkdirSync(path.join(folder, 'chronicle.sqlite'));
    const directory = await spawnProgram('apps/api/src/main.js', { PORT: '0', LETOPIS_DATA: folder }).exited;
    expect([directory.code, directory.output]).toEqual([75, expect.stringContaining('is a directory')]);
    const other = temporaryFolder();
    const first = await start({ LETOPIS_DATA: other.folder });
    const taken = await spawnProgram('apps/api/src/main.js', { PORT: new URL(first.url).port, LETOPIS_DATA: path.join(folder, 'sub') })
      .exited;
    expect([taken.code, taken.output]).toEqual([75, expect.stringContaining('EADDRINUSE')]);
    other.remove();
  });
});

describe('a projector beside', () => {
  it('waits for the one that has the views, lets no command of the CLI have them, and takes over when it ends', async () => {
    const api = await start({ PROJECTOR: 'off' });
    const begin = () => spawnProgram('apps/projector/src/main.js', { LETOPIS_DATA: folder });
    const first = begin();
    await ready(api.url);
    const second = begin();
    while (!second.output().includes(`kept up to date by process ${first.child.pid} on`)) await sleep(20);
    await call(`${api.url}/customers`, { key, body: { kind: 'person', customerId: 'k1' } });
    api.process.kill('SIGTERM');
    await api.exited;
    running = [];
    const rebuild = await spawnProgram('apps/cli/src/main.js', { LETOPIS_DATA: folder }, ['rebuild', 'card']).exited;
    expect(rebuild).toMatchObject({ code: 3, output: expect.stringMatching(/kept up to date by process \d+ on .*; stop it first/) });
    first.child.kill('SIGTERM');
    expect((await first.exited).code).toBe(0);
    while (!second.output().includes('"projecting"')) await sleep(20);
    const again = await start({ PROJECTOR: 'off' });
    const { body } = await call(`${again.url}/customers`, { key, body: { kind: 'person', customerId: 'k2' } });
    for (const id of ['k1', 'k2'])
      expect((await call(`${again.url}/customers/${id}`, { key, headers: { 'min-position': body.position } })).status).toBe(200);
    second.child.kill('SIGTERM');
    const { code, output } = await second.exited;
    expect([code, output]).toEqual([0, expect.not.stringContaining('stalled')]);
  });

  it('keeps the views of an API that has none', async () => {
    const api = await start({ PROJECTOR: 'off' });
    const projector = spawnProgram('apps/projector/src/main.js', { LETOPIS_DATA: folder });
    const { body } = await call(`${api.url}/customers`, { key, body: { kind: 'person' } });
    const listed = () => call(`${api.url}/customers`, { key, headers: { 'min-position': body.position } });
    let answer = await listed();
    for (; answer.status === 503; answer = await listed()) expect(answer.body.type).toBe('/problems/view-not-built');
    expect(answer.body.customers).toMatchObject([{ customerId: body.ids.customerId }]);
    projector.child.kill('SIGTERM');
    expect((await projector.exited).code).toBe(0);
  });
});
