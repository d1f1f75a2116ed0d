import type { Parameter } from '../../apps/api/src/edge/parameters.js';
import { viewCatalogue } from '../../apps/api/src/views/catalogue.js';
import { readsOf, type ViewDefinition } from '../../apps/api/src/views/view-definition.js';

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

export type Asking = (path: string) => Promise<{ readonly status: number; readonly text: string }>;

export interface Question {
  readonly view: string;
  readonly url: string;
  /** The first answer. */
  readonly firstMs: number;
}

export async function timed(ask: Asking, url: string): Promise<{ readonly text: string; readonly ms: number }> {
  const began = performance.now();
  const { status, text } = await ask(url);
  if (status >= 500 || status === 429) throw new Error(`${url} answered ${status}: ${text.slice(0, 500)}`);
  return { text, ms: performance.now() - began };
}

/** Asks every view as it is, with each value of each parameter, and the drill-downs of the series that the answers of the company's views name. */
export async function askFirst(customerId: string, curatorId: string, ask: Asking): Promise<readonly Question[]> {
  const found: Question[] = [];
  const askOne = async (view: string, url: string) => {
    const { text, ms } = await timed(ask, url);
    found.push({ view, url, firstMs: ms });
    return text;
  };
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
    const texts: string[] = [];
    for (const url of urls) texts.push(await askOne(name, url));
    if (!base.includes(customerId)) gatherSeries(definition, texts, series);
  }
  for (const [view, all] of series)
    for (const one of [...all].toSorted((a, b) => a.length - b.length).slice(0, 3))
      for (const asked of [one, broad(one)])
        await askOne('events-behind', `/views/${view}/events?${new URLSearchParams({ series: asked, limit: '1000' })}`);
  return found;
}

/** Its first member closed by `|` stands for every series of the measure. */
const broad = (series: string): string => `${series.split('|')[0]}|`;

function gatherSeries(definition: ViewDefinition, texts: readonly string[], into: Map<string, Set<string>>): void {
  const [view] = readsOf(definition, {});
  if (view === undefined) return;
  const all = into.get(view) ?? new Set<string>();
  into.set(view, all);
  for (const text of texts) for (const [, series] of text.matchAll(/"series":"((?:[^"\\]|\\.)+)"/g)) if (all.size < 20) all.add(series!);
}
