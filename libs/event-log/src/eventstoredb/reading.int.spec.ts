import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import client from '@eventstore/db-client';
import { jest } from '@jest/globals';
import { appendAtHead, asWritten, collect, newEvent, newEvents } from '#testing';
import { serveEventStoreDb, type TestServer } from '#testing/engines/eventstoredb/server.js';
import { type DomainEvent, type EventLog, ORIGIN, type Position, PositionUnknown, type SubscriptionItem } from '../event-log.js';
import { EventNotUnderstood } from '../not-understood.js';
import { openEventLog } from '../open-event-log.js';
import type { Fault } from '../verifying/verify-event.js';
import { verifyLog } from '../verifying/verify-log.js';

let folder: string;
let server: TestServer;
let log: EventLog;
const opened: { close(): Promise<unknown> }[] = [];

const url = () => `esdb://127.0.0.1:${server.port}?tls=false`;
const open = async (namespace = 'test', readOnly = false) => {
  const one = await openEventLog(`${url()}#${namespace}`, { registry: asWritten, readOnly });
  opened.push(one);
  return one;
};
/** Another program that uses the same server. */
const another = () => {
  const bare = client.EventStoreDBClient.connectionString(url());
  opened.push({ close: () => bare.dispose() });
  return bare;
};
const json = (type: string, data = {}) => client.jsonEvent({ type, data });

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'letopis-eventstoredb-'));
  server = await serveEventStoreDb({ folder });
  log = await open();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
  await server.stop();
  rmSync(folder, { recursive: true });
});

const until = async (subscription: AsyncIterable<SubscriptionItem>, enough: (events: readonly DomainEvent[]) => boolean) => {
  const events: DomainEvent[] = [];
  const heads: Position[] = [];
  for await (const item of subscription) {
    heads.push(item.head);
    if (item.kind === 'batch') events.push(...item.events);
    if (enough(events)) break;
  }
  return { events, heads };
};
const ids = (events: readonly { readonly id: string }[]) => events.map(({ id }) => id);

describe('a subscription on EventStoreDB', () => {
  it.each([
    ['is dropped as too slow', () => server.hazards.dropSubscriptions()],
    ['is ended without an error', () => server.hazards.endSubscriptions()],
    ['is reset', () => server.hazards.resetSubscriptions()],
  ])('loses and doubles nothing where it %s, over and over', async (_, hazard) => {
    const before = newEvents(300);
    await log.append('s-1', 'none', before);
    const trouble = setInterval(hazard, 100);
    const events = newEvents(60);
    const seen = until(log.subscribe(), (taken) => taken.length >= 360);
    for (const event of events) await appendAtHead(log, 's-1', [event]);
    const { events: taken, heads } = await seen;
    clearInterval(trouble);
    expect(ids(taken)).toEqual(ids([...before, ...events]));
    expect(heads).toEqual([...heads].sort());
  });

  it('goes on after a restart of the server', async () => {
    const [before, after] = [newEvents(3), newEvents(3)];
    const first = await log.append('s-1', 'none', before);
    const seen = until(log.subscribe(), (taken) => taken.length >= 6);
    const { port } = server;
    await server.stop();
    server = await serveEventStoreDb({ folder, port });
    await log.append('s-1', first, after);
    expect(ids((await seen).events)).toEqual(ids([...before, ...after]));
  });

  it('says that the log is unavailable where the server stays away', async () => {
    const waiting = until(log.subscribe(), () => false);
    const failed = expect(waiting).rejects.toMatchObject({ name: 'EventLogUnavailable', message: expect.stringContaining('127.0.0.1') });
    await server.stop();
    await failed;
    server = await serveEventStoreDb({ folder, port: server.port });
  });

  it('that takes its time gets all that is appended meanwhile', async () => {
    const events = newEvents(3_000, { data: { text: 'x'.repeat(2_000) } });
    const seen: string[] = [];
    const slow = (async () => {
      for await (const item of log.subscribe()) {
        if (item.kind === 'batch') seen.push(...ids(item.events));
        await new Promise((resolve) => setTimeout(resolve, 20));
        if (seen.length === events.length) return;
      }
    })();
    for (let at = 0; at < events.length; at += 100) await appendAtHead(log, `s-${at}`, events.slice(at, at + 100));
    await slow;
    expect(seen).toEqual(ids(events));
  });

  it('does not see what other logs and other programs have on the server', async () => {
    const other = await open('test2');
    await other.append('s-1', 'none', newEvents(2));
    await another().appendToStream('tests.s-1', json('noise'));
    const { position } = await log.append('s-1', 'none', newEvents(2));
    await other.append('s-2', 'none', newEvents(2));
    expect(await log.head()).toBe(position);
    expect((await collect(log.readAll())).map(({ stream }) => stream)).toEqual(['s-1', 's-1']);
    const { events } = await until(log.subscribe(), (taken) => taken.length >= 2);
    expect(events).toHaveLength(2);
    expect((await collect(other.readAll())).map(({ stream }) => stream)).toEqual(['s-1', 's-1', 's-2', 's-2']);
  });
});

