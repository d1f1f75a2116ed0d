import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { serveEventStoreDb, type TestServer } from '#testing/engines/eventstoredb/server.js';
import { TestApi } from './test-api.js';

describe('the API on EventStoreDB', () => {
  let folder: string;
  let server: TestServer;
  let api: TestApi;
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'letopis-eventstoredb-'));
    server = await serveEventStoreDb({ folder });
    api = await TestApi.start({ EVENT_LOG_URL: `esdb://127.0.0.1:${server.port}?tls=false`, EVENT_LOG_NAMESPACE: 'spec' });
  });
  afterAll(async () => {
    await api.close();
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  it('records, repeats and shows as on SQLite, and never names the namespace', async () => {
    const headers = { 'idempotency-key': 'register-1' };
    const body = { kind: 'person', displayName: 'Nadia Ward' };
    const first = await api.post('/customers', body, { headers });
    expect(first).toMatchObject({
      status: 201,
      body: { revision: 0, replayed: false, position: expect.stringMatching(/^[a-z][a-z0-9]{3}\d{40}$/) },
    });
    const again = await api.post('/customers', body, { headers });
    expect(again).toMatchObject({ status: 200, body: { ...first.body, replayed: true } });
    const { customerId } = first.body.ids;
    await api.post(`/customers/${customerId}/contacts`, { channel: 'phone', direction: 'inbound', purpose: 'information' });
    const { body: contact } = await api.post(`/customers/${customerId}/contacts`, {
      channel: 'email',
      direction: 'inbound',
      purpose: 'information',
    });
    const card = await api.get(`/customers/${customerId}`, { headers: { 'min-position': contact.position } });
    expect(card.status).toBe(200);
    const { body: events } = await api.get('/events');
    expect(events.head).toBe(contact.position);
    expect(events.events.map(({ stream, revision }: { stream: string; revision: number }) => [stream, revision])).toEqual([
      ['installation', 0],
      [`relationship-${customerId}`, 0],
      [`relationship-${customerId}`, 1],
      [`relationship-${customerId}`, 2],
    ]);
    expect(JSON.stringify([card.body, events])).not.toContain('spec.');
  });

  it.each(['00000000000000000007', `zzzz${'0'.repeat(39)}7`])(
    'rejects position %s, of another log, wherever it is given',
    async (position) => {
      const unknown = { status: 400, body: { type: '/problems/position-unknown', detail: expect.stringContaining('another event log') } };
      for (const headers of [{ 'min-position': position }]) expect(await api.get('/views/funnel', { headers })).toMatchObject(unknown);
      for (const address of [
        `/events?after=${position}`,
        `/events/stream?after=${position}`,
        `/feeds/relationship-events/reconcile?range=${position}..`,
      ])
        expect(await api.get(address)).toMatchObject(unknown);
      expect(await api.get('/events/stream', { headers: { 'last-event-id': position } })).toMatchObject(unknown);
      const customer = await api.register();
      expect(await api.get(`/feeds/relationship-events/reconcile?customer=${customer}&through=${position}`)).toMatchObject(unknown);
    },
  );

  it('names its clock as a problem where it is more than 30 s off that of the server, and stays ready', async () => {
    const health = async () => (await api.get('/health/ready')) as { status: number; body: { problems?: { aheadSeconds: number }[] } };
    const problems = async () => (await health()).body.problems ?? [];
    for (const [serverMs, sign] of [
      [-45_000, 1],
      [45_000, -1],
    ] as const) {
      server.hazards.setClock(serverMs);
      while ((await problems()).length === 0);
      const { status, body } = await health();
      expect(status).toBe(200);
      expect(body.problems).toEqual([{ type: '/problems/clock-off', aheadSeconds: expect.any(Number) }]);
      expect(Math.abs(sign * body.problems![0]!.aheadSeconds - 45)).toBeLessThanOrEqual(5);
      server.hazards.setClock(sign * 20_000);
      while ((await problems()).length > 0);
    }
    server.hazards.setClock(0);
  });

  it('is not ready while the server is away, and is again when it is back', async () => {
    const ready = async () => (await api.get('/health/ready')).status;
    expect(await ready()).toBe(200);
    const { port } = server;
    await server.stop();
    expect((await api.post('/customers', { kind: 'person', displayName: 'B' })).status).toBe(503);
    while ((await ready()) !== 503);
    server = await serveEventStoreDb({ folder, port });
    while ((await ready()) !== 200) await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await api.post('/customers', { kind: 'person', displayName: 'B' })).status).toBe(201);
  });
});
