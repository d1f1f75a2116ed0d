import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createEventRegistry, openEventLog } from '#event-log';
import { projections } from '#projections';
import { eventDefinitions } from '#relationship';
import { describeWithKafka, describeWithMongo } from '#testing/engines/given-engines.js';
import { isOfOneCustomer } from '../../apps/api/src/views/view-definition.js';
import { spawnApi, spawnProgram } from '../api/child-api.js';
import { nextOf } from '../api/test-api.js';
import { required, someSeries, storedViews } from '../api/view-questions.js';
import { appendCompany } from '../bench/company-log.js';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const cdnow = path.join(root, '../shared/data/cdnow/CDNOW_sample.txt');
const run = promisify(execFile);
/** The server with MongoDB's protocol looks at whole collections for each page of events behind a number. */
const PAGES = 3;
/** Views with numbers, whose events can be asked for. */
const summed = projections.filter(({ contributions }) => contributions).map(({ name }) => name);

const letopis = (folder: string, ...args: readonly string[]) =>
  run(process.execPath, [path.join(root, 'dist/apps/cli/src/main.js'), ...args], {
    env: { PATH: process.env.PATH, LETOPIS_DATA: folder, LOG_LEVEL: 'warn' },
  });

/** Each view has series of its own. */
const ownSeries = (query: URLSearchParams, view: string) => {
  const own = new URLSearchParams(query);
  if (own.has('series')) own.set('series', someSeries(view));
  return own;
};

interface Served {
  readonly url: string;
  stop(): Promise<void>;
}

describeWithMongo('embedded engines, and MongoDB written by projectors that share the customers,', (mongo) => {
  describeWithKafka('answer the same bytes over HTTP', (brokers) => {
    let folder: string;
    let key: string;
    let served: Served[];
    beforeEach(async () => {
      folder = mkdtempSync(path.join(tmpdir(), 'letopis-same-'));
      served = [];
      mkdirSync(path.join(folder, 'a'));
      key = (await letopis(path.join(folder, 'a'), 'keys', 'create', '--role', 'admin', '--actor', 'spec')).stdout.trim();
    });
    afterEach(async () => {
      for (const { stop } of served) await stop();
      rmSync(folder, { recursive: true });
    });

    async function embedded(): Promise<Served> {
      const api = await spawnApi({ LETOPIS_DATA: path.join(folder, 'a') });
      return {
        url: api.url,
        async stop() {
          api.process.kill('SIGTERM');
          await api.exited;
        },
      };
    }

    async function distributed(): Promise<Served> {
      mkdirSync(path.join(folder, 'b'));
      for (const file of ['chronicle.sqlite', 'keys.sqlite']) copyFileSync(path.join(folder, 'a', file), path.join(folder, 'b', file));
      const environment = {
        LETOPIS_DATA: path.join(folder, 'b'),
        READ_MODELS_URL: `${mongo}/same-${randomUUID()}`,
        KAFKA_BROKERS: brokers,
        KAFKA_TOPIC_PREFIX: `same-${randomUUID()}`,
        KAFKA_PARTITIONS: '4',
        PROJECTOR: 'off',
        RELAY: 'off',
        INBOUND: 'off',
      };
      const api = await spawnApi(environment);
      const projectors = [1, 2].map(() => spawnProgram('apps/projector/src/main.js', environment));
      return {
        url: api.url,
        async stop() {
          for (const { child, exited } of projectors) {
            child.kill('SIGTERM');
            await exited;
          }
          api.process.kill('SIGTERM');
          await api.exited;
        },
      };
    }

    async function bothServed(): Promise<readonly [string, string]> {
      for (const start of [embedded, distributed]) served.push(await start());
      for (const { url } of served) {
        for (;;) {
          const { views } = (await (await fetch(`${url}/health/ready`)).json()) as { views: { live: boolean; lagSeconds: number }[] };
          if (views.length > 0 && views.every(({ live, lagSeconds }) => live && lagSeconds === 0)) break;
          await sleep(200);
        }
      }
      return [served[0]!.url, served[1]!.url];
    }

    const answer = async (url: string, address: string): Promise<{ readonly text: string; readonly next: string | undefined }> => {
      const response = await fetch(`${url}${address}`, { headers: { authorization: `Bearer ${key}` } });
      if (!response.ok && response.status !== 404) throw new Error(`${address}: ${response.status} ${await response.text()}`);
      // A customer may not have been there yet at that instant; each answer names its request.
      const text = response.ok ? await response.text() : 'not there';
      return { text, next: nextOf(response, address) };
    };

    /** Addresses whose answers differ, of every view at several instants, with its first pages. */
    async function unlike([a, b]: readonly [string, string], instants: readonly string[]): Promise<readonly string[]> {
      const { text } = await answer(a, '/customers?limit=12');
      const ids = (JSON.parse(text) as { customers: { customerId: string }[] }).customers.map(({ customerId }) => customerId);
      expect(ids.length).toBe(12);
      const addresses = instants.flatMap((asOf) =>
        storedViews.flatMap((view) => {
          const limit = view.parameters.limit?.schema.maximum;
          const query = new URLSearchParams({
            ...required(view),
            ...(limit !== undefined && { limit: String(limit) }),
            ...(view.parameters.asOf ? { asOf } : { from: '1970-01-01', to: asOf }),
          });
          const filled = (name: string, values: readonly string[]) => values.map((value) => view.path.replace(`:${name}`, value));
          const paths = view.path.includes(':view')
            ? filled('view', summed)
            : isOfOneCustomer(view)
              ? filled('customerId', ids)
              : [view.path];
          return paths.map((path, i) => `${path}?${view.path.includes(':view') ? ownSeries(query, summed[i]!) : query}`);
        }),
      );
      const differ: string[] = [];
      for (const first of addresses) {
        let address: string | undefined = first;
        for (let page = 0; page < PAGES && address !== undefined; page++) {
          const ours = await answer(a, address);
          const theirs = await answer(b, address);
          if (ours.text !== theirs.text) differ.push(address);
          address = ours.next;
        }
      }
      return differ.slice(0, 10);
    }

    it('of the demo company', async () => {
      const log = await openEventLog(`sqlite:${path.join(folder, 'a/chronicle.sqlite')}`, {
        registry: createEventRegistry(eventDefinitions),
      });
      await appendCompany(log, 2_000, 80);
      await log.close();
      expect(await unlike(await bothServed(), ['2025-01-31', '2026-06-30'])).toEqual([]);
    });

    const published = existsSync(cdnow) ? it : it.skip;
    published(`of the published CDNOW purchases${existsSync(cdnow) ? '' : ` [needs ${cdnow}]`}`, async () => {
      await letopis(path.join(folder, 'a'), 'import', cdnow, '--mapping', path.join(root, 'test/fixtures/mappings/cdnow.json'));
      expect(await unlike(await bothServed(), ['1997-09-30', '1998-06-30'])).toEqual([]);
    });
  });
});
