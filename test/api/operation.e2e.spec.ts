import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '#platform';
import { inbound, TestApi } from './test-api.js';

const lines: string[] = [];
let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start({}, createLogger('info', { write: (line) => void lines.push(line) }));
});
afterAll(() => api.close());

const open = { key: undefined as never };

describe('health', () => {
  it('is open, and tells the lag of every view', async () => {
    expect((await api.get('/health/live', open)).body).toEqual({ status: 'up' });
    let health = await api.get('/health/ready', open);
    // Ready while the projector starts: its views may answer before it says that it runs.
    for (; health.status !== 200 || health.body.projector !== 'running'; health = await api.get('/health/ready', open))
      await new Promise((resolve) => setTimeout(resolve, 20));
    const { body } = health;
    expect(body).toMatchObject({ status: 'ready', deciding: 'running', projector: 'running' });
    expect(body.views.map(({ view }: { view: string }) => view)).toEqual(expect.arrayContaining(['card', 'timeline', 'funnel', 'churn']));
    for (const view of body.views) expect(view).toMatchObject({ lagSeconds: 0, lagEvents: 0 });
  });
});

describe('metrics', () => {
  it('count commands by outcome and time routes by template, and name no one', async () => {
    const customerId = await api.register();
    await api.post(`/customers/${customerId}/contacts`, { ...inbound, summary: 'secret' });
    await api.post(`/customers/${customerId}/contacts`, { ...inbound, channel: 'telepathy' });
    await api.post('/commands', [{ name: 'Nadia Ward', body: {} }]);
    const { body } = await api.get('/metrics');
    for (const line of [
      /letopis_commands_total\{command="record-contact",outcome="done"\} 1/,
      /letopis_commands_total\{command="record-contact",outcome="channel-unknown"\} 1/,
      /letopis_http_request_duration_seconds_count\{route="\/customers\/:customerId\/contacts",method="POST",status="201"\} 1/,
      /letopis_projection_lag_seconds\{view="card"\} [\d.]+/,
      /letopis_projection_lag_events\{view="card"\} \d+/,
      /letopis_append_duration_seconds_count [1-9]/,
      /nodejs_eventloop_lag_p99_seconds/,
    ])
      expect([line, line.test(body)]).toEqual([line, true]);
    expect([customerId, 'Nadia'].filter((text) => body.includes(text))).toEqual([]);
  });
});

describe('the log of the server', () => {
  it('has a line for each request, by template, and nothing personal', async () => {
    await api.get('/customers?name=Ветрова&identifier=olga@example.org');
    const { headers } = await api.post('/customers', { kind: 'person', displayName: 'Ольга Ветрова', language: 5 });
    const id = headers.get('x-request-id');
    const ofRequest = () => lines.map((line) => JSON.parse(line)).find(({ requestId }) => requestId === id);
    let mine = ofRequest();
    for (; !mine; mine = ofRequest()) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(mine).toMatchObject({ method: 'POST', route: '/customers', status: 422, key: expect.stringMatching(/^[0-9a-f]{16}$/) });
    const all = lines.join('');
    expect(all).not.toMatch(/Ветрова|olga|secret|letopis_[0-9a-f]{16}_/);
  });
});

describe('limits', () => {
  it('answer 429 with Retry-After to the key that asks too often, and to no other', async () => {
    const limited = await TestApi.start({ RATE_LIMIT: '5' });
    const start = performance.now();
    const answers = await Promise.all(Array.from({ length: 60 }, () => limited.get('/curators')));
    const seconds = (performance.now() - start) / 1000;
    const done = answers.filter(({ status }) => status === 200).length;
    expect(done).toBeGreaterThanOrEqual(5);
    // The burst of a second, and five more for every second that the answers took.
    expect(done).toBeLessThanOrEqual(5 + Math.ceil(5 * seconds));
    const { headers, body } = answers.find(({ status }) => status === 429)!;
    expect([body.type, Number(headers.get('retry-after'))]).toEqual(['/problems/rate-limited', 1]);
    expect((await limited.get('/curators', { key: await limited.keyFor('auditor') })).status).toBe(200);
    while ((await limited.get('/curators')).status !== 200) await new Promise((resolve) => setTimeout(resolve, 100));
    await limited.close();
  });
});

describe('an engine in trouble', () => {
  it('is answered with 503 and Retry-After, and nothing of the inside', async () => {
    const written: string[] = [];
    const own = await TestApi.start({}, createLogger('error', { write: (line) => void written.push(line) }));
    await own.running.services.deciding.stop();
    const { status, headers, body } = await own.post('/customers', { kind: 'person', displayName: 'x' });
    expect([status, body.type, headers.get('retry-after')]).toEqual([503, '/problems/engine-unavailable', '2']);
    expect(JSON.stringify(body)).not.toMatch(/sqlite|closed|thread/i);
    expect((await own.get('/health/ready', open)).status).toBe(503);
    const bulk = await own.post('/commands', [{ name: 'register-customer', body: { kind: 'person' } }]);
    const { problem } = bulk.body.results[0];
    expect([problem.type, problem.requestId]).toEqual(['/problems/engine-unavailable', bulk.headers.get('x-request-id')]);
    const told = written.map((line) => JSON.parse(line)).filter(({ requestId, err }) => requestId === problem.requestId && err);
    expect(told).toEqual([expect.objectContaining({ msg: 'an item of a bulk request failed' })]);
    await own.close();
  });
});
