import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Parameter } from '../../apps/api/src/edge/parameters.js';
import { viewCatalogue } from '../../apps/api/src/views/catalogue.js';
import { readsOf, type ViewDefinition } from '../../apps/api/src/views/view-definition.js';
import type { Report } from './report.js';

const CONNECTIONS = 20;
const GOAL_MS = 100;
const UNKNOWN = 'UNKNOWN-TO-ALL';

/** Values to ask with; those that a parameter does not take are left out. */
const byName: Readonly<Record<string, readonly string[]>> = {
  name: ['a'],
  identifier: ['nobody@example.org'],
  stage: ['lead', 'negotiation'],
  source: ['referral'],
  segment: ['retail'],
  limit: ['1000'],
  by: ['curator', 'source', 'segment', 'reason,stage,curator,source,segment'],
};
const bySchema = ['2026-01', '2026-01-01', '0001-01-01', '2026-12-31'];

const valuesOf = (name: string, { schema, read }: Parameter<unknown>): readonly string[] => {
  const candidates = (schema.enum as readonly string[] | undefined) ?? byName[name] ?? bySchema;
  const taken = candidates.filter((value) => 'value' in read(value));
  return taken.length > 0 ? taken : [UNKNOWN].filter((value) => 'value' in read(value));
};

type Asking = (path: string) => Promise<{ readonly status: number; readonly text: string }>;

/** Every view as it is, with each value of each parameter, and the drill-downs of the series that the answers of the company's views name. */
async function questions(
  customerId: string,
  curatorId: string,
  ask: Asking,
): Promise<readonly { readonly view: string; readonly url: string }[]> {
  const found: { view: string; url: string }[] = [];
  const series = new Map<string, Set<string>>();
  for (const definition of viewCatalogue.filter(
    ({ name, path, reads }) =>
      name !== 'events-behind' && (typeof reads === 'function' || reads.length > 0 || path.includes(':customerId')),
  )) {
    const { name, parameters } = definition;
    const base = definition.path.replace(':customerId', customerId);
    const required: Record<string, string> = {
      ...('rung' in parameters && { rung: 'client' }),
      ...(name === 'ladder-moves' && { from: '2026-01-01' }),
      ...(name === 'desk' && { curatorId }),
    };
    const withOne = (more: Record<string, string>) => `${base}?${new URLSearchParams({ ...required, ...more })}`;
    const urls = [withOne({})];
    for (const [parameter, how] of Object.entries(parameters)) {
      if (parameter === 'cursor') continue;
      const values = parameter === 'curatorId' ? [curatorId] : parameter === 'customerId' ? [customerId] : valuesOf(parameter, how);
      for (const value of values) urls.push(withOne({ [parameter]: value }));
    }
    for (const url of urls) found.push({ view: name, url });
    if (!base.includes(customerId)) await gatherSeries(definition, urls, series, ask);
  }
  for (const [view, all] of series)
    for (const one of [...all].toSorted((a, b) => a.length - b.length).slice(0, 3))
      for (const asked of [one, broad(one)])
        found.push({ view: 'events-behind', url: `/views/${view}/events?${new URLSearchParams({ series: asked, limit: '1000' })}` });
  return found;
}

/** Its first member closed by `|` stands for every series of the measure. */
const broad = (series: string): string => `${series.split('|')[0]}|`;

async function gatherSeries(
  definition: ViewDefinition,
  urls: readonly string[],
  into: Map<string, Set<string>>,
  ask: Asking,
): Promise<void> {
  const [view] = readsOf(definition, {});
  if (view === undefined) return;
  for (const url of urls) {
    const { text } = await ask(url);
    const all = into.get(view) ?? new Set<string>();
    into.set(view, all);
    for (const [, series] of text.matchAll(/"series":"((?:[^"\\]|\\.)+)"/g)) if (all.size < 20) all.add(series!);
  }
}

/** The longest time for which the event loop of the API stood still since this was last asked, ms. */
async function longestDelay(ask: Asking): Promise<number> {
  const { text } = await ask('/metrics');
  const [, seconds] = /^nodejs_eventloop_lag_max_seconds ([\d.e+-]+)$/m.exec(text) ?? [];
  if (seconds === undefined) throw new Error('the metrics do not tell how long the event loop stood still');
  return Number(seconds) * 1000;
}

/** Of each view the worst of its questions, asked by twenty connections of one key at once, and how long a card took meanwhile. */
export async function measureStalls(api: { readonly url: string }, key: string, report: Report): Promise<void> {
  const headers = { authorization: `Bearer ${key}` };
  const ask: Asking = async (question) => {
    const response = await fetch(`${api.url}${question}`, { headers });
    return { status: response.status, text: await response.text() };
  };
  const some = JSON.parse((await ask('/customers?limit=1')).text) as { customers: { customerId: string; curatorId: string }[] };
  const { customerId, curatorId } = some.customers[0]!;
  const worst = new Map<string, { delay: number; took: number; card: number; url: string }>();
  for (const { view, url } of await questions(customerId, curatorId, ask)) {
    await longestDelay(ask);
    let answered = false;
    const card = async () => {
      let longest = 0;
      while (!answered) {
        const began = performance.now();
        await ask(`/customers/${customerId}`);
        longest = Math.max(longest, performance.now() - began);
        await sleep(5);
      }
      return longest;
    };
    const began = performance.now();
    const cards = card();
    const answers = await Promise.all(Array.from({ length: CONNECTIONS }, () => ask(url)));
    const took = performance.now() - began;
    answered = true;
    const one = { delay: await longestDelay(ask), took, card: await cards, url };
    const failed = answers.find(({ status }) => status >= 500 || status === 429);
    if (failed) throw new Error(`${url} answered ${failed.status}: ${failed.text.slice(0, 500)}`);
    if (process.env.LETOPIS_BENCH_EACH) console.log(JSON.stringify({ ...one, status: answers[0]!.status }));
    if (one.delay >= (worst.get(view)?.delay ?? 0)) worst.set(view, one);
  }
  for (const [view, { delay, url, took, card }] of worst) {
    const name = `http.event-loop.${view}`;
    report({
      name: `${name}.longest-delay ${path.posix.basename(url)}`,
      value: delay,
      unit: 'ms',
      goal: `under ${GOAL_MS} ms`,
      holds: delay < GOAL_MS,
    });
    report({ name: `${name}.twenty-answers`, value: took, unit: 'ms' });
    report({ name: `${name}.longest-card-meanwhile`, value: card, unit: 'ms' });
  }
}
