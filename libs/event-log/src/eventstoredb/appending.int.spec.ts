import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ulid } from 'ulid';
import { appendAtHead, asWritten, collect, newEvent } from '#testing';
import { Failure } from '#testing/engines/eventstoredb/failure.js';
import { serveEventStoreDb, type TestServer } from '#testing/engines/eventstoredb/server.js';
import { AppendTooLarge, AppendUnknown, type EventLog, EventLogUnavailable, type NewEvent, WrongExpectedRevision } from '../event-log.js';
import { openEventLog } from '../open-event-log.js';

/** With an id that nobody else has, as the product makes it. */
const made = (over: Partial<NewEvent> = {}) => newEvent({ id: ulid(), ...over });

describe.each([
  ['BatchAppend', true],
  ['the classic append', false],
])('appending to EventStoreDB by %s', (_, batchAppend) => {
  let folder: string;
  let server: TestServer;
  let logs: EventLog[];
  const open = async () => {
    const log = await openEventLog(`esdb://127.0.0.1:${server.port}?tls=false#test`, { registry: asWritten });
    logs.push(log);
    return log;
  };
  const start = (port = 0) => serveEventStoreDb({ folder, port, batchAppend });
  const idsOf = async (log: EventLog, stream: string) => (await collect(log.readStream(stream))).map(({ id }) => id);

  beforeEach(async () => {
    logs = [];
    folder = mkdtempSync(path.join(tmpdir(), 'letopis-eventstoredb-'));
    server = await start();
  });
  afterEach(async () => {
    await Promise.all(logs.map((log) => log.close()));
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  it.each([
    'unanswered',
    'unanswered, written',
    'connection lost',
    'connection lost, written',
    'commit phase timeout',
    'commit phase timeout, written',
  ] as const)('is answered once and appends once where the first try is %s', async (hazard) => {
    const log = await open();
    const events = [made(), made()];
    server.hazards.nextAppends(hazard);
    const result = await log.append('s-1', 'none', events);
    const stored = await collect(log.readStream('s-1'));
    expect(stored.map(({ id }) => id)).toEqual(events.map(({ id }) => id));
    expect(result).toEqual({ revision: 1, position: stored[1]!.position, hash: stored[1]!.hash });
    await log.append('s-1', result, [made()]);
    expect(await idsOf(log, 's-1')).toHaveLength(3);
  });

  it('says what happened where another append came in between two tries', async () => {
    const [log, other] = [await open(), await open()];
    server.hazards.nextAppends('unanswered');
    const append = log.append('s-1', 'none', [made()]);
    // It is there, and is not answered before its deadline.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await other.append('s-1', 'none', [made()]);
    await expect(append).rejects.toThrow(WrongExpectedRevision);
    expect(await idsOf(log, 's-1')).toHaveLength(1);
  });

  it('goes by the content where another process has used the same ids', async () => {
    const [log, other] = [await open(), await open()];
    const [one, two] = [newEvent(), newEvent()];
    await log.append('s-1', 'none', [one, two]);
    await expect(other.append('s-1', 'none', [one, { ...two, data: { changed: true } }])).rejects.toMatchObject({ actual: 1 });
    await expect(other.append('s-1', 'none', [{ ...one, data: { changed: true } }])).rejects.toMatchObject({ actual: 1 });
    await expect(other.append('s-1', 'none', [one, two])).resolves.toMatchObject({ revision: 1 });
    await expect(other.append('s-1', 'none', [one])).resolves.toMatchObject({ revision: 0 });
  });

  it('goes on over a restart of the server in mid-append, and loses and doubles nothing', async () => {
    const log = await open();
    const acknowledged: string[] = [];
    let going = true;
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      while (going) {
        const event = made();
        const appended = await appendAtHead(log, `s-${writer}`, [event]).catch((error) => {
          if (!(error instanceof EventLogUnavailable)) throw error;
          return undefined;
        });
        if (appended) acknowledged.push(event.id);
      }
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const { port } = server;
    await server.stop();
    server = await start(port);
    const before = acknowledged.length;
    while (acknowledged.length < before + 50) await new Promise((resolve) => setTimeout(resolve, 20));
    going = false;
    await Promise.all(writers);
    const stored = (await collect(log.readAll())).map(({ id }) => id);
    expect(new Set(stored).size).toBe(stored.length);
    expect(stored).toEqual(expect.arrayContaining(acknowledged));
  });

  it('says that nothing was appended where the server is gone, and that it is unknown where it went meanwhile', async () => {
    const log = await open();
    await log.append('s-1', 'none', [made()]);
    server.hazards.nextAppends('unanswered, written');
    const unknown = log.append('s-2', 'none', [made()]);
    const isUnknown = expect(unknown).rejects.toThrow(AppendUnknown);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const { port } = server;
    await server.stop();
    const failing = () => log.append('s-3', 'none', [made()]).catch((error) => error);
    let failed = await failing();
    // What is sent before the client notices that the server is gone is of unknown outcome.
    while (failed instanceof AppendUnknown) failed = await failing();
    expect(failed).toBeInstanceOf(EventLogUnavailable);
    await isUnknown;
    server = await start(port);
    expect(await idsOf(log, 's-3')).toEqual([]);
  });

  it('rejects what is larger than the server takes at once, with the limit, and appends nothing of it', async () => {
    const log = await open();
    const append = log.append('s-1', 'none', [made({ data: { text: 'x'.repeat(1_100_000) } })]);
    await expect(append).rejects.toThrow(AppendTooLarge);
    await expect(append).rejects.toMatchObject({ limit: 1_048_576, message: expect.stringContaining('--max-append-size') });
    await expect(log.append('s-1', 'none', [made()])).resolves.toMatchObject({ revision: 0 });
  });

  it('rejects a message that is too large for the transport, and appends what others append meanwhile', async () => {
    const log = await open();
    const large = made({ data: { text: 'x'.repeat(18 << 20) } });
    const appends = await Promise.allSettled([
      ...Array.from({ length: 10 }, (_, n) => log.append(`before-${n}`, 'none', [made()])),
      log.append('large', 'none', [made(), large]),
      ...Array.from({ length: 10 }, (_, n) => log.append(`after-${n}`, 'none', [made()])),
    ]);
    const rejected = appends.filter((append) => append.status === 'rejected');
    expect(rejected.map(({ reason }) => reason)).toEqual([expect.any(AppendTooLarge)]);
    const streams = (await collect(log.readAll())).map(({ stream }) => stream);
    expect(streams.filter((stream) => stream !== 'large')).toHaveLength(20);
    expect(streams).not.toContain('large');
  });

  // Ids that were not just made are compared with what is stored.
  it.each([
    ['in the connection, for longer than one that was not sent is tried', 14, 'No connection established', 21],
    ['for a reason that nobody knows', 2, 'boom', 4],
  ])('compares again where the comparison fails %s', async (_, code, message, times) => {
    const log = await open();
    server.hazards.nextReads(...Array.from({ length: times }, () => new Failure(code, message)));
    await expect(log.append('s-1', 'none', [newEvent()])).resolves.toMatchObject({ revision: 0 });
    expect(await idsOf(log, 's-1')).toHaveLength(1);
  });

  it('never says that nothing was appended once an answer came', async () => {
    const log = await open();
    const event = newEvent();
    server.hazards.nextReads(new Failure(7, 'Access Denied'));
    await expect(log.append('s-1', 'none', [event])).rejects.toThrow(AppendUnknown);
    expect(await idsOf(log, 's-1')).toEqual([event.id]);
  });

  it('follows the leader', async () => {
    const own = mkdtempSync(path.join(tmpdir(), 'letopis-eventstoredb-'));
    const leader = await serveEventStoreDb({ folder: own, batchAppend });
    server.hazards.follow({ host: '127.0.0.1', port: leader.port });
    try {
      const log = await open();
      const events = [made()];
      await log.append('s-1', 'none', events);
      expect(await idsOf(log, 's-1')).toEqual(events.map(({ id }) => id));
      const there = await openEventLog(`esdb://127.0.0.1:${leader.port}?tls=false#test`, { registry: asWritten });
      expect(await idsOf(there, 's-1')).toEqual(events.map(({ id }) => id));
      await there.close();
    } finally {
      await Promise.all(logs.splice(0).map((log) => log.close()));
      await leader.stop();
      rmSync(own, { recursive: true });
    }
  });
});
