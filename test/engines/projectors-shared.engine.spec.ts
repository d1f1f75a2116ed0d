import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { Partitioners } from 'kafkajs';
import { createEventRegistry, openEventLog } from '#event-log';
import { createLetopisProjector } from '#platform';
import { projections } from '#projections';
import { readAlias } from '#projections/runner/aliases.js';
import { checkpointOf } from '#projections/runner/build.js';
import { createMemoryReadModels, openReadModels, ReadModelsUnavailable } from '#read-models';
import { eventDefinitions } from '#relationship';
import { createKafka, partitionerOf, topicsOf } from '#streaming';
import { describeWithEventStoreDb, describeWithKafka, describeWithMongo } from '#testing/engines/given-engines.js';
import { readTopic } from '#testing/engines/read-topic.js';
import { viewContents } from '#testing/view-contents.js';
import { appendCompany } from '../bench/company-log.js';

const PARTITIONS = 6;
const days = ['2024-06-30', '2025-06-30', '2030-01-01'];

describeWithKafka('partitions of keys', (brokers) => {
  it('are those that records are published to', async () => {
    const kafka = createKafka({ brokers: [brokers], clientId: 'spec' });
    const topic = topicsOf(`keys-${randomUUID()}`).events;
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS }], waitForLeaders: true });
    await admin.disconnect();
    const keys = Array.from({ length: 200 }, () => randomUUID());
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    await producer.send({ topic, messages: keys.map((key) => ({ key, value: key })) });
    await producer.disconnect();
    const partitionOf = partitionerOf(PARTITIONS);
    const records = await readTopic(kafka, topic, (all) => all.length >= keys.length);
    expect(records.filter(({ key, partition }) => partitionOf(key!) !== partition)).toEqual([]);
    expect(new Set(records.map(({ partition }) => partition)).size).toBe(PARTITIONS);
  });
});

interface Servers {
  readonly mongo: string;
  readonly brokers: string;
  /** So many projectors are killed. */
  readonly kills: number;
}

function shareWithoutLoss({ mongo, brokers, kills }: Servers, urlIn: (folder: string) => string): void {
  it(`lose and double nothing while ${kills} are killed and others are added`, async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'letopis-projectors-'));
    const eventLogUrl = urlIn(folder);
    const log = await openEventLog(eventLogUrl, { registry: createEventRegistry(eventDefinitions) });
    const database = `shared-${randomUUID()}`;
    const environment = {
      LETOPIS_DATA: folder,
      EVENT_LOG_URL: eventLogUrl,
      KAFKA_BROKERS: brokers,
      KAFKA_TOPIC_PREFIX: `shared-${randomUUID()}`,
      KAFKA_PARTITIONS: String(PARTITIONS),
      READ_MODELS_URL: `${mongo}/${database}`,
    };
    const running: { readonly process: ChildProcess; readonly ended: Promise<unknown>; shares: number[][] }[] = [];
    function start(): void {
      const started = spawn(process.execPath, [path.resolve('dist/apps/projector/src/main.js')], {
        env: { ...process.env, ...environment },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const shares: number[][] = [];
      started.stdout.on('data', (chunk) => {
        for (const [, list] of String(chunk).matchAll(/"partitions":\[([\d,]*)\]/g))
          shares.push(list!.split(',').filter(Boolean).map(Number));
      });
      running.push({ process: started, ended: new Promise((resolve) => started.once('exit', resolve)), shares });
    }

    let appending = true;
    const appended = (async () => {
      while (appending) {
        await appendCompany(log, 1, 30);
        await sleep(3_000);
      }
    })();
    let mostAtWork = 0;
    for (let round = 0; round < kills; round++) {
      while (running.length < 3) start();
      await sleep(4_000 + Math.random() * 8_000);
      mostAtWork = Math.max(mostAtWork, running.filter(({ shares }) => (shares.at(-1)?.length ?? 0) > 0).length);
      const [killed] = running.splice(Math.floor(Math.random() * running.length), 1);
      killed!.process.kill('SIGKILL');
      await killed!.ended;
    }
    appending = false;
    await appended;
    expect(mostAtWork).toBeGreaterThan(1);

    const head = await log.head();
    const store = openReadModels(`${mongo}/${database}`, { readOnly: true });
    const isComplete = async (name: string): Promise<boolean> => {
      const { current, building } = await readAlias(store, name);
      return current !== undefined && !building && (await checkpointOf(store, current)) >= head;
    };
    // Beside those that catch up the server may be too busy for one more; whoever asks comes again.
    const unlessBusy = (error: unknown): boolean => {
      if (error instanceof ReadModelsUnavailable) return false;
      throw error;
    };
    for (const { name } of projections) while (!(await isComplete(name).catch(unlessBusy))) await sleep(100);
    const [anyone] = (await viewContents(store, (await readAlias(store, 'funnel')).current!, [])).documents;
    const cli = [path.resolve('dist/apps/cli/src/main.js'), 'rebuild'];
    for (const asked of [['--customer', anyone!.key], ['ladder'], ['ladder', '--rollback']]) {
      const asking = spawn(process.execPath, [...cli, ...asked], { env: { ...process.env, ...environment }, stdio: 'ignore' });
      expect(await new Promise((resolve) => asking.once('exit', resolve))).toBe(0);
    }
    const { current, previous } = await readAlias(store, 'ladder');
    expect(current!.generation).toBeLessThan(previous!.generation);

    for (const { process: projector, ended } of running) {
      projector.kill('SIGTERM');
      expect(await ended).toBe(0);
    }

    const alone = createMemoryReadModels();
    const projector = createLetopisProjector({ log, store: alone });
    await projector.start();
    await projector.settled();
    await projector.stop();
    const unlike: string[] = [];
    for (const { name } of projections) {
      const contents = (from: typeof store) => readAlias(from, name).then(({ current }) => viewContents(from, current!, days));
      const [shared, expected] = [await contents(store), await contents(alone)];
      expect(expected.documents.length + expected.entries.length).toBeGreaterThan(0);
      for (const [part, content] of Object.entries(expected))
        if (!isDeepStrictEqual(content, shared[part as keyof typeof shared])) unlike.push(`${name}.${part}`);
    }
    expect(unlike).toEqual([]);
    await store.close();
    await log.close();
    rmSync(folder, { recursive: true });
  });
}

describeWithMongo('projectors that share the customers through Kafka', (mongo) => {
  describeWithKafka('', (brokers) => {
    shareWithoutLoss(
      { mongo, brokers, kills: Number(process.env.LETOPIS_KILLS ?? 3) },
      (folder) => `sqlite:${path.join(folder, 'chronicle.sqlite')}`,
    );
    describeWithEventStoreDb('on EventStoreDB', (server) =>
      shareWithoutLoss({ mongo, brokers, kills: 2 }, () => `${server}#shared-${randomUUID()}`),
    );
  });
});
