import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openEventLog } from '#event-log';
import { openKeyStore } from '#platform';
import { type ChildApi, spawnApi } from './child-api.js';
import { type Answer, call, nextOf, ready, temporaryFolder } from './test-api.js';

const CUSTOMERS = 2_500;
let folder: string;
let remove: () => void;
let key: string;
let api: ChildApi;

beforeEach(async () => {
  ({ folder, remove } = temporaryFolder());
  const keys = openKeyStore(`sqlite:${path.join(folder, 'keys.sqlite')}`);
  key = (await keys.create({ role: 'admin', actorId: 'root-1', name: 'test', now: new Date().toISOString() })).token;
  await keys.close();
  api = await spawnApi({ LETOPIS_DATA: folder });
});
afterEach(async () => {
  api.process.kill('SIGKILL');
  await api.exited;
  remove();
});

const ask = (address: string, body?: unknown, headers = {}): Promise<Answer> =>
  call(api.url + address, { key, headers, ...(body !== undefined && { body }) });

const assignments = async (): Promise<readonly { readonly stream: string; readonly data: { readonly curatorId: string } }[]> => {
  const found = [];
  for (let next: string | undefined = '/events?types=curator-assigned&limit=1000'; next !== undefined; ) {
    const page: Answer = await ask(next);
    found.push(...page.body.events);
    next = nextOf(page, next);
  }
  return found;
};

describe('a departure whose process is killed', () => {
  it('is answered before it is done where it takes long, and the same key continues with it: every customer moves once', async () => {
    for (const curatorId of ['ann', 'bea']) await ask('/curators', { curatorId });
    const ids = Array.from({ length: CUSTOMERS }, (_, i) => `c-${i}`);
    for (let at = 0; at < CUSTOMERS; at += 500) {
      const items = ids.slice(at, at + 500).flatMap((customerId) => [
        { name: 'register-customer', body: { customerId, kind: 'person' } },
        { name: 'assign-curator', customerId, body: { curatorId: 'ann' } },
      ]);
      expect((await ask('/commands', items)).status).toBe(200);
    }
    const { head } = (await ask('/events?limit=1')).body;
    const depart = () => ask('/curators/ann/depart', { to: 'bea' }, { 'idempotency-key': 'ann-leaves' });
    const cut = depart().catch(() => undefined);
    const progress = async () => (await ask('/curators/ann/departure')).body;
    for (let moved = 0; moved === 0; ) moved = (await ask(`/events?types=curator-assigned&after=${head}&limit=1`)).body.events.length;
    api.process.kill('SIGKILL');
    await api.exited;
    await cut;
    const reading = await openEventLog(`sqlite:${path.join(folder, 'chronicle.sqlite')}`, { readOnly: true });
    const types: string[] = [];
    for await (const batch of reading.readAll({ types: ['curator-departure-begun', 'curator-assigned', 'curator-departed'] }))
      types.push(...batch.map(({ type }) => type));
    await reading.close();
    expect(types).toContain('curator-departure-begun');
    expect(types).not.toContain('curator-departed');
    expect(types.length - 1).toBeGreaterThan(CUSTOMERS);
    expect(types.length - 1).toBeLessThan(2 * CUSTOMERS);

    api = await spawnApi({ LETOPIS_DATA: folder });
    const answers: Answer[] = [await depart()];
    while (answers.at(-1)?.status === 202) {
      expect(answers.at(-1)?.headers.get('location')).toBe('../../curators/ann/departure');
      answers.push(await depart());
    }
    const done = answers.at(-1) as Answer;
    expect([done.status, done.body.replayed, done.body.events.length]).toEqual([200, true, 2]);
    expect((await depart()).body).toEqual(done.body);
    expect(await progress()).toEqual({ curatorId: 'ann', status: 'departed', to: 'bea', left: 0, first: [] });
    const all = await assignments();
    const moved = all.filter(({ data }) => data.curatorId === 'bea').map(({ stream }) => stream);
    expect([all.length, moved.length, new Set(moved).size]).toEqual([2 * CUSTOMERS, CUSTOMERS, CUSTOMERS]);
  });

  it('continues by itself when the next one starts', async () => {
    for (const curatorId of ['ann', 'bea']) await ask('/curators', { curatorId });
    const items = Array.from({ length: 500 }, (_, i) => ({ name: 'register-customer', body: { customerId: `c-${i}`, kind: 'person' } }));
    await ask('/commands', items);
    await ask(
      '/commands',
      items.map(({ body: { customerId } }) => ({ name: 'assign-curator', customerId, body: { curatorId: 'ann' } })),
    );
    await ready(api.url);
    void ask('/curators/ann/depart', { to: 'bea' }).catch(() => undefined);
    for (let begun = false; !begun; ) begun = (await ask('/curators/ann')).body.to !== undefined;
    api.process.kill('SIGKILL');
    await api.exited;
    api = await spawnApi({ LETOPIS_DATA: folder });
    for (let status = ''; status !== 'departed'; ) ({ status } = (await ask('/curators/ann/departure')).body);
    const all = await assignments();
    expect(all.filter(({ data }) => data.curatorId === 'bea')).toHaveLength(500);

    // Given by whoever did not know that the curator had left: the next start hands it over too.
    await ask('/customers', { customerId: 'late', kind: 'person' });
    const late = await ask('/customers/late/curator', { curatorId: 'ann', occurredAt: '2026-01-01T00:00:00.000Z' });
    expect(late.status).toBe(200);
    await ready(api.url);
    api.process.kill('SIGKILL');
    await api.exited;
    api = await spawnApi({ LETOPIS_DATA: folder });
    for (let holder = 'ann'; holder === 'ann'; ) holder = (await ask('/customers/late/events')).body.events.at(-1).data.curatorId;
    expect((await assignments()).at(-1)).toMatchObject({ stream: 'relationship-late', data: { curatorId: 'bea', formerCuratorId: 'ann' } });
  });
});
