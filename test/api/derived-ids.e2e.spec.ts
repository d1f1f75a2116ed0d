import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestApi } from './test-api.js';

let api: TestApi;
let service: string;
beforeAll(async () => {
  api = await TestApi.start();
  service = await api.keyFor('service');
});
afterAll(() => api.close());

const derive = (of: unknown, key = service) => api.post('/derived-ids', { of }, { key });
const idsOf = async (...keys: readonly (readonly string[])[]) => (await derive(keys)).body.ids as readonly string[];

describe('ids of foreign keys over HTTP', () => {
  it('are UUIDs in the order of the keys, the same for the same key, whoever asks', async () => {
    const { status, headers, body } = await derive([
      ['shop', 'customer', '1'],
      ['shop', 'customer', '2'],
      ['shop', 'customer', '1'],
    ]);
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    const [first, second, third] = body.ids;
    expect(body).toEqual({
      ids: Array(3).fill(expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)),
    });
    expect(third).toBe(first);
    expect(second).not.toBe(first);
    const admin = await api.keyFor('admin');
    expect((await derive([['shop', 'customer', '1']], admin)).body).toEqual({ ids: [first] });
  });

  it('are others where texts are split elsewhere', async () => {
    expect(new Set(await idsOf(['s', 'a', 'b'], ['s', 'a\u0000b'], ['s', 'ab'], ['s', 'ab', ''])).size).toBe(4);
  });

  it('are for service and admin only, as whoever may ask can find out whose id it is', async () => {
    for (const role of ['curator', 'supervisor', 'auditor', 'customer'] as const)
      expect((await derive([['shop', '1']], await api.keyFor(role))).status).toBe(403);
    expect((await api.post('/derived-ids', { of: [['shop', '1']] }, { key: 'letopis_nonsense' })).status).toBe(401);
  });

  it('are of 1 to 10,000 keys, each of which names its system', async () => {
    expect(await idsOf(...Array.from({ length: 10_000 }, (_, n) => ['shop', String(n)]))).toHaveLength(10_000);
    const errorsOf = async (body: unknown) => {
      const answer = await api.post('/derived-ids', body, { key: service });
      return [answer.status, answer.body.errors?.map(({ pointer }: { pointer: string }) => pointer)];
    };
    expect(await errorsOf({ of: [] })).toEqual([422, ['/of']]);
    expect(await errorsOf({ of: Array(10_001).fill(['shop', '1']) })).toEqual([422, ['/of']]);
    expect(await errorsOf({})).toEqual([422, ['/of']]);
    expect(await errorsOf([])).toEqual([422, ['']]);
    expect(await errorsOf({ of: [['shop', '1']], kind: 'plain' })).toEqual([422, ['/kind']]);
    expect(await errorsOf({ of: [['shop', '1'], 'shop', ['', '1'], [], ['shop', 1], ['shop', '\ud800']] })).toEqual([
      422,
      ['/of/1', '/of/2', '/of/3', '/of/4', '/of/5'],
    ]);
  });

  it('are those that commands get, whichever way they come: a source is one command for all keys of the API', async () => {
    const source = { system: 'shop', id: 'order-1' };
    const [customerId] = await idsOf(['shop', 'customer', '9']);
    const command = { name: 'register-customer', body: { customerId, kind: 'person', displayName: 'Nadia Ward' }, source };
    const [first] = (await api.post('/commands', [command], { key: service })).body.results;
    const [again] = (await api.post('/commands', [command], { key: await api.keyFor('admin') })).body.results;
    expect([first.result.replayed, again.result.replayed]).toEqual([false, true]);
    expect(again.result.events).toEqual(first.result.events);
    const { body } = await api.get('/events?limit=100');
    const commandIds = body.events.filter(({ stream }: { stream: string }) => stream === `relationship-${customerId}`);
    expect(commandIds[0].commandId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8/);
  });

  it('are limited in requests a second of one key', async () => {
    const key = await api.keyFor('service', 'hasty');
    const answers = await Promise.all(Array.from({ length: 40 }, () => derive([['shop', '1']], key)));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(20);
    expect(statuses).toContain(429);
    expect(answers.find(({ status }) => status === 429)?.headers.get('retry-after')).toMatch(/^\d+$/);
    expect((await derive([['shop', '1']])).status).toBe(200);
  });
});
