import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import type { ViewState } from '../../apps/api/src/projecting/operator.js';
import { type DescribedAnswers, describedAnswers } from './described-answers.js';
import { inbound, ready, TestApi, temporaryFolder } from './test-api.js';

let api: TestApi;
let described: DescribedAnswers;
let key: string;
let customerId: string;
beforeAll(async () => {
  api = await TestApi.start();
  described = describedAnswers((await api.get('/openapi.json')).body);
  key = await api.keyFor('admin');
  customerId = await api.register();
  const { body } = await api.post(`/customers/${customerId}/contacts`, inbound);
  await api.get(`/customers/${customerId}/timeline`, { headers: { 'min-position': body.position } });
});
afterAll(() => api.close());

const act = async (path: string, template: string, using = key) => {
  const answer = await api.post(path, undefined, { method: 'POST', key: using });
  expect(described.faults('POST', template, answer.status, answer.body)).toEqual([]);
  return answer;
};
const rebuild = (view: string, using?: string) => act(`/projections/${view}/rebuild`, '/projections/{view}/rebuild', using);
const rollback = (view: string) => act(`/projections/${view}/rollback`, '/projections/{view}/rollback');
const stateOf = async (view: string): Promise<ViewState> => {
  const answer = await api.get('/projections', { key });
  expect(described.faults('GET', '/projections', answer.status, answer.body)).toEqual([]);
  return answer.body.projections.find((state: ViewState) => state.view === view);
};
const whenDone = async (view: string): Promise<ViewState> => {
  for (;;) {
    const state = await stateOf(view);
    if (!state.rebuilding) return state;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

describe('the projections of a running server', () => {
  it('are rebuilt beside those that answer, and rolled back', async () => {
    const before = await stateOf('timeline');
    expect(before).toMatchObject({ state: 'live', rebuilding: false, build: expect.stringMatching(/^timeline@\d+\.1$/) });
    expect(await rollback('timeline')).toMatchObject({ status: 409, body: { type: '/problems/no-rollback' } });
    const begun = await rebuild('timeline');
    expect(begun).toMatchObject({ status: 202, body: { view: 'timeline' } });
    const after = await whenDone('timeline');
    expect(after).toMatchObject({ previous: before.build, build: before.build!.replace(/1$/, '2') });
    expect((await api.get(`/customers/${customerId}/timeline`)).body.entries).toHaveLength(2);
    expect(await rollback('timeline')).toMatchObject({ status: 200, body: { build: before.build, previous: after.build } });
    expect((await api.get(`/customers/${customerId}/timeline`)).body.entries).toHaveLength(2);
  });

  it('refold one customer', async () => {
    const of = (id: string) => act(`/projections/customers/${id}/rebuild`, '/projections/customers/{customerId}/rebuild');
    expect(await of(customerId)).toMatchObject({ status: 200 });
    expect(await of('nobody')).toMatchObject({ status: 404 });
  });

  it('are for an admin to change, and have names', async () => {
    expect(await rebuild('card', api.key)).toMatchObject({ status: 403 });
    expect(await rebuild('weather')).toMatchObject({ status: 404, body: { detail: expect.stringContaining('The views are card') } });
  });
});

describe('a projector at a stand', () => {
  it('is not ready, says by what, and goes on when an operator has rebuilt the view', async () => {
    const { folder, remove } = temporaryFolder();
    const own = await TestApi.start({ LETOPIS_DATA: folder });
    const admin = await own.keyFor('admin');
    await own.register();
    await own.get('/customers', { headers: { 'min-position': (await own.get('/events')).body.head } });
    const { build } = (await own.get('/projections', { key: admin })).body.projections.find(({ view }: ViewState) => view === 'card');
    const views = new Database(path.join(folder, 'views.sqlite'));
    views.exec(`DROP TABLE ${build.replaceAll(/@|\./g, '_').replace(/_(\d+)$/, '_g$1')}_documents`);
    views.close();
    const second = await own.register();
    let health = await own.get('/health/ready');
    for (; health.status === 200; health = await own.get('/health/ready')) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(health).toMatchObject({ status: 503, body: { status: 'not-ready', projector: 'running', stalledBy: 'UnknownCollection' } });
    expect(described.faults('GET', '/health/ready', health.status, health.body)).toEqual([]);
    expect((await own.post('/projections/card/rebuild', undefined, { method: 'POST', key: admin })).status).toBe(202);
    await ready(own.running.url);
    // Readers see the switch within 250 ms.
    while ((await own.get(`/customers/${second}`)).status !== 200) await new Promise((resolve) => setTimeout(resolve, 20));
    await own.close();
    remove();
  });
});

describe('an API whose projector runs elsewhere', () => {
  it('says where to go', async () => {
    const apart = await TestApi.start({ PROJECTOR: 'off' }, undefined, async () => undefined);
    const answer = await apart.get('/projections');
    expect(answer).toMatchObject({ status: 409, body: { type: '/problems/projector-elsewhere' } });
    await apart.close();
  });
});
