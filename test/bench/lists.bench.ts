import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type NewEvent, openEventLog } from '#event-log';
import { eventCatalogue } from '#platform/events/current-events.js';
import type { Projection, QueryContext } from '#projections';
import { type FindCustomersParams, findCustomers } from '#projections/card/find.js';
import { cardProjection } from '#projections/card/projection.js';
import { funnelProjection } from '#projections/funnel/projection.js';
import { type DealsParams, dealSorts, deals } from '#projections/funnel/query.js';
import { createViewReader } from '#projections/runner/index.js';
import { createProjector } from '#projections/runner/projector.js';
import { openReadModels } from '#read-models';
import { applyPolicyEvent, defaultPolicies } from '#relationship';
import { createAppender } from '#testing/append-at-head.js';
import { newEvent } from '#testing/new-event.js';
import { csvRows, csvTableOf } from '../../apps/api/src/csv/csv-pages.js';
import { viewCatalogue } from '../../apps/api/src/views/catalogue.js';
import { withMongo } from './given-servers.js';
import type { Report } from './report.js';

const CUSTOMERS = Number(process.env.LETOPIS_BENCH_CUSTOMERS ?? 100_000);
const TIMES = 15;
const GOAL_MS = 50;

/** Many match, few match, none does; every way to filter and to sort. */
const questions: Readonly<Record<string, FindCustomersParams>> = {
  all: {},
  'name.many': { name: 'ов' },
  'name.few': { name: '1999' },
  'name.none': { name: '小明' },
  'name.registered': { name: 'ов', sort: 'registeredAt', direction: 'desc' },
  lastContact: { sort: 'lastContactAt' },
  role: { role: 'nothing' },
  filters: { role: 'supplier', kind: 'person', contacted: false, registeredFrom: '2025-06-01', name: 'ан', sort: 'registeredAt' },
  'without-curator': { curatorId: [null] },
  curator: { curatorId: 'curator-7', sort: 'lastContactAt', direction: 'desc' },
  asOf: { asOf: '2020-01-01' },
  total: { name: 'ов', total: true },
  identifier: { identifier: '+49 30 1000000' },
};

/** Of deals, one a customer. */
const dealQuestions: Readonly<Record<string, DealsParams>> = {
  'deals.since': {},
  ...Object.fromEntries(
    dealSorts.flatMap((sort) => [
      [`deals.${sort}`, { sort }],
      [`deals.${sort}.open`, { sort, direction: 'asc', status: 'open' }],
      [`deals.${sort}.filters`, { sort, status: 'won', curatorId: 'curator-7', source: 'nothing' }],
    ]),
  ),
  'deals.total': { status: 'won', total: true },
};

/** The server with MongoDB's protocol that can be started here uses no index and sorts by reading all: it says nothing of MongoDB. */
const TEST_SERVER = 'mongodb-test-server';
const MOST_OF_TEST_SERVER = 2_000;

/** Lists and search of many customers; `LETOPIS_BENCH_CUSTOMERS` sets how many. On MongoDB too where `TEST_MONGODB_URL` gives one. */
export async function run(report: Report): Promise<void> {
  await withViews('sqlite', CUSTOMERS, report, (folder) => `sqlite:${path.join(folder, 'views.db')}`);
  const [engine, customers] = process.env.TEST_MONGODB_URL
    ? (['mongodb', CUSTOMERS] as const)
    : ([TEST_SERVER, Math.min(CUSTOMERS, MOST_OF_TEST_SERVER)] as const);
  await withMongo('lists', (url) => withViews(engine, customers, report, () => `${url.replace(/\/$/, '')}/bench_lists_${process.pid}`));
}

