import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createLogger } from '#platform';
import { createMessageAcceptor } from '../../apps/api/src/streaming/accept-message.js';
import { inbound, TestApi } from './test-api.js';

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(() => api.close());

it('no event of a command has the name of its actor, over HTTP, in bulk, of an import or over Kafka', async () => {
  const admin = await api.keyFor('admin');
  const { body: made } = await api.post('/keys', { role: 'service', actorId: 'mailbox', name: 'Anna Ivanova' }, { key: admin });
  const key = made.token;
  const { body: registered } = await api.post('/customers', { kind: 'person', displayName: 'Olga' }, { key });
  const { customerId } = registered.ids;
  const contacts = `/customers/${customerId}/contacts`;
  expect((await api.post(contacts, inbound, { key, headers: { 'letopis-actor': 'import:crm' } })).status).toBe(201);
  const { body: bulk } = await api.post('/commands', [{ name: 'record-contact', customerId, body: inbound }], { key });
  expect(bulk.results[0].status).toBe(201);

  const accept = createMessageAcceptor({
    execute: (request) => api.running.services.commands.execute({ ...request, actor: { ...request.actor, name: 'Anna Ivanova' } }),
    logger: createLogger('silent'),
    bodyLimit: 10_000,
  });
  const headers = { ce_specversion: '1.0', ce_id: '7', ce_source: '/mail', ce_type: 'record-contact', ce_actorname: 'Anna Ivanova' };
  const value = Buffer.from(JSON.stringify({ customerId, ...inbound }));
  expect(await accept({ key: null, offset: '0', headers, value })).toEqual({ kind: 'accepted' });

  const { body } = await api.get(`/customers/${customerId}/events`);
  const actors = body.events
    .filter(({ type }: { type: string }) => type !== 'command-remembered')
    .map(({ actor }: { actor: object }) => actor);
  const mailbox = { kind: 'service', id: 'mailbox' };
  expect(actors).toEqual([mailbox, { kind: 'import', id: 'crm' }, mailbox, { kind: 'service', id: 'integration:/mail' }]);
  expect(JSON.stringify((await api.get('/events?limit=1000')).body)).not.toContain('Anna Ivanova');
});
