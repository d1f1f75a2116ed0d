import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { inbound, TestApi } from './test-api.js';

let api: TestApi;

beforeEach(async () => {
  api = await TestApi.start({ PROCESSES: 'embedded' });
  const document = { promiseGraceMinutes: 0, contactGraceMinutes: 0 };
  await api.post('/policies/overdue', { document });
  while ((await events('process-begun')).length === 0);
});
afterEach(() => api.close());

const events = async (types: string): Promise<readonly { readonly [member: string]: unknown; readonly id: string }[]> =>
  (await api.get(`/events?types=${types}`)).body.events;
const soon = () => new Date(Date.now() + 1_000).toISOString();

describe('a promise and a contact that pass their time', () => {
  it('get an event without anybody asking, which the record and the feed show to those inside, and views count them as before', async () => {
    const customerId = await api.register('ann');
    const [dueAt, plannedFor] = [soon(), soon()];
    const promised = (await api.post(`/customers/${customerId}/promises`, { promiseId: 'p', text: 'the sample', dueAt })).body;
    await api.post(`/customers/${customerId}/contacts/plan`, { ...inbound, contactId: 'k', plannedFor });
    while ((await events('process-commands-answered')).length < 2);

    const [promise] = await events('promise-overdue');
    const [contact] = await events('contact-overdue');
    const issued = (await events('process-commands-issued')).find(({ data }) => JSON.stringify(data).includes('promise|p'));
    expect(promise).toMatchObject({
      stream: `relationship-${customerId}`,
      occurredAt: dueAt,
      actor: { kind: 'system', id: 'process-overdue' },
      data: { promiseId: 'p', dueAt, curatorId: 'ann', overdueVersion: 2 },
    });
    expect(contact).toMatchObject({ occurredAt: plannedFor, data: { contactId: 'k', plannedFor, curatorId: 'ann' } });
    expect([issued?.causationId, promise?.causationId]).toEqual([promised.events[0], issued?.id]);

    // The two are marked side by side, in either order.
    const last = [promise, contact]
      .map((event) => String(event?.position))
      .toSorted()
      .at(-1)!;
    const minPosition = { headers: { 'min-position': last } };
    /** However long the views take: 503 until they have it. */
    const seen = async (address: string, key: string) => {
      for (;;) {
        const { status, body } = await api.get(address, { key, ...minPosition });
        if (status !== 503) return body;
      }
    };
    const types = async (key: string) =>
      (await seen(`/customers/${customerId}/timeline`, key)).entries.map(({ type }: { type: string }) => type);
    expect(await types(api.key)).toEqual(expect.arrayContaining(['promise-overdue', 'contact-overdue']));
    const own = await types(await api.keyFor('customer', customerId));
    expect(own).toEqual(expect.arrayContaining(['promise-made', 'contact-planned']));
    expect(own.filter((type: string) => type.endsWith('-overdue'))).toEqual([]);
    expect(JSON.stringify(await seen('/views/desk?curatorId=ann', api.key))).toContain('"p"');

    const processes = async () => (await api.get('/health/ready')).body.processes;
    // Its last events come back to it by the log.
    while ((await processes()).some(({ lagEvents }: { readonly lagEvents: number }) => lagEvents !== 0));
    const atRest = { state: 'running', open: 0, stuck: 0, lagSeconds: 0, lagEvents: 0 };
    expect(await processes()).toEqual([
      { name: 'overdue', ...atRest },
      { name: 'erasure', ...atRest },
      { name: 'retention', ...atRest },
    ]);
    const { body: metrics } = await api.get('/metrics');
    expect(metrics).toContain('letopis_process_up{process="overdue"} 1');
    expect(metrics).toContain('letopis_process_lag_seconds{process="overdue"} 0');
    expect(metrics).toContain('letopis_commands_total{command="mark-promise-overdue",outcome="done"} 1');
  });
});

describe('an erasure that nobody confirms within a month', () => {
  it('gets an event, is counted on the desk of supervisors and in metrics, and no longer once it is rejected', async () => {
    const customerId = await api.register('ann');
    const occurredAt = new Date(Date.now() - 40 * 86_400_000).toISOString();
    const none = async () => (await api.get('/metrics')).body.includes('\nletopis_erasures_overdue 0\n');
    while (!(await none()));
    await api.post(`/customers/${customerId}/erasure`, { occurredAt });
    while ((await events('erasure-overdue')).length === 0);
    const [overdue] = await events('erasure-overdue');
    expect(overdue).toMatchObject({ stream: `relationship-${customerId}`, actor: { kind: 'system', id: 'process-erasure' } });

    const lines = async (position: unknown) => {
      const { body } = await api.get('/views/desk/supervisor', { headers: { 'min-position': String(position) } });
      return body.curators.map((line: { readonly curatorId: string; readonly overdueErasures: { readonly amount: number } }) => [
        line.curatorId,
        line.overdueErasures.amount,
      ]);
    };
    expect(await lines(overdue?.position)).toEqual([['ann', 1]]);
    expect((await api.get('/metrics')).body).toContain('\nletopis_erasures_overdue 1\n');

    const { body } = await api.post(`/customers/${customerId}/erasure/reject`, { exception: 'legal-claims' });
    expect(await lines(body.position)).toEqual([['ann', 0]]);
    expect((await api.get('/metrics')).body).toContain('\nletopis_erasures_overdue 0\n');
  });
});

describe('what processes alone may ask for', () => {
  it('has no route, no item of the bulk endpoint and no page', async () => {
    const customerId = await api.register();
    const admin = await api.keyFor('admin');
    const names = ['mark-promise-overdue', 'mark-contact-overdue', 'begin-process', 'issue-process-commands', 'answer-process-commands'];
    const { body } = await api.post(
      '/commands',
      names.map((name) => ({ name, customerId, body: { promiseId: 'p' } })),
      { key: admin },
    );
    expect(body.results.map(({ problem }: { problem: { type: string } }) => problem.type)).toEqual(
      names.map(() => '/problems/unknown-command'),
    );
    const openApi = JSON.stringify((await api.get('/openapi.json')).body);
    const asyncApi = JSON.stringify((await api.get('/asyncapi.json')).body);
    for (const name of names) expect([name, openApi.includes(name), asyncApi.includes(name)]).toEqual([name, false, false]);
    expect(asyncApi).toContain('promise-overdue');
    expect(asyncApi).not.toContain('process-begun');
  });
});