describe('the end of a log on EventStoreDB', () => {
  const lookedAtBy = async (head: Promise<Position>) => {
    const before = server.hazards.lookedAt();
    return { head: await head, looked: server.hazards.lookedAt() - before };
  };

  it('is searched once among what others append', async () => {
    const other = await open('test2');
    const { position } = await log.append('s-1', 'none', newEvents(2));
    for (let at = 0; at < 20; at++) await other.append(`s-${at}`, 'none', newEvents(1_000));
    const heads = await lookedAtBy(Promise.all([log.head(), log.head(), log.head()]).then(([head]) => head));
    expect(heads.head).toBe(position);
    expect(heads.looked).toBeLessThan(20_200);
    const second = await lookedAtBy(log.head());
    expect(second.head).toBe(position);
    expect(second.looked).toBeLessThanOrEqual(16);
    await other.append('s-20', 'none', newEvents(40));
    const third = await lookedAtBy(log.head());
    expect(third.head).toBe(position);
    expect(third.looked).toBeLessThan(100);
  });

  it('is found where others have appended before and after it', async () => {
    const other = await open('test2');
    await other.append('s-1', 'none', newEvents(100));
    expect(await log.head()).toBe(ORIGIN);
    await other.append('s-2', 'none', newEvents(100));
    const { position } = await log.append('s-1', 'none', newEvents(2));
    await other.append('s-3', 'none', newEvents(100));
    expect(await log.head()).toBe(position);
    expect(await (await open()).head()).toBe(position);
    expect(await other.head()).toBe((await collect(other.readAll())).at(-1)!.position);
    expect(await collect(log.readRaw({ last: 1 }))).toMatchObject([{ position }]);
    expect(await collect(log.readRaw({ last: 9 }))).toHaveLength(2);
  });
});

