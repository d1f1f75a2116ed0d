import { setTimeout as sleep } from 'node:timers/promises';
import { startEventStoreDb } from '#testing/engines/eventstoredb/start.js';
import { describeWithEventStoreDb } from '#testing/engines/given-engines.js';
import { killingEach, sendFromAll, startTwo } from './two-apis.js';

describeWithEventStoreDb('two API processes on one EventStoreDB', (url) => {
  it('lose and double nothing of what 64 callers send to the same customers through either or both, while one is killed', async () => {
    const two = await startTwo(url);
    await sendFromAll(two, killingEach(two));
    for (const { code, output } of await two.stop()) expect([code, /"level":(50|60)/.test(output)]).toEqual([0, false]);
  });

  it('know at once who has left in the other one, list as without curator what was given to them, and show them nothing', async () => {
    const two = await startTwo(url);
    await two.ready();
    const { ask } = two;
    await ask(0, '/curators', { body: { curatorId: 'heir' } });
    for (let n = 0; n < 8; n++) {
      const curatorId = `leaver-${n}`;
      const given = Array.from({ length: 6 }, (_, at) => `c-${n}-${at}`);
      await ask(0, '/curators', { body: { curatorId } });
      for (const customerId of given) await ask(1, '/customers', { body: { customerId, kind: 'person' } });
      const key = await two.keyFor('curator', curatorId);
      expect((await ask(1, '/customers', { key })).status).toBe(200);

      const departing = ask(0, `/curators/${curatorId}/depart`, { body: { to: 'heir' } });
      const assigned = await Promise.all(
        given.map(async (customerId, at) => {
          await sleep(4 * at);
          return { customerId, ...(await ask(1, `/customers/${customerId}/curator`, { body: { curatorId } })) };
        }),
      );
      expect((await departing).status).toBeLessThan(300);
      while ((await ask(0, `/curators/${curatorId}/departure`)).body.status !== 'departed') await sleep(10);
      for (const number of [0, 1] as const)
        for (const address of ['/customers', ...given.map((id) => `/customers/${id}`)])
          expect((await ask(number, address, { key })).status).toBe(401);
      const late = await ask(1, `/customers/${given[0]}/curator`, { body: { curatorId } });
      expect([late.status, late.body.type]).toEqual([409, '/problems/curator-departed']);

      const accepted = assigned.filter(({ status }) => status === 200);
      const headers = { 'min-position': (await two.events()).at(-1)!.position };
      for (const number of [0, 1] as const) {
        const { customers } = (await ask(number, '/customers?curatorId=none&limit=200', { headers })).body;
        const unowned = customers.map(({ customerId }: { customerId: string }) => customerId);
        for (const { customerId } of accepted) {
          const { curator } = (await ask(number, `/customers/${customerId}`, { headers })).body;
          const isHandedOver = curator.curatorId === 'heir';
          expect([curator.curatorId, unowned.includes(customerId)]).toEqual(isHandedOver ? ['heir', false] : [curatorId, true]);
        }
      }
    }
    await two.stop();
  });

  it('run the same process without doing anything twice', async () => {
    const two = await startTwo(url, { PROCESSES: 'embedded' });
    const { ask } = two;
    await ask(0, '/policies/overdue', { body: { document: { promiseGraceMinutes: 0, contactGraceMinutes: 0 } } });
    const isOverdue = ({ stream }: { readonly stream: string }) => stream === 'process-overdue';
    while (!(await two.events(['process-begun'])).some(isOverdue)) await sleep(50);
    const customers = Array.from({ length: 20 }, (_, n) => `c-${n}`);
    for (const [n, customerId] of customers.entries()) {
      const number = (n % 2) as 0 | 1;
      await ask(number, '/customers', { body: { customerId, kind: 'person' } });
      // What is due before it is recorded sets off nothing.
      const dueAt = new Date(Date.now() + 15_000).toISOString();
      await ask(number, `/customers/${customerId}/promises`, { body: { promiseId: `p-${n}`, text: 'the sample', dueAt } });
    }
    while ((await two.events(['process-commands-answered'])).length < customers.length) await sleep(100);
    await two.kill(0);
    await two.ready();
    const events = await two.events();
    const count = (wanted: string) => events.filter(({ type }) => type === wanted).length;
    expect(['promise-overdue', 'process-commands-issued', 'process-commands-answered'].map(count)).toEqual([20, 20, 20]);
    // Each process begins once.
    const begun = events.filter(({ type }) => type === 'process-begun').map(({ stream }) => stream);
    expect(begun).toEqual([...new Set(begun)]);
    await two.stop();
  });
});

describe('two API processes on an EventStoreDB that is killed', () => {
  it('lose and double nothing of what 64 callers send to the same customers', async () => {
    const server = await startEventStoreDb();
    const two = await startTwo(server.url);
    await sendFromAll(two, async (answered) => {
      for (const after of [100, 350]) {
        while (answered() < after) await sleep(5);
        await server.kill();
        await sleep(200);
        await server.start();
      }
    });
    for (const { code } of await two.stop()) expect(code).toBe(0);
    await server.dispose();
  });
});
