import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createEventRegistry, openEventLog } from '#event-log';
import { eventDefinitions } from '#relationship';
import { createKafka, topicsOf } from '#streaming';
import { describeWithEventStoreDb, describeWithKafka } from '#testing/engines/given-engines.js';
import { readTopic } from '#testing/engines/read-topic.js';
import { appendCompany } from '../bench/company-log.js';

/** LETOPIS_KILLS takes more. */
const KILLS = Number(process.env.LETOPIS_KILLS ?? 20);

function publishesOnce(brokers: string, kills: number, urlIn: (folder: string) => string): void {
  it(`at ${kills} random instants has published every event once, in order per customer`, async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'letopis-relay-'));
    const url = urlIn(folder);
    const log = await openEventLog(url, { registry: createEventRegistry(eventDefinitions) });
    const prefix = `killed-${randomUUID()}`;
    const environment = {
      LETOPIS_DATA: folder,
      EVENT_LOG_URL: url,
      KAFKA_BROKERS: brokers,
      KAFKA_TOPIC_PREFIX: prefix,
      KAFKA_PARTITIONS: '4',
    };
    let relay: ChildProcess;
    const start = (): ChildProcess =>
      spawn(process.execPath, [path.resolve('dist/apps/relay/src/main.js')], {
        env: { ...process.env, ...environment },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    let appending = true;
    const appended = (async () => {
      while (appending) {
        await appendCompany(log, 100, 5);
        await sleep(100);
      }
    })();
    for (let kill = 0; kill < kills; kill++) {
      relay = start();
      const exited = new Promise((resolve) => relay.once('close', resolve));
      const publishing = new Promise<void>((resolve) => {
        let output = '';
        relay.stdout!.on('data', (chunk) => {
          output += chunk;
          if (output.includes('relay publishes')) resolve();
        });
      });
      // One in five while it starts, the others while it publishes.
      if (kill % 5 > 0) await Promise.race([publishing, exited]);
      await sleep(Math.random() * (kill % 5 > 0 ? 600 : 1_200));
      expect(relay.exitCode).toBeNull();
      relay.kill('SIGKILL');
      await exited;
    }
    appending = false;
    await appended;

    const expected = new Map<string, string[]>();
    let count = 0;
    for await (const batch of log.readAll({ streamPrefix: 'relationship-' })) {
      for (const { stream, id } of batch) {
        const key = stream.slice('relationship-'.length);
        expected.set(key, [...(expected.get(key) ?? []), id]);
        count++;
      }
    }
    relay = start();
    relay.stdout!.resume();
    const kafka = createKafka({ brokers: [brokers], clientId: 'spec' });
    const records = await readTopic(kafka, topicsOf(prefix).events, (all) => all.length >= count);
    relay.kill('SIGTERM');
    const published = new Map<string, string[]>();
    for (const { key, headers } of records) published.set(key!, [...(published.get(key!) ?? []), headers.ce_id!]);
    expect(records).toHaveLength(count);
    const wrong = [...expected].filter(([key, ids]) => ids.join() !== published.get(key)?.join()).map(([key]) => key);
    expect(wrong).toEqual([]);
    await log.close();
    rmSync(folder, { recursive: true });
  });
}

describeWithKafka('a relay that is killed', (brokers) => {
  publishesOnce(brokers, KILLS, (folder) => `sqlite:${path.join(folder, 'chronicle.sqlite')}`);
  describeWithEventStoreDb('on EventStoreDB', (server) => publishesOnce(brokers, 5, () => `${server}#relay-${randomUUID()}`));
});