describe('a position on EventStoreDB', () => {
  const everywhere = (of: EventLog, after: Position) => [
    () => collect(of.readAll({ after })),
    () => until(of.subscribe({ after }), () => false),
    () => collect(of.readStream('s-1', { after })),
    () => collect(of.readRaw({ after })),
  ];

  it('of another log is rejected, whoever reads', async () => {
    const other = await open('test2');
    const { position } = await other.append('s-1', 'none', newEvents(1));
    for (const after of [position, '00000000000000000007' as Position])
      for (const read of everywhere(log, after)) await expect(read()).rejects.toThrow(/another event log.*start again without a position/);
    expect(await log.eventAt(position)).toBeUndefined();
  });

  it('past the end is rejected and not waited on, also where the server was restored from a backup', async () => {
    await log.append('s-1', 'none', newEvents(2));
    await log.close();
    const { port } = server;
    await server.stop();
    const backup = mkdtempSync(path.join(tmpdir(), 'letopis-eventstoredb-'));
    cpSync(folder, backup, { recursive: true });
    server = await serveEventStoreDb({ folder, port });
    log = await open();
    const { position } = await appendAtHead(log, 's-1', newEvents(3));
    const following = until(log.subscribe(), () => false);
    const rejected = expect(following).rejects.toThrow(PositionUnknown);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await server.stop();
    server = await serveEventStoreDb({ folder: backup, port });
    await rejected;
    const restored = await open();
    for (const read of everywhere(restored, position)) await expect(read()).rejects.toThrow(/ends at .*restored from a backup/);
    // The log has gone on since, and that position is in the middle of an event.
    await appendAtHead(restored, 's-2', [newEvent({ data: { text: 'x'.repeat(5_000) } })]);
    for (const read of [
      () => collect(restored.readAll({ after: position })),
      () => until(restored.subscribe({ after: position }), () => false),
    ])
      await expect(read()).rejects.toThrow(PositionUnknown);
    rmSync(backup, { recursive: true });
  });

  it('of a log that began again on an empty server is that of another one', async () => {
    await log.append('s-1', 'none', newEvents(2));
    const head = await log.head();
    await server.stop();
    rmSync(folder, { recursive: true });
    server = await serveEventStoreDb({ folder, port: server.port });
    await expect(log.head()).rejects.toThrow(/does not hold this event log any more/);
    const again = await open();
    expect(await again.head()).toBe(ORIGIN);
    await expect(collect(again.readAll({ after: head }))).rejects.toThrow(PositionUnknown);
  });
});

describe('a stream that somebody touched on EventStoreDB', () => {
  const faultsOf = async () => {
    const faults: Fault[] = [];
    for await (const { faults: found } of verifyLog(log, await log.head())) faults.push(...found);
    return faults.map(({ stream, revision, codes }) => `${stream}@${revision} ${codes.join(' ')}`);
  };
  beforeEach(async () => {
    await log.append('s-1', 'none', newEvents(5));
    await log.append('s-2', 'none', newEvents(5));
  });

  it.each([
    ['deleted', () => another().deleteStream('test.s-1')],
    ['tombstoned', () => another().tombstoneStream('test.s-1')],
    ['cut by $maxCount', () => another().setStreamMetadata('test.s-1', { maxCount: 2 })],
    ['cut by $tb', () => another().setStreamMetadata('test.s-1', { truncateBefore: 4 })],
    ['cut by $tb behind its end', () => another().setStreamMetadata('test.s-1', { truncateBefore: 9 })],
  ])('and %s is reported and never skipped, and others go on', async (_, touch) => {
    const head = await headOf('s-1');
    await touch();
    const fresh = await open();
    for (const each of [log, fresh]) {
      await expect(collect(each.readStream('s-1'))).rejects.toThrow(EventNotUnderstood);
      await expect(collect(each.readStream('s-1', { direction: 'backwards' }))).rejects.toThrow(/deleted or cut/);
      await expect(collect(each.readStream('s-1', { from: 1 }))).rejects.toThrow(EventNotUnderstood);
      expect(await collect(each.readStream('s-2'))).toHaveLength(5);
    }
    expect((await collect(log.readAll({ streamPrefix: 's-1' }))).length).toBeGreaterThanOrEqual(5);
    await appendAtHead(log, 's-2', [newEvent()]);
    expect(head.revision).toBe(4);
  });

  const headOf = async (stream: string) => {
    const [last] = await collect(log.readStream(stream, { direction: 'backwards', limit: 1 }));
    return last!;
  };

  it('and tombstoned takes no more, and says why', async () => {
    const head = await headOf('s-1');
    await another().tombstoneStream('test.s-1');
    await expect(log.append('s-1', head, [newEvent()])).rejects.toThrow(/deleted or cut/);
    expect(await faultsOf()).toEqual([expect.stringMatching(/^s-1@\d+ .*revision-missing/)]);
    const { events } = await until(log.subscribe(), (taken) => taken.length >= 11);
    expect(events.at(-1)).toMatchObject({ stream: 's-1', notUnderstood: 'unreadable' });
  });

  it('and deleted begins no second time unnoticed', async () => {
    await another().deleteStream('test.s-1');
    const fresh = await open();
    await expect(fresh.append('s-1', 'none', [newEvent()])).rejects.toThrow(EventNotUnderstood);
  });

  it('and cut or deleted is named by verify', async () => {
    await another().setStreamMetadata('test.s-1', { truncateBefore: 2 });
    await another().deleteStream('test.s-2');
    expect((await faultsOf()).sort()).toEqual(['s-1@2 revision-missing', 's-2@4 revision-missing']);
  });

  it.each([
    ['of another program', json('thing-noted', { n: 1 })],
    ['of binary data', client.binaryEvent({ type: 'thing-noted', data: Buffer.from([0, 255, 1]) })],
  ])('has an event %s, which is answered as unreadable wherever it is met', async (_, foreign) => {
    await another().appendToStream('test.s-1', foreign);
    await another().appendToStream('test.theirs', foreign);
    const found = { notUnderstood: 'unreadable', type: 'thing-noted' };
    expect((await collect(log.readStream('s-1'))).at(-1)).toMatchObject({ ...found, stream: 's-1', revision: 5 });
    expect((await collect(log.readAll())).slice(-2)).toMatchObject([found, { ...found, stream: 'theirs' }]);
    const { events } = await until(log.subscribe(), (taken) => taken.length >= 12);
    expect(events.slice(-2)).toMatchObject([found, found]);
    const faults = await faultsOf();
    expect(faults.map((fault) => fault.split(' ')[0]).sort()).toEqual(['s-1@5', 'theirs@0']);
    await appendAtHead(log, 's-2', [newEvent()]);
  });

  it('has an event of ours whose data is no JSON any more, which is answered as unreadable', async () => {
    const [first] = await collect(log.readStream('s-2'));
    const metadata = Buffer.from('{"actor":{"id":"a","kind":"curator"},"commandId":"c","$correlationId":"c","envelopeVersion":2,"id":"x"}');
    await another().appendToStream('test.s-2', client.binaryEvent({ type: first!.type, data: Buffer.from('{"n":'), metadata }));
    expect((await collect(log.readStream('s-2'))).at(-1)).toMatchObject({ notUnderstood: 'unreadable' });
  });
});

