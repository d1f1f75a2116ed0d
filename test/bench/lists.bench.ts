import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type NewEvent, openEventLog } from '#event-log';
import { eventCatalogue } from '#platform/events/current-events.js';
import type { Projection, QueryContext } from '#projections';
import { type FindCustomersParams, findCustomers } from '#projections/card/find.js';
import { cardProjection } from '#projections/card/projection.js';
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
  'name.one': { name: `${CUSTOMERS - 1}` },
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

/** Lists and search of many customers; `LETOPIS_BENCH_CUSTOMERS` sets how many. On MongoDB too, where a server can be started or is given. */
export async function run(report: Report): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'letopis-bench-'));
  try {
    const log = await openEventLog(`sqlite:${path.join(folder, 'log.db')}`, { registry: eventCatalogue });
    const append = createAppender(log);
    for (let n = 0; n < CUSTOMERS; n += 1_000)
      await Promise.all(Array.from({ length: Math.min(1_000, CUSTOMERS - n) }, (_, i) => append(`relationship-c-${n + i}`, lifeOf(n + i))));
    const measure = async (engine: string, url: string) => {
      const store = openReadModels(url);
      const policies = { initial: defaultPolicies, apply: applyPolicyEvent };
      const projector = createProjector({ log, store, projections: [cardProjection] as readonly Projection[], policies });
      await projector.start();
      await projector.settled();
      await projector.stop();
      await measureQuestions(
        engine,
        { reader: createViewReader(store), log, policies: defaultPolicies, now: '2026-11-30T00:00:00.000Z' },
        report,
      );
      await store.close();
    };
    await measure('sqlite', `sqlite:${path.join(folder, 'views.db')}`);
    await withMongo('lists', (url) => measure('mongodb', `${url.replace(/\/$/, '')}/bench_lists_${process.pid}`));
    await log.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureQuestions(engine: string, context: QueryContext, report: Report): Promise<void> {
  for (const [name, params] of Object.entries(questions)) {
    const taken: number[] = [];
    const before = process.cpuUsage();
    for (let time = 0; time < TIMES; time++) {
      const start = performance.now();
      await findCustomers(context, params);
      taken.push(performance.now() - start);
    }
    const { user, system } = process.cpuUsage(before);
    const p50 = taken.toSorted((a, b) => a - b)[TIMES >> 1]!;
    report({ name: `lists.${engine}.${CUSTOMERS}.${name}`, value: p50, unit: 'ms p50', goal: `< ${GOAL_MS} ms`, holds: p50 < GOAL_MS });
    report({ name: `lists.${engine}.${CUSTOMERS}.${name}.cpu`, value: (user + system) / 1_000 / TIMES, unit: 'ms' });
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
  report({ name: `lists.${engine}.${CUSTOMERS}.csv`, value: (performance.now() - start) / 1_000, unit: `s for ${characters} characters` });
  report({ name: `lists.${engine}.${CUSTOMERS}.csv.heap`, value: most / 2 ** 20, unit: 'MiB' });
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
    ...(n % 4 ? ([['contact-recorded', { channel: 'phone', direction: 'inbound', purpose: 'other' }]] as const) : []),
  ];
  return events.map(([type, data], i) => newEvent({ type, data, id: `e-${n}-${i}`, occurredAt: at(n), recordedAt: at(n) }));
}
