import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { projections } from '#projections';
import { describeWithEventStoreDb, describeWithKafka, describeWithMongo } from '#testing/engines/given-engines.js';
import { isOfOneCustomer } from '../../apps/api/src/views/view-definition.js';
import { type ChildApi, spawnApi, spawnProgram } from '../api/child-api.js';
import { nextOf } from '../api/test-api.js';
import { required, someSeries, storedViews } from '../api/view-questions.js';
import { appendCompany, openEncryptedLog } from '../bench/company-log.js';

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

const ownSeries = (query: URLSearchParams, view: string) => {
  const own = new URLSearchParams(query);
  if (own.has('series')) own.set('series', someSeries(view));
  return own;
};

/** Nothing is appended while answers are compared, however long that takes: some name the position that they were made at. */
const stillLog = { ACCESS_LOG_ANCHOR_SECONDS: '86400' };

interface Served {
  readonly url: string;
  stop(): Promise<void>;
}

const ended = async ({ process, exited }: ChildApi): Promise<void> => {
  process.kill('SIGTERM');
  await exited;
};

async function embedded(folder: string): Promise<Served> {
  const api = await spawnApi({ LETOPIS_DATA: path.join(folder, 'a'), ...stillLog });
  return { url: api.url, stop: () => ended(api) };
}

/** An API and projectors of their own, with the keys of the embedded one. */
async function withProjectors(folder: string, count: number, engines: Readonly<Record<string, string>>): Promise<Served> {
  copyFileSync(path.join(folder, 'a/keys.sqlite'), path.join(folder, 'b/keys.sqlite'));
  const keys = {
    SUBJECT_KEYS_URL: `sqlite:${path.join(folder, 'a/subject-keys.sqlite')}`,
    MASTER_KEY: `file:${path.join(folder, 'a/master.key')}`,
    KEPT_OUTSIDE_URL: `file:${path.join(folder, 'a.keep')}`,
  };
  const environment = { LETOPIS_DATA: path.join(folder, 'b'), PROJECTOR: 'off', ...stillLog, ...keys, ...engines };
  const api = await spawnApi(environment);
  const projectors = Array.from({ length: count }, () => spawnProgram('apps/projector/src/main.js', environment));
  return {
    url: api.url,
    async stop() {
      for (const { child, exited } of projectors) {
        child.kill('SIGTERM');
        expect(await exited).toMatchObject({ code: 0 });
      }
      await ended(api);
    },
  };
}

const onMongoAndKafka = (mongo: string, brokers: string) => (folder: string) => {
  copyFileSync(path.join(folder, 'a/chronicle.sqlite'), path.join(folder, 'b/chronicle.sqlite'));
  return withProjectors(folder, 2, {
    READ_MODELS_URL: `${mongo}/same-${randomUUID()}`,
    KAFKA_BROKERS: brokers,
    KAFKA_TOPIC_PREFIX: `same-${randomUUID()}`,
    KAFKA_PARTITIONS: '4',
    RELAY: 'off',
    INBOUND: 'off',
  });
};

const onEventStoreDb = (server: string) => async (folder: string) => {
  const namespace = `same-${randomUUID()}`;
  const from = `sqlite:${path.join(folder, 'a/chronicle.sqlite')}`;
  await letopis(path.join(folder, 'a'), 'copy-log', '--from', from, '--to', `${server}#${namespace}`, '--keep-open');
  return withProjectors(folder, 1, { EVENT_LOG_URL: server, EVENT_LOG_NAMESPACE: namespace });
};

/** Of views that show the present alone. */
const withoutNow = (text: string) => text.replace(/"asOf":"[^"]*"/, '"asOf":"now"');

/** A copy of the log has positions of its own. */
const withoutPositions = (text: string) => text.replaceAll(/"(\d{20}|[a-z0-9]{4}\d{40})"/g, '"position"');

function answerTheSame(other: (folder: string) => Promise<Served>, shown = (text: string) => text): void {
  let folder: string;
  let key: string;
  let served: Served[];
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'letopis-same-'));
    served = [];
    for (const each of ['a', 'b']) mkdirSync(path.join(folder, each));
    key = (await letopis(path.join(folder, 'a'), 'keys', 'create', '--role', 'admin', '--actor', 'spec')).stdout.trim();
  });
  afterEach(async () => {
    for (const { stop } of served) await stop();
    rmSync(folder, { recursive: true });
  });

  async function bothServed(): Promise<readonly [string, string]> {
    for (const start of [embedded, other]) served.push(await start(folder));
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
          ...(view.parameters.asOf ? { asOf } : view.parameters.from && { from: '1970-01-01', to: asOf }),
        });
        const ofView = (name: string) => `${view.path.replace(':view', name)}?${ownSeries(query, name)}`;
        if (view.path.includes(':view')) return summed.map(ofView);
        const paths = isOfOneCustomer(view) ? ids.map((id) => view.path.replace(':customerId', id)) : [view.path];
        return paths.map((path) => `${path}?${query}`);
      }),
    );
    const differ: string[] = [];
    for (const first of addresses) {
      let [ourAddress, theirAddress]: (string | undefined)[] = [first, first];
      for (let page = 0; page < PAGES && ourAddress !== undefined && theirAddress !== undefined; page++) {
        const ours = await answer(a, ourAddress);
        const theirs = await answer(b, theirAddress);
        const areLast = [ours, theirs].map(({ next }) => next === undefined);
        const same = (text: string) => shown(first.includes('asOf=') ? text : withoutNow(text));
        if (same(ours.text) !== same(theirs.text) || areLast[0] !== areLast[1]) differ.push(ourAddress);
        [ourAddress, theirAddress] = [ours.next, theirs.next];
      }
    }
    return differ.slice(0, 10);
  }

  it('of the demo company', async () => {
    const log = await openEncryptedLog(path.join(folder, 'a'), `sqlite:${path.join(folder, 'a/chronicle.sqlite')}`);
    await appendCompany(log, 2_000, 80);
    await log.close();
    expect(await unlike(await bothServed(), ['2025-01-31', '2026-06-30'])).toEqual([]);
  });

  const published = existsSync(cdnow) ? it : it.skip;
  published(`of the published CDNOW purchases${existsSync(cdnow) ? '' : ` [needs ${cdnow}]`}`, async () => {
    await letopis(path.join(folder, 'a'), 'import', cdnow, '--mapping', path.join(root, 'test/fixtures/mappings/cdnow.json'));
    expect(await unlike(await bothServed(), ['1997-09-30', '1998-06-30'])).toEqual([]);
  });
}

describeWithMongo('embedded engines, and MongoDB written by projectors that share the customers,', (mongo) => {
  describeWithKafka('answer the same bytes over HTTP', (brokers) => answerTheSame(onMongoAndKafka(mongo, brokers)));
});

describeWithEventStoreDb('embedded engines, and EventStoreDB with a projector of its own, answer the same but for positions', (server) =>
  answerTheSame(onEventStoreDb(server), withoutPositions),
);
