import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventStoreDBClient, type EventType, jsonEvent, type ResolvedEvent } from '@eventstore/db-client';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { startProxy } from '../proxy.js';
import { Failure } from './failure.js';
import { status } from './protocol.js';
import { serveEventStoreDb, type TestServer, type TestServerOptions } from './server.js';

/** The bare client sees what it was seen to see on a real server. */
describe('the EventStoreDB test server, seen by the client', () => {
  const closing: (() => unknown)[] = [];
  let server: TestServer;
  let client: EventStoreDBClient;
  beforeEach(async () => {
    jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    server = await serve();
    client = connect(server.port);
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    jest.restoreAllMocks();
  });

  async function serve(options: Partial<TestServerOptions> = {}): Promise<TestServer> {
    const folder = mkdtempSync(path.join(tmpdir(), 'letopis-hazards-'));
    const started = await serveEventStoreDb({ folder, ...options });
    closing.push(async () => {
      await started.stop();
      rmSync(folder, { recursive: true });
    });
    return started;
  }
  function connect(port: number, options = 'tls=false'): EventStoreDBClient {
    const connected = EventStoreDBClient.connectionString(`esdb://127.0.0.1:${port}?${options}`);
    closing.push(() => connected.dispose());
    return connected;
  }
  const event = (id: string = randomUUID()) => jsonEvent({ id, type: 'T', data: { n: 1 } });
  /** Credentials of the call make the client take the classic way. */
  const classic = { credentials: { username: 'any', password: 'any' } };
  const failureOf = (call: Promise<unknown>) =>
    call.then(
      () => 'succeeded',
      (error: { readonly type?: string; readonly code?: number; readonly message: string }) => ({
        type: error.type,
        code: error.code,
        message: error.message,
      }),
    );
  async function read(stream: string, from = client): Promise<readonly string[]> {
    const ids: string[] = [];
    for await (const { event: found } of from.readStream(stream)) ids.push(found!.id);
    return ids;
  }
  /** Resolves when the subscription follows live events. */
  function follow() {
    const subscription = client.subscribeToAll({ fromPosition: 'end' });
    const live = new Promise<void>((resolve) => subscription.once('caughtUp', () => resolve()));
    closing.push(() => subscription.unsubscribe().catch(() => undefined));
    return { subscription, live };
  }
  async function consume(events: AsyncIterable<ResolvedEvent<EventType>>, each: () => Promise<unknown> = async () => undefined) {
    let taken = 0;
    for await (const _ of events) {
      taken++;
      await each();
    }
    return taken;
  }

  describe('subscriptions', () => {
    it('drops a consumer that is too slow while live', async () => {
      const { subscription, live } = follow();
      let taken = 0;
      const consuming = failureOf(consume(subscription, async () => taken++ && sleep(5)));
      await live;
      for (let n = 0; n < 10; n++)
        await client.appendToStream(
          'flood',
          Array.from({ length: 300 }, () => jsonEvent({ type: 'T', data: { pad: 'x'.repeat(400) } })),
        );
      expect(await consuming).toMatchObject({
        type: 'timeout',
        code: status.aborted,
        message: expect.stringContaining('Consumer too slow to handle event while live'),
      });
      expect(taken).toBeLessThan(3_000);
    });

    it('does not drop a slow consumer that is catching up', async () => {
      await client.appendToStream(
        'history',
        Array.from({ length: 500 }, () => jsonEvent({ type: 'T', data: { pad: 'x'.repeat(1_000) } })),
      );
      const subscription = client.subscribeToStream('history');
      let taken = 0;
      for await (const _ of subscription) {
        if (taken++ === 0) await sleep(500);
        if (taken === 500) break;
      }
      await subscription.unsubscribe();
      expect(taken).toBe(500);
    });

    it('drops subscriptions on demand', async () => {
      const { subscription, live } = follow();
      const consuming = failureOf(consume(subscription));
      await live;
      server.hazards.dropSubscriptions();
      expect(await consuming).toMatchObject({ type: 'timeout', code: status.aborted });
    });

    it('ends subscriptions without an error: the loop of the client just ends', async () => {
      const { subscription, live } = follow();
      const consuming = consume(subscription);
      await live;
      await client.appendToStream('s', event());
      server.hazards.endSubscriptions();
      expect(await consuming).toBe(1);
    });

    it.each([
      ['on demand', () => server.hazards.resetSubscriptions()],
      ['when it is stopped', () => closing.shift()!()],
    ])('resets subscriptions %s', async (_, reset) => {
      const { subscription, live } = follow();
      const consuming = failureOf(consume(subscription));
      await live;
      await reset();
      expect(await consuming).toMatchObject({ type: 'unknown', code: status.internal, message: expect.stringContaining('RST_STREAM') });
    });
  });

  describe('appends', () => {
    it.each([
      ['unanswered', 'deadline-exceeded'],
      ['connection lost', 'unavailable'],
      ['commit phase timeout', 'timeout'],
    ] as const)('can lose one that is not written: %s', async (hazard, type) => {
      const id = randomUUID();
      server.hazards.nextAppends(hazard);
      expect(
        await failureOf(client.appendToStream('s', event(id), { expectedRevision: 'no_stream', deadline: 500, ...classic })),
      ).toMatchObject({ type });
      const again = await client.appendToStream('s', event(id), { expectedRevision: 'no_stream', ...classic });
      expect(again.nextExpectedRevision).toBe(0n);
      expect(await read('s')).toEqual([id]);
    });

    it.each([
      ['unanswered, written', 'deadline-exceeded'],
      ['connection lost, written', 'unavailable'],
      ['commit phase timeout, written', 'timeout'],
    ] as const)('can write one and not say so: %s; a retry with the same ids is recognised', async (hazard, type) => {
      const ids = [randomUUID(), randomUUID()];
      const events = ids.map((id) => event(id));
      server.hazards.nextAppends(hazard);
      expect(
        await failureOf(client.appendToStream('s', events, { expectedRevision: 'no_stream', deadline: 500, ...classic })),
      ).toMatchObject({ type });
      expect(await read('s')).toEqual(ids);
      const again = await client.appendToStream('s', events, { expectedRevision: 'no_stream', ...classic });
      expect(again.nextExpectedRevision).toBe(1n);
      expect(await read('s')).toEqual(ids);
    });

    it('says a commit phase timeout of a batch append as a deadline', async () => {
      server.hazards.nextAppends('commit phase timeout, written');
      expect(await failureOf(client.appendToStream('s', event()))).toMatchObject({ type: 'deadline-exceeded' });
      expect(await read('s')).toHaveLength(1);
    });

    it('rejects one that is too large, in both ways, and names its limit', async () => {
      const small = await serve({ maxAppendSize: 2_000 });
      const large = jsonEvent({ type: 'T', data: { pad: 'x'.repeat(2_000) } });
      const failing = connect(small.port);
      for (const way of [classic, {}])
        await expect(failing.appendToStream('s', large, way)).rejects.toMatchObject({
          type: 'maximum-append-size-exceeded',
          maxAppendSize: 2_000,
        });
    });
  });

  describe('connections', () => {
    it('is silent behind a frozen socket: only a classic append keeps its deadline, everything else waits for the keepalive', async () => {
      const proxy = await startProxy(server.port);
      closing.push(() => proxy.close());
      const keepAlive = 2_000;
      const frozen = connect(proxy.port, `tls=false&keepAliveInterval=${keepAlive}&keepAliveTimeout=${keepAlive}`);
      await frozen.appendToStream('s', event());
      const subscription = frozen.subscribeToAll({ fromPosition: 'end' });
      const consuming = failureOf(consume(subscription));
      await new Promise<void>((resolve) => subscription.once('caughtUp', () => resolve()));
      proxy.fallSilent();
      const began = performance.now();
      const took = async (call: Promise<unknown>) => ({ failure: await failureOf(call), ms: performance.now() - began });
      const [one, batch, reading, subscribed] = await Promise.all([
        took(frozen.appendToStream('s', event(), { deadline: 300, ...classic })),
        took(frozen.appendToStream('s', event(), { deadline: 300 })),
        took(read('s', frozen)),
        took(consuming.then((failure) => Promise.reject(failure))),
      ]);
      expect(one.failure).toMatchObject({ type: 'deadline-exceeded', code: 4 });
      expect(batch.failure).toMatchObject({ code: status.unavailable });
      expect(reading.failure).toMatchObject({ code: status.unavailable });
      expect(subscribed.failure).toMatchObject({ code: status.unavailable });
      for (const { ms } of [batch, reading, subscribed]) expect(ms).toBeGreaterThan(one.ms);
    });

    it('a failed question for the capabilities is kept by the client: only a new one appends', async () => {
      server.hazards.failCapabilities(new Failure(status.internal, 'out of order'));
      expect(await failureOf(client.appendToStream('s', event()))).toMatchObject({ code: status.internal });
      expect(await failureOf(client.appendToStream('s', event()))).toMatchObject({ code: status.internal });
      await connect(server.port).appendToStream('s', event(), { expectedRevision: 'no_stream' });
      expect(await read('s')).toHaveLength(1);
    });

    it('takes the classic way where the server does not list BatchAppend', async () => {
      const older = await serve({ batchAppend: false });
      older.hazards.nextAppends('commit phase timeout');
      expect(await failureOf(connect(older.port).appendToStream('s', event()))).toMatchObject({ type: 'timeout', code: status.aborted });
    });

    it('a follower names its leader, where the client then goes', async () => {
      const follower = await serve();
      follower.hazards.follow({ host: '127.0.0.1', port: server.port });
      const led = connect(follower.port);
      const append = () => led.appendToStream('s', event(), { requiresLeader: true, ...classic });
      await expect(append()).rejects.toMatchObject({ type: 'not-leader', leader: { address: '127.0.0.1', port: server.port } });
      await append();
      expect(await read('s')).toHaveLength(1);
    });

    it('the leader is found by gossip', async () => {
      const follower = await serve();
      follower.hazards.follow({ host: '127.0.0.1', port: server.port });
      const discovering = EventStoreDBClient.connectionString(
        `esdb://127.0.0.1:${follower.port},127.0.0.1:${server.port}?tls=false&nodePreference=leader`,
      );
      closing.push(() => discovering.dispose());
      await discovering.appendToStream('s', event());
      expect(await read('s')).toHaveLength(1);
    });
  });
});
