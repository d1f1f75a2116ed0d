import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ulid } from 'ulid';
import { appendAtHead, asWritten, collect, newEvent, newEvents } from '#testing';
import { serveEventStoreDb, type TestServer } from '#testing/engines/eventstoredb/server.js';
import type { DomainEvent, EventLog, SubscriptionItem } from '../event-log.js';
import { openEventLog } from '../open-event-log.js';

/** A connection of HTTP/2 to EventStoreDB carries 100 calls at a time; more than that wait, unseen, for one of them to end. */
describe('many at once on EventStoreDB', () => {
  let folder: string;
  let server: TestServer;
  let logs: EventLog[];
  const open = async () => {
    const log = await openEventLog(`esdb://127.0.0.1:${server.port}?tls=false#test`, { registry: asWritten });
    logs.push(log);
    return log;
  };
  const idsOf = (events: readonly DomainEvent[]) => events.map(({ id }) => id);

  beforeEach(async () => {
    logs = [];
    folder = mkdtempSync(path.join(tmpdir(), 'letopis-eventstoredb-'));
    server = await serveEventStoreDb({ folder, synced: false });
  });
  afterEach(async () => {
    await Promise.all(logs.map((log) => log.close()));
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  it.each([2_000, 5_000])('%d reads are all answered, and commands go on meanwhile', async (count) => {
    const [reading, commanding] = [await open(), await open()];
    for (let n = 0; n < 20; n++) await reading.append(`s-${n}`, 'none', [newEvent()]);
    let read = 0;
    const reads = Promise.all(
      Array.from({ length: count }, async (_, n) => {
        const events = await collect(reading.readStream(`s-${n % 20}`, { to: 0 }));
        read += 1;
        return events.length;
      }),
    );
    for (let n = 0; n < 3; n++) {
      await appendAtHead(commanding, `s-${n}`, [newEvent({ id: ulid() })]);
      await reading.append(`t-${n}`, 'none', [newEvent({ id: ulid() })]);
    }
    expect(read).toBeLessThan(count);
    expect(new Set(await reads)).toEqual(new Set([1]));
  });

  it('subscribers share one subscription of the server, and lose nothing where it is dropped', async () => {
    const log = await open();
    const before = newEvents(20);
    await log.append('s-1', 'none', before);
    let caughtUp = 0;
    const followed = async (subscription: AsyncIterable<SubscriptionItem>) => {
      const events: DomainEvent[] = [];
      for await (const item of subscription) {
        if (item.kind === 'caughtUp') caughtUp += 1;
        else events.push(...item.events);
        if (events.length >= 80) break;
      }
      return idsOf(events);
    };
    const following = Array.from({ length: 150 }, () => followed(log.subscribe()));
    while (caughtUp < 150) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(server.hazards.subscriptions.size).toBe(1);
    const after = newEvents(60);
    for (const [n, event] of after.entries()) {
      await appendAtHead(log, 's-2', [event]);
      if (n === 20) server.hazards.dropSubscriptions();
      if (n === 40) server.hazards.endSubscriptions();
    }
    const expected = idsOf([...before, ...after] as never);
    for (const ids of await Promise.all(following)) expect(ids).toEqual(expected);
    while (server.hazards.subscriptions.size > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  });

  it('readers and subscribers that take nothing do not stop others', async () => {
    const log = await open();
    for (let n = 0; n < 5; n++) await appendAtHead(log, 's-1', newEvents(500));
    const stalled = Array.from({ length: 150 }, (_, n) => {
      const items: AsyncIterable<unknown> = n % 3 === 0 ? log.readStream('s-1') : n % 3 === 1 ? log.readAll() : log.subscribe();
      return items[Symbol.asyncIterator]();
    });
    for (const each of stalled) expect((await each.next()).done).toBe(false);
    await appendAtHead(log, 's-2', newEvents(2));
    expect(await collect(log.readStream('s-2'))).toHaveLength(2);
    expect(await collect(log.readAll({ streamPrefix: 's-2' }))).toHaveLength(2);
    for await (const item of log.subscribe({ after: await log.head() })) if (item.kind === 'caughtUp') break;
    for (const each of stalled) await each.return?.();
  });
});
