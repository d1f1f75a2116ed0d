import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { toCount, toPosition } from '#event-log/position.js';
import { describeWithMongo, describeWithOwnServers } from '#testing/engines/given-engines.js';
import { startMongo } from '#testing/engines/mongo.js';
import { startProxy } from '#testing/engines/proxy.js';
import { readModelStoreContract } from '#testing/read-model-store.contract.js';
import type { ProjectionBatch } from '../read-model-store.js';
import { openMongoReadModels } from './mongo-read-models.js';

const newDatabase = (url: string) => `${url}/spec-${randomUUID()}`;
async function dropDatabase(database: string): Promise<void> {
  const client = new MongoClient(database);
  await client.db().dropDatabase();
  await client.close();
}

const sums = { kind: 'totals', name: 'sums_1' } as const;
const things = { kind: 'documents', name: 'things_1', fields: ['number'], indexes: [['number']] } as const;
const series = 'measure=things|';
/** One more thing, one more in the sum; every third time the thing before is removed. */
const batch = (number: number): ProjectionBatch => ({
  projection: 'things@1',
  position: toPosition(number),
  upserts: [{ collection: 'things_1', key: `thing-${number}`, position: toPosition(number), fields: { number }, body: { number } }],
  deletes: number % 3 === 0 ? [{ collection: 'things_1', key: `thing-${number - 1}` }] : [],
  increments: [{ collection: 'sums_1', entry: { series, day: '2026-01-01', known: '2026-01-01', amount: 1 } }],
});

describeWithMongo('read models in MongoDB', (url) => {
  readModelStoreContract(
    'the MongoDB adapter',
    async () => {
      const database = newDatabase(url);
      const store = openMongoReadModels(database, { leaseMs: 1_000 });
      return {
        store,
        rival: () => openMongoReadModels(database, { leaseMs: 1_000 }),
        beside: () => openMongoReadModels(database, { readOnly: true }),
        async dispose() {
          await store.close();
          await dropDatabase(database);
        },
      };
    },
    { lacks: ['bulk-load'], sortsTextOtherwise: 'mongo-java-server compares UTF-16 units, where MongoDB compares UTF-8 bytes' },
  );

  it('are out of reach where the server never answers, and there again when it does', async () => {
    const proxy = await startProxy(Number(new URL(url).port));
    const database = newDatabase(`mongodb://127.0.0.1:${proxy.port}`);
    const store = openMongoReadModels(database, { answerWithinMs: 2_000 });
    try {
      await store.declare([things, sums]);
      await store.commit([batch(1)]);
      proxy.fallSilent();
      const unavailable = { name: 'ReadModelsUnavailable', message: expect.stringContaining('no server answers') };
      await Promise.all(
        [store.checkpoint('things@1'), store.commit([batch(2)])].map((asked) => expect(asked).rejects.toMatchObject(unavailable)),
      );
      proxy.speak();
      await store.commit([batch(2)]);
      expect(await store.count('things_1')).toBe(2);
    } finally {
      await store.close();
      proxy.close();
      await dropDatabase(database.replace(String(proxy.port), new URL(url).port));
    }
  });

  it('agree with their checkpoint whenever the writer is killed', async () => {
    const database = newDatabase(url);
    const program = path.resolve('dist/libs/testing/src/commit-until-killed.js');
    for (let round = 0; round < 12; round++) {
      const child = fork(program, [database], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      let told = 0;
      child.on('message', (number) => {
        told = number as number;
      });
      await new Promise((resolve) => child.once('message', resolve));
      await sleep(50 + round * 31);
      child.kill('SIGKILL');
      await ended;
      const store = openMongoReadModels(database);
      const checkpoint = toCount(await store.checkpoint('crash@1'));
      expect(checkpoint).toBeGreaterThanOrEqual(told);
      expect(await store.count('crash_1')).toBe(checkpoint * 20);
      expect(await store.count('crash_1', { range: { number: { gt: checkpoint } } })).toBe(0);
      expect(await store.totals('crash_totals_1', { by: 'series' })).toMatchObject([{ amount: checkpoint * 20 }]);
      await store.close();
    }
    await dropDatabase(database);
  });

  it('take each batch once from several writers that do not know of one another', async () => {
    const database = newDatabase(url);
    const writers = Array.from({ length: 4 }, () => openMongoReadModels(database));
    await writers[0]!.declare([things, sums]);
    const last = 60;
    await Promise.all(
      writers.map(async (store) => {
        for (let number = 1; number <= last; number++) await store.commit([batch(number)]);
      }),
    );
    const [store] = writers;
    expect(await store!.checkpoint('things@1')).toBe(toPosition(last));
    expect(await store!.totals('sums_1', { by: 'series' })).toEqual([{ series, amount: last }]);
    expect(await store!.count('things_1')).toBe(last - last / 3);
    await Promise.all(writers.map((writer) => writer.close()));
    await dropDatabase(database);
  });

  it('are held by another once their holder gives no sign of life, and take nothing more from the former', async () => {
    const database = newDatabase(url);
    const [first, second] = [openMongoReadModels(database, { leaseMs: 1_000 }), openMongoReadModels(database, { leaseMs: 1_000 })];
    await first.declare([things, sums]);
    // As in a process that was stopped: it believes to hold the lease, and its heart does not beat.
    const beating = jest.spyOn(globalThis, 'setInterval').mockImplementation(() => setTimeout(() => undefined, 0));
    await first.hold!();
    beating.mockRestore();
    await first.commit([batch(1)]);
    await second.hold!();
    const held = { name: 'ReadModelsUnavailable', message: expect.stringContaining('kept up to date by process') };
    for (const write of [
      () => first.commit([batch(2)]),
      () => first.putSetting('alias:things', 1),
      () => first.drop('things@1', ['things_1']),
    ])
      await expect(write()).rejects.toMatchObject(held);
    await second.commit([batch(2)]);
    expect(await second.totals('sums_1', { by: 'series' })).toEqual([{ series, amount: 2 }]);
    await first.close();
    await second.commit([batch(3)]);
    await second.close();
    await dropDatabase(database);
  });

  it('reject a URL that names no database, and keep its password to themselves', async () => {
    expect(() => openMongoReadModels(url)).toThrow('the URL of MongoDB has no database name');
    const store = openMongoReadModels('mongodb://letopis:secret@127.0.0.1:1/letopis');
    const fault = await store.checkpoint('things@1').catch((error: Error) => error);
    expect(fault).toMatchObject({ name: 'ReadModelsUnavailable', message: expect.stringContaining('127.0.0.1:1') });
    expect(String(fault)).not.toContain('secret');
    await store.close();
  });
});

describeWithOwnServers('read models in a MongoDB that goes away', () => {
  it('say so, and go on where they were when it is back', async () => {
    const server = await startMongo();
    const store = openMongoReadModels(`${server.url}/letopis`);
    try {
      await store.declare([things, sums]);
      await store.commit([batch(1)]);
      await server.stop();
      await expect(store.commit([batch(2)])).rejects.toMatchObject({ name: 'ReadModelsUnavailable' });
      await expect(store.get('things_1', 'thing-1')).rejects.toMatchObject({ name: 'ReadModelsUnavailable' });
      await server.start();
      await store.commit([batch(2)]);
      expect(await store.totals('sums_1', { by: 'series' })).toEqual([{ series, amount: 2 }]);
    } finally {
      await store.close();
      await server.dispose();
    }
  });
});