async function withViews(engine: string, customers: number, report: Report, urlIn: (folder: string) => string): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'letopis-bench-'));
  try {
    const log = await openEventLog(`sqlite:${path.join(folder, 'log.db')}`, { registry: eventCatalogue });
    const append = createAppender(log);
    for (let n = 0; n < customers; n += 1_000)
      await Promise.all(Array.from({ length: Math.min(1_000, customers - n) }, (_, i) => append(`relationship-c-${n + i}`, lifeOf(n + i))));
    const store = openReadModels(urlIn(folder));
    const policies = { initial: defaultPolicies, apply: applyPolicyEvent };
    const projections = [cardProjection, funnelProjection] as readonly Projection[];
    const projector = createProjector({ log, store, projections, policies });
    await projector.start();
    await projector.settled();
    await projector.stop();
    const context = { reader: createViewReader(store), log, policies: defaultPolicies, now: '2026-11-30T00:00:00.000Z' };
    await measureQuestions(`${engine}.${customers}`, context, report);
    await store.close();
    await log.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureQuestions(engine: string, context: QueryContext, report: Report): Promise<void> {
  const asked = [
    ...Object.entries(questions).map(([name, params]) => [name, () => findCustomers(context, params)] as const),
    ...Object.entries(dealQuestions).map(([name, params]) => [name, () => deals(context, params)] as const),
  ];
  for (const [name, ask] of asked) {
    const taken: number[] = [];
    const before = process.cpuUsage();
    for (let time = 0; time < TIMES; time++) {
      const start = performance.now();
      await ask();
      taken.push(performance.now() - start);
    }
    const { user, system } = process.cpuUsage(before);
    const p50 = taken.toSorted((a, b) => a - b)[TIMES >> 1]!;
    const goal = !engine.startsWith(TEST_SERVER) && { goal: `< ${GOAL_MS} ms`, holds: p50 < GOAL_MS };
    report({ name: `lists.${engine}.${name}`, value: p50, unit: 'ms p50', ...goal });
    report({ name: `lists.${engine}.${name}.cpu`, value: (user + system) / 1_000 / TIMES, unit: 'ms' });
  }
  const table = csvTableOf(viewCatalogue.find(({ name }) => name === 'find-customers')!, undefined);
  const start = performance.now();
  let [characters, most, cursor] = [0, 0, undefined as string | undefined];
  do {
    const page = await findCustomers(context, { limit: 1_000, ...(cursor !== undefined && { cursor }) });
    characters += csvRows(table, page, true).length;
    most = Math.max(most, process.memoryUsage().heapUsed);
    cursor = page.next;
  } while (cursor !== undefined);
  report({ name: `lists.${engine}.csv`, value: (performance.now() - start) / 1_000, unit: `s for ${characters} characters` });
  report({ name: `lists.${engine}.csv.heap`, value: most / 2 ** 20, unit: 'MiB' });
}

const names = ['Иванов', 'Петрова', 'Кузнецов', 'Smith', 'Müller', 'García', 'Ελένη', '王小红', 'Анна', 'Олег'];

/** As far apart in time as numbers are prime to one another. */
const at = (n: number) => new Date(Date.UTC(2024, 0, 1) + ((n * 7_919) % 100_003) * 900_000).toISOString();

function lifeOf(n: number): readonly NewEvent[] {
  const registered = {
    kind: n % 3 ? 'person' : 'organisation',
    role: n % 9 ? 'customer' : 'supplier',
    displayName: `${names[n % 10]} ${names[(n * 7 + 3) % 10]} ${n}`,
  };
  const events: readonly (readonly [type: string, data: object])[] = [
    ['customer-registered', registered],
    ['customer-identifier-added', { kind: 'phone', value: `+49 30 ${1_000_000 + Math.floor(n / 120)}` }],
    ...(n % 20 ? ([['curator-assigned', { curatorId: `curator-${n % 300}`, from: at(n) }]] as const) : []),
    [
      'deal-opened',
      { dealId: `d-${n}`, funnelVersion: 1, stage: 'lead', expectedValue: { minor: (n * 7_919) % 100_003, currency: 'EUR' } },
    ],
    ...(n % 3 ? [] : ([['deal-won', { dealId: `d-${n}`, amount: { minor: (n * 31) % 100_003, currency: 'EUR' } }]] as const)),
    ...(n % 4 ? ([['contact-recorded', { channel: 'phone', direction: 'inbound', purpose: 'other' }]] as const) : []),
  ];
  return events.map(([type, data], i) => newEvent({ type, data, id: `e-${n}-${i}`, occurredAt: at(n), recordedAt: at(n) }));
}
