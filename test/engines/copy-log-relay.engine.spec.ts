import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { createKafka, topicsOf } from '#streaming';
import { describeWithEventStoreDb, describeWithKafka } from '#testing/engines/given-engines.js';
import { readTopic } from '#testing/engines/read-topic.js';
import { leadsMapping, workplace } from '../cli/letopis.js';

const HEADER = 'email,name,day,item,amount\n';
const FIRST = 'anna@example.com,Anna,2024-01-15,tea,12.50\nbo@example.com,Bo,2024-02-01,cups,7\n';
const MORE = 'zoe@example.com,Zoe,2024-03-01,tea,3\nbo@example.com,Bo,2024-04-02,pots,9\n';

describeWithKafka('letopis copy-log of a log that is published', (brokers) => {
  describeWithEventStoreDb('to EventStoreDB and back', (server) => {
    it('lets the relay continue, also one that was idle, and nothing is published twice', async () => {
      const place = workplace();
      const prefix = `moved-${randomUUID()}`;
      const kafka = createKafka({ brokers: [brokers], clientId: 'spec' });
      const [sqlite, esdb, back] = [
        `sqlite:${path.join(place.folder, 'data/chronicle.sqlite')}`,
        `${server}#${prefix}`,
        `sqlite:${path.join(place.folder, 'back.sqlite')}`,
      ] as const;
      place.file('leads.json', JSON.stringify(leadsMapping));
      let files = 0;
      const importInto = async (url: string, rows: string) => {
        // The same row of the same file would be the same purchase.
        const name = `leads-${files++}.csv`;
        place.file(name, HEADER + rows);
        expect(await place.runWith({ EVENT_LOG_URL: url }, 'import', name, '--mapping', 'leads.json')).toMatchObject({ code: 0 });
      };
      const idsIn = async (url: string): Promise<readonly string[]> => {
        const { stdout } = await place.runWith({ EVENT_LOG_URL: url }, 'events');
        const events = stdout
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as { id: string; stream: string });
        return events.filter(({ stream }) => stream.startsWith('relationship-')).map(({ id }) => id);
      };
      const published = async (least: number) =>
        (await readTopic(kafka, topicsOf(prefix).events, (records) => records.length >= least)).map(({ headers }) => headers.ce_id!);
      const relay = (url: string): ChildProcess =>
        spawn(process.execPath, [path.resolve('dist/apps/relay/src/main.js')], {
          env: {
            ...process.env,
            ...{ LETOPIS_DATA: path.join(place.folder, 'data'), EVENT_LOG_URL: url },
            ...{ KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: prefix, KAFKA_PARTITIONS: '2' },
          },
          stdio: ['ignore', 'pipe', 'inherit'],
        });
      const relayed = async (url: string) => {
        const ids = await idsIn(url);
        const running = relay(url);
        const exited = new Promise((resolve) => running.once('close', resolve));
        await new Promise<void>((resolve) => {
          let output = '';
          running.stdout!.on('data', (text) => {
            output += text;
            if (output.includes('relay publishes')) resolve();
          });
        });
        expect((await published(ids.length)).toSorted()).toEqual(ids.toSorted());
        running.kill('SIGTERM');
        expect(await exited).toBe(0);
      };
      const copyLog = async (from: string, to: string) =>
        expect(await place.run('copy-log', '--from', from, '--to', to, '--quiet', '1')).toMatchObject({ code: 0 });

      await importInto(sqlite, FIRST);
      await relayed(sqlite);
      await copyLog(sqlite, esdb);
      // It has nothing to publish, and is moved again before it has.
      await relayed(esdb);
      await copyLog(esdb, back);
      await importInto(back, MORE);
      await relayed(back);
      place.remove();
    });
  });
});