describe('the clock of a log on EventStoreDB', () => {
  it('knows the latest recordedAt of what was read, also of what nobody wanted', async () => {
    await log.append('s-1', 'none', [newEvent({ recordedAt: '2026-11-22T21:14:48.000Z' })]);
    await log.append('s-2', 'none', [newEvent({ recordedAt: '2027-01-01T00:00:00.000Z' })]);
    const fresh = await open();
    await until(fresh.subscribe({ streamPrefix: 's-1' }), (taken) => taken.length === 1 && fresh.clock!.newestRecordedAt() > '2027');
    expect(fresh.clock!.newestRecordedAt()).toBe('2027-01-01T00:00:00.000Z');
  });

  it('knows how far it is ahead of that of the server', async () => {
    expect(Math.abs(log.clock!.aheadMs())).toBeLessThan(30_000);
    const now = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 90_000);
    try {
      await log.head();
    } finally {
      now.mockRestore();
    }
    expect(log.clock!.aheadMs()).toBeGreaterThan(60_000);
  });
});

describe('opening EventStoreDB', () => {
  it('read-only in a namespace without a log says what to set', async () => {
    await expect(open('nobody', true)).rejects.toThrow(/no event log in the namespace nobody; set EVENT_LOG_NAMESPACE/);
  });

  it('by several at once begins one log', async () => {
    const logs = await Promise.all(Array.from({ length: 8 }, () => open('fresh')));
    const { position } = await logs[0]!.append('s-1', 'none', newEvents(1));
    for (const each of logs) expect(await each.head()).toBe(position);
  });

  it('asks for the capabilities again where the first answer was an error', async () => {
    server.hazards.failCapabilities(Object.assign(new Error('boom'), { code: 13, details: 'boom' }) as never);
    const fresh = await open().catch(() => open());
    await expect(fresh.append('s-9', 'none', [newEvent()])).resolves.toMatchObject({ revision: 0 });
  });

  it('where nobody listens says where', async () => {
    await expect(openEventLog('esdb://anna:secret@127.0.0.1:9?tls=false')).rejects.toThrow(
      /^EventStoreDB at 127\.0\.0\.1:9 is unavailable: .*ECONNREFUSED/,
    );
  });

  it('by a connection string that is none says what is wrong, and no password', async () => {
    const failed = openEventLog('esdb://anna:secret@db?tls=perhaps');
    await expect(failed).rejects.toThrow(/EVENT_LOG_URL for EventStoreDB at db cannot be used: .*perhaps.*true or false/);
    await expect(failed).rejects.not.toThrow(/secret/);
    await expect(openEventLog('esdb://db?tlsCAFile=/nowhere')).rejects.toThrow(/certificate file/);
  });
});

