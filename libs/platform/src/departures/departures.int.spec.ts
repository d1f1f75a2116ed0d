import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type EventLog, EventLogUnavailable, openEventLog } from '#event-log';
import { relationshipStream } from '#relationship';
import { CustomerAccesses } from '../access/customer-access.js';
import type { CommandRequest } from '../commands/command-request.js';
import { type CommandService, createCommandService } from '../commands/command-service.js';
import { plainIds } from '../commands/derived-ids.js';
import { createFingerprints } from '../commands/fingerprints.js';
import { createIds } from '../commands/new-id.js';
import { eventCatalogue } from '../events/current-events.js';
import { openReferences, type References } from '../reference-data/references.js';
import { isoNow } from '../time/iso-now.js';
import { type Departures, withDepartures } from './departures.js';
import { createResponsibilities } from './responsibilities.js';

const CUSTOMERS = 250;
const actor = { kind: 'supervisor', id: 'sue' } as const;
let log: EventLog;
let references: References;
let decide: CommandService;

/** As another process would: with nothing remembered of the one before. */
const opened = (service: CommandService, patienceMs?: number): Departures => {
  const accesses = new CustomerAccesses(log, { documents: () => Promise.reject(new Error('there are no views')) });
  const responsibilities = createResponsibilities({ logs: [log], accesses, clock: isoNow });
  return withDepartures(service, {
    ...{ log, responsibilities, newId: createIds(), derivedIds: async () => plainIds, clock: isoNow },
    ...(patienceMs !== undefined && { patienceMs }),
  });
};
const send = (request: Omit<CommandRequest, 'actor' | 'keyScope'>, service: CommandService = decide) =>
  service.execute({ ...request, actor, keyScope: 'spec' });
const depart = (to: string, idempotencyKey = 'ann-leaves'): Omit<CommandRequest, 'actor' | 'keyScope'> => ({
  name: 'depart-curator',
  targetId: 'ann',
  body: { to },
  idempotencyKey,
});
/** Fails instead of what the number says, from 1, of all commands that are sent, and of those after it while it is away. */
const failing = (error: Error, from: number, until: number): CommandService => {
  let sent = 0;
  return {
    execute: (request) => (++sent >= from && sent < until ? Promise.reject(error) : decide.execute(request)),
  };
};
const assignedTo = async (curatorId: string): Promise<readonly string[]> => {
  const streams: string[] = [];
  for await (const batch of log.readAll({ types: ['curator-assigned'] }))
    for (const { stream, data } of batch) if ((data as { readonly curatorId: string }).curatorId === curatorId) streams.push(stream);
  return streams;
};
const typesOf = async (): Promise<readonly string[]> => {
  const types: string[] = [];
  for await (const batch of log.readStream('curator-ann')) types.push(...batch.map(({ type }) => type));
  return types;
};

beforeEach(async () => {
  log = await openEventLog('memory:', { registry: eventCatalogue });
  references = await openReferences(log, (error) => {
    throw error;
  });
  const fingerprints = createFingerprints(async () => ({ id: '1f0c2a9b', bytes: Buffer.alloc(32, 7) }));
  decide = createCommandService({ log, references, fingerprints, derivedIds: async () => plainIds, clock: isoNow, newId: createIds() });
  for (const curatorId of ['ann', 'bea', 'cleo']) await send({ name: 'register-curator', body: { curatorId } });
  for (let n = 0; n < CUSTOMERS; n++) {
    await send({ name: 'register-customer', body: { customerId: `c${n}`, kind: 'person' } });
    await send({ name: 'assign-curator', targetId: `c${n}`, body: { curatorId: 'ann' } });
  }
});
afterEach(async () => {
  await references.close();
  await log.close();
});

