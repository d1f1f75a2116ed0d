import { hash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openEventLog, verifyLog } from '#event-log';
import type { CommandRequest } from '#platform';
import { identify } from '#platform/commands/command-identity.js';
import { plainIds } from '#platform/commands/derived-ids.js';
import { newEvent } from '#testing';
import { TestApi, temporaryFolder } from './test-api.js';

/** As a program sent it that took any text for a birth date. */
const request: CommandRequest = {
  ...{ name: 'record-profile', targetId: 'anna', body: { person: { birthDate: '31182', property: 'a flat' } } },
  ...{ idempotencyKey: 'one', keyScope: 'crm', actor: { kind: 'service', id: 'crm' } },
};
const { commandId, canonical } = await identify(
  request,
  () => '',
  async () => plainIds,
);

describe('an event that was written under a former version', () => {
  const { folder, remove } = temporaryFolder();
  let api: TestApi;
  beforeAll(async () => {
    const log = await openEventLog(`sqlite:${folder}/chronicle.sqlite`);
    await log.append('relationship-anna', 'none', [
      newEvent({ type: 'customer-registered', data: { kind: 'person', role: 'customer', displayName: 'Anna' } }),
      newEvent({ type: 'customer-profile-recorded', data: request.body, commandId, commandHash: hash('sha256', canonical!, 'hex') }),
    ]);
    await log.append('relationship-gone', 'none', [
      newEvent({ type: 'customer-registered', data: { kind: 'person', role: 'customer', displayName: 'Gone' } }),
      newEvent({ type: 'customer-profile-recorded', data: request.body, occurredAt: '2026-11-23T00:00:00.000Z' }),
      newEvent({ type: 'customer-erased', data: { reason: 'asked for' }, occurredAt: '2026-11-24T00:00:00.000Z' }),
    ]);
    await log.close();
    api = await TestApi.start({ LETOPIS_DATA: folder });
  });
  afterAll(async () => {
    await api.close();
    remove();
  });
  const person = { birthDateAsGiven: '31182', property: 'a flat' };

  it('is of the current version on the card, on the timeline, in the log and for the customer', async () => {
    const own = await api.keyFor('customer', 'anna');
    const { body: log } = await api.get('/events');
    for (const key of [api.key, own]) {
      const { body: card } = await api.get('/customers/anna', { key, headers: { 'min-position': log.head } });
      expect(card.profile.person).toEqual(person);
      const { body: timeline } = await api.get('/customers/anna/timeline', { key });
      expect(timeline.entries[0].data).toEqual({ person });
      const { body: stream } = await api.get('/customers/anna/events', { key });
      expect(stream.events.at(-1)).toMatchObject({ type: 'customer-profile-recorded', schemaVersion: 2, data: { person } });
    }
    expect(log.events[1]).toMatchObject({ schemaVersion: 2, data: { person }, hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  it('is stored at its version, encrypted, and verifies', async () => {
    const log = await openEventLog(`sqlite:${folder}/chronicle.sqlite`, { readOnly: true });
    const texts: string[] = [];
    for await (const batch of log.readRaw({ stream: 'relationship-anna' })) texts.push(...batch.map(({ text }) => text));
    expect(JSON.parse(texts.at(-1)!)).toMatchObject({ schemaVersion: 1, sealed: [{ subject: 'relationship-anna' }] });
    expect(texts.at(-1)).not.toContain('31182');
    for await (const { faults } of verifyLog(log, await log.head())) expect(faults).toEqual([]);
    await log.close();
  });

  it('answers its command that is sent again as the first time, although its body would be rejected now', async () => {
    const { commands, log } = api.running.services;
    const head = await log.head();
    expect(await commands.execute(request)).toMatchObject({ revision: 1, replayed: true });
    expect(await log.head()).toBe(head);
    const { status, body } = await api.post('/customers/anna/profile', { person: { birthDate: '31182' } });
    expect([status, body.type]).toEqual([422, '/problems/birth-date-impossible']);
    expect(JSON.stringify(body)).not.toContain('31182');
  });

  it('is followed by events of the current version', async () => {
    const { body } = await api.post('/customers/anna/profile', { person: { birthDate: '--05-15' } });
    const { body: card } = await api.get('/customers/anna', { headers: { 'min-position': body.position } });
    expect(card.profile.person).toEqual({ ...person, birthDate: '--05-15' });
  });

  it('shows nothing personal once its customer is erased', async () => {
    expect((await api.get('/customers/gone/timeline')).status).toBe(410);
    const { body } = await api.get('/customers/gone/events', { key: await api.keyFor('auditor') });
    expect(body.events.map(({ type, data }: { readonly type: string; readonly data: object }) => [type, data])).toEqual([
      ['customer-registered', { kind: 'person', role: 'customer' }],
      ['customer-profile-recorded', {}],
      ['customer-erased', { code: 'unstated' }],
    ]);
  });
});
