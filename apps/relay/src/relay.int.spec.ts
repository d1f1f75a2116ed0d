import { expect, it } from '@jest/globals';
import { createEventRegistry, openEventLog, type Position } from '#event-log';
import { eventDefinitions } from '#relationship';
import type { CloudEvent } from './cloud-event.js';
import { type RelayCheckpoint, runRelay } from './relay.js';

const registry = createEventRegistry(eventDefinitions);
const event = (id: string, displayName: string) => ({
  id,
  type: 'customer-registered',
  schemaVersion: 1,
  occurredAt: '2026-11-22T21:14:47.000Z',
  recordedAt: '2026-11-22T21:14:47.000Z',
  actor: { kind: 'system', id: 'test' } as const,
  correlationId: id,
  commandId: id,
  data: { kind: 'person', role: 'customer', displayName },
});

it('publishes in order without personal fields, and after a failed publication goes on where it was acknowledged', async () => {
  const log = await openEventLog('memory:', { registry });
  for (const id of ['e-1', 'e-2', 'e-3']) await log.append(`relationship-${id}`, 'none', [event(id, 'Nadia Ward')]);
  let stored: Position | undefined;
  const checkpoint: RelayCheckpoint = {
    read: async () => stored,
    write: async (position) => {
      stored = position;
    },
  };
  const published: CloudEvent[] = [];
  const run = (publish: (events: readonly CloudEvent[]) => Promise<void>) => {
    const stopping = new AbortController();
    const publisher = {
      publish: (events: readonly CloudEvent[]) => publish(events).then(() => stopping.abort()),
      close: async () => undefined,
    };
    return runRelay({ log, registry, publisher, checkpoint, signal: stopping.signal });
  };
  await expect(run(() => Promise.reject(new Error('the broker is away')))).rejects.toThrow('away');
  expect(stored).toBeUndefined();
  await run(async (events) => void published.push(...events));
  await log.append('relationship-e-4', 'none', [event('e-4', 'Lee Chen')]);
  await run(async (events) => void published.push(...events));
  expect(published.map(({ id }) => id)).toEqual(['e-1', 'e-2', 'e-3', 'e-4']);
  expect(published[0]).toMatchObject({
    specversion: '1.0',
    type: 'customer-registered',
    subject: 'relationship-e-1',
    data: { kind: 'person' },
  });
  expect(JSON.stringify(published)).not.toMatch(/Nadia|Lee/);
});