describe('a departure', () => {
  it('that ended with its process goes on where it stopped, whichever command it stopped at, by the same key or by itself', async () => {
    const gone = new Error('the process is gone');
    await expect(send(depart('bea'), opened(failing(gone, 120, Number.POSITIVE_INFINITY)))).rejects.toBe(gone);
    const moved = (await assignedTo('bea')).length;
    expect(moved).toBeGreaterThan(0);
    expect(moved).toBeLessThan(CUSTOMERS);
    await expect(send(depart('bea'), opened(failing(gone, CUSTOMERS - moved + 2, Number.POSITIVE_INFINITY)))).rejects.toBe(gone);
    expect(await assignedTo('bea')).toHaveLength(CUSTOMERS);
    expect(await typesOf()).toEqual(['curator-registered', 'curator-departure-begun']);
    await opened(decide).resume('ann');
    expect(await typesOf()).toEqual(['curator-registered', 'curator-departure-begun', 'curator-departed']);
    const answer = await send(depart('bea'), opened(decide));
    expect(answer).toMatchObject({ revision: 2, replayed: true, events: [expect.any(String), expect.any(String)] });
    expect(new Set(await assignedTo('bea')).size).toBe(CUSTOMERS);
    expect(await assignedTo('bea')).toHaveLength(CUSTOMERS);
  });

  it('hands over what the curator was given from an instant ahead on, from then on', async () => {
    const ahead = new Date(Date.now() + 240_000).toISOString();
    const promise = { promiseId: 'p', text: 'an offer', dueAt: '2099-01-01T00:00:00.000Z', curatorId: 'cleo' };
    await send({ name: 'make-promise', targetId: 'c0', body: promise });
    await send({ name: 'assign-curator', targetId: 'c0', body: { curatorId: 'cleo' } });
    await send({ name: 'assign-curator', targetId: 'c0', body: { curatorId: 'ann' }, occurredAt: ahead });
    await send({ name: 'reassign-promise', targetId: 'c0', body: { promiseId: 'p', curatorId: 'ann' }, occurredAt: ahead });
    await send(depart('bea'), opened(decide));
    const moved: unknown[] = [];
    for await (const batch of log.readStream(relationshipStream('c0')))
      for (const { type, occurredAt, data } of batch) if (/assigned$/.test(type)) moved.push([type, occurredAt, data]);
    expect(moved.slice(-2).sort()).toEqual([
      ['curator-assigned', ahead, expect.objectContaining({ curatorId: 'bea', from: ahead, formerCuratorId: 'ann' })],
      ['promise-reassigned', ahead, expect.objectContaining({ promiseId: 'p', curatorId: 'bea' })],
    ]);
    expect(await typesOf()).toEqual(['curator-registered', 'curator-departure-begun', 'curator-departed']);
  });

  it('waits for an engine that is away, behind an answer that says that it goes on', async () => {
    const departures = opened(failing(new EventLogUnavailable('away'), 50, 200), 0);
    const first = await send(depart('bea'), departures);
    expect(first).toMatchObject({ unfinished: true, replayed: false });
    let answer = first;
    // While it is away it is so for this command too.
    while (answer.unfinished)
      answer = await send(depart('bea'), departures).catch((error) => {
        expect(error).toBeInstanceOf(EventLogUnavailable);
        return first;
      });
    expect(answer).toMatchObject({ revision: 2, replayed: true });
    expect(await assignedTo('bea')).toHaveLength(CUSTOMERS);
  });

  it('goes on to another successor who is named meanwhile, to whom all goes that is left', async () => {
    const departures = opened(decide, 0);
    expect(await send(depart('bea'), departures)).toMatchObject({ unfinished: true });
    for (let answer = await send(depart('cleo', 'another'), departures); answer.unfinished; )
      answer = await send(depart('cleo', 'another'), departures);
    expect((await typesOf()).filter((type) => type !== 'command-remembered')).toEqual([
      'curator-registered',
      'curator-departure-begun',
      'curator-departure-begun',
      'curator-departed',
    ]);
    const [bea, cleo] = [await assignedTo('bea'), await assignedTo('cleo')];
    expect(bea.length + cleo.length).toBe(CUSTOMERS);
    expect(cleo.length).toBeGreaterThan(0);
  });

  it('is not done while the successor cannot take over, and says why', async () => {
    const departures = opened(decide);
    const began = send(depart('bea'), opened(failing(new Error('gone'), 2, Number.POSITIVE_INFINITY)));
    await expect(began).rejects.toThrow('gone');
    await send({ name: 'depart-curator', targetId: 'bea', body: {} });
    await expect(departures.resume('ann')).rejects.toMatchObject({ code: 'curator-departed' });
    await expect(send({ name: 'depart-curator', targetId: 'ann', body: {} }, departures)).rejects.toMatchObject({
      code: 'curator-has-work',
      details: { left: CUSTOMERS, first: { length: 100 } },
    });
    expect(await typesOf()).not.toContain('curator-departed');
  });
});
