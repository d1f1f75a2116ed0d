import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { describe, expect, it } from '@jest/globals';
import { openEventFile } from './event-file.js';
import { startEventStoreDb } from './start.js';

describe('what the EventStoreDB test server has answered', () => {
  it('survives kill -9 in mid-append: nothing that was acknowledged is lost, what was not is there as a whole or not at all', async () => {
    const server = await startEventStoreDb();
    try {
      const client = EventStoreDBClient.connectionString(server.url);
      const subscription = client.subscribeToAll({ fromPosition: 'end' });
      const dropped = new Promise((resolve) => subscription.once('error', resolve));
      const acknowledged: string[] = [];
      const asked: string[] = [];
      const callers = Array.from({ length: 16 }, async () => {
        for (;;) {
          const stream = `s-${randomUUID()}`;
          asked.push(stream);
          const events = [1, 2, 3].map((n) => jsonEvent({ type: 'T', data: { n } }));
          await client.appendToStream(stream, events, { expectedRevision: 'no_stream', credentials: { username: 'a', password: 'b' } });
          acknowledged.push(stream);
          if (acknowledged.length === 200) void server.kill();
        }
      });
      await Promise.allSettled(callers);
      subscription.resume();
      expect(await dropped).toMatchObject({ type: 'unavailable', code: 14 });
      await server.start();
      const again = EventStoreDBClient.connectionString(server.url);
      const found = new Map<string, number>();
      for await (const { event } of again.readAll())
        if (event!.streamId.startsWith('s-')) found.set(event!.streamId, (found.get(event!.streamId) ?? 0) + 1);
      expect(acknowledged.filter((stream) => found.get(stream) !== 3)).toEqual([]);
      expect(asked.length).toBeGreaterThan(acknowledged.length);
      expect([...found.values()].filter((count) => count !== 3)).toEqual([]);
      await Promise.all([client.dispose(), again.dispose()]);
    } finally {
      await server.dispose();
    }
  });

  it('stays one append when the server was frozen and the client tries again', async () => {
    const server = await startEventStoreDb();
    try {
      const client = EventStoreDBClient.connectionString(server.url);
      const append = (deadline: number) =>
        client.appendToStream('s', jsonEvent({ id, type: 'T', data: {} }), {
          expectedRevision: 'no_stream',
          deadline,
          credentials: { username: 'a', password: 'b' },
        });
      const id = randomUUID();
      for await (const _ of client.readAll({ maxCount: 1 }));
      server.freeze();
      await expect(append(300)).rejects.toMatchObject({ type: 'deadline-exceeded', code: 4 });
      server.thaw();
      // The first one can still be under way, and the second then runs into the timeout of the commit phase.
      const again = append(60_000).catch((error) => (error.type === 'timeout' ? append(60_000) : Promise.reject(error)));
      expect((await again).nextExpectedRevision).toBe(0n);
      const found: string[] = [];
      for await (const { event } of client.readStream('s')) found.push(event!.id);
      expect(found).toEqual([id]);
      await client.dispose();
    } finally {
      await server.dispose();
    }
  });

  it('is read back without a frame that was cut off, and the next append takes its position', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'letopis-event-file-'));
    const file = path.join(folder, 'events.log');
    const [one, two, three] = ['one', 'two', 'three'].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer];
    const reopened = async () => {
      const opened = await openEventFile(file);
      await opened.close();
      return opened;
    };
    const written = await openEventFile(file);
    await Promise.all([written.append([one, two]), written.append([three])]);
    const end = written.nextPosition([]);
    await written.close();
    const whole = (await reopened()).found;
    expect(whole.map(({ bytes }) => bytes.toString())).toEqual(['one', 'two', 'three']);

    truncateSync(file, statSync(file).size - 1);
    expect((await reopened()).found).toEqual(whole.slice(0, 2));
    expect((await reopened()).nextPosition([])).toBe(whole[2]!.position);
    appendFileSync(file, Buffer.alloc(100, 1));
    expect((await reopened()).found).toEqual(whole.slice(0, 2));
    expect((await reopened()).nextPosition([])).toBeLessThan(end);
    rmSync(folder, { recursive: true });
  });
});