describe('a read of some types on EventStoreDB', () => {
  it('gives these alone, of this log alone, from and up to a position', async () => {
    const other = await open('test2');
    const [noise, wanted] = [newEvents(700, { type: 'noise' }), newEvents(6, { type: 'wanted' })];
    const similar = newEvents(3, { type: 'wanted-not' });
    await log.append('s-1', 'none', [...wanted.slice(0, 2), ...noise, ...similar, ...wanted.slice(2, 4)]);
    await other.append('s-1', 'none', newEvents(5, { type: 'wanted' }));
    const { position } = await log.append('s-2', 'none', wanted.slice(4));
    await log.append('s-3', 'none', newEvents(1, { type: 'wanted' }));
    const read = (options: object) => collect(log.readAll({ types: ['wanted'], upTo: position, ...options }));
    const all = await read({});
    expect(ids(all)).toEqual(ids(wanted));
    expect(ids(await read({ after: all[1]!.position }))).toEqual(ids(wanted.slice(2)));
    expect(ids(await read({ limit: 3 }))).toEqual(ids(wanted.slice(0, 3)));
    expect(ids(await read({ streamPrefix: 's-2' }))).toEqual(ids(wanted.slice(4)));
  });
});

describe('a read that takes several pages on EventStoreDB', () => {
  it.each([499, 500, 501, 1_500, 1_501])('gives each of %d events once and in order, both ways, among those of others', async (count) => {
    const other = await open('test2');
    const events = newEvents(count);
    for (let at = 0; at < count; at += 250) {
      await appendAtHead(log, 's-1', events.slice(at, at + 250));
      await appendAtHead(other, 's-1', newEvents(3));
    }
    const all = ids(events);
    expect(ids(await collect(log.readStream('s-1')))).toEqual(all);
    expect(ids(await collect(log.readStream('s-1', { direction: 'backwards' })))).toEqual([...all].reverse());
    expect(ids(await collect(log.readAll()))).toEqual(all);
    expect(ids(await collect(log.readAll({ limit: count - 1 })))).toEqual(all.slice(0, -1));
    expect(ids(await collect(log.readStream('s-1', { limit: count - 1 })))).toEqual(all.slice(0, -1));
    expect(await collect(log.readRaw({ last: count }))).toHaveLength(count);
    const second = (await collect(log.readAll({ limit: 2 })))[1]!;
    expect(ids(await collect(log.readAll({ after: second.position })))).toEqual(all.slice(2));
  });

  it('is cut where its events are large, and loses none', async () => {
    const events = newEvents(60, { data: { text: 'x'.repeat(300_000) } });
    for (let at = 0; at < events.length; at += 3) await appendAtHead(log, 's-1', events.slice(at, at + 3));
    expect(ids(await collect(log.readStream('s-1')))).toEqual(ids(events));
    expect(ids(await collect(log.readAll()))).toEqual(ids(events));
    expect(ids(await collect(log.readStream('s-1', { direction: 'backwards' })))).toEqual(ids(events).reverse());
  });
});
