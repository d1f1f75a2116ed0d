import fc from 'fast-check';
import type { DomainEvent } from '#event-log';
import type { QueryContext, TimeTravel } from '#projections';
import { customerCard } from '#projections/card/query.js';
import { type ContributorBehind, eventsBehind } from '#projections/drill-down.js';
import { projections } from '#projections/views.js';
import { arbitraryDay, arbitraryEvents, arbitraryInstant, arbitraryStory } from '#testing/arbitrary-story.js';
import { builtViews } from '#testing/built-views.js';
import { storyOf } from '#testing/customer-story.js';
import { isOfOneCustomer, type ViewDefinition } from '../../apps/api/src/views/view-definition.js';
import { answerOf, type Query, questionsOf, storedViews } from './view-questions.js';

const NOW = '2026-12-01T00:00:00.000Z';

interface Question {
  readonly view: ViewDefinition;
  readonly query: Query;
}

/** Every way to ask for numbers across customers. */
const questions: ReadonlyMap<string, Question> = new Map(
  storedViews
    .filter((view) => !isOfOneCustomer(view) && !view.path.includes('/:view/'))
    .flatMap((view) => questionsOf(view).map((query) => [`${view.name}?${new URLSearchParams(query)}`, { view, query }] as const)),
);
const someQuestions = fc.shuffledSubarray([...questions.keys()], { minLength: 24, maxLength: 24 });

/** The first of the views that it reads is the one whose series its numbers name. */
const readFirst = ({ reads }: ViewDefinition): string => (typeof reads === 'function' ? reads({}) : reads)[0]!;

const ask = (context: QueryContext, { view, query }: Question, travel: TimeTravel): Promise<TimeTravel> =>
  answerOf(context, view, { ...query, ...travel });

/** Made of the numbers beside them, or no count at all. */
const ratios = /^(conversionToNext|winRate|closeRate|share|retention|offset|mean|median|lowerQuartile|upperQuartile|min|max)$/;

interface Named {
  readonly path: string;
  readonly value: unknown;
  readonly series: string | null;
  readonly beside: Readonly<Record<string, unknown>>;
}

/** Every number of an answer with what names its events; fails for one without. The pages of a list are what its `count` or `total` counts. */
function namedIn(answer: unknown, isList: boolean, series: unknown = undefined, path = ''): readonly Named[] {
  if (typeof answer !== 'object' || answer === null) return [];
  if (Array.isArray(answer)) return answer.flatMap((each, i) => namedIn(each, isList, undefined, `${path}[${i}]`));
  const members = answer as Readonly<Record<string, unknown>>;
  // A row of one customer: what it says is followed in the timeline.
  if ('customerId' in members) return [];
  const own = 'series' in members ? members.series : series;
  return Object.entries(members).flatMap(([name, value]) => {
    if (/series$/i.test(name) || name === 'policies' || ratios.test(name) || (isList && /^(count|total)$/.test(name))) return [];
    const beside = `${name}Series`;
    const of = beside in members ? members[beside] : typeof own === 'object' && own !== null ? own[name as never] : own;
    const here = `${path}.${name}`;
    const counts = typeof value === 'number' || /^mean[A-Z]|^(value|wonAmount|cost|lostValue|notReopenedValue)$/.test(name);
    if (!counts) return namedIn(value, isList, of, here);
    if (of === undefined) throw new Error(`${here} = ${JSON.stringify(value)} cannot name its events`);
    return [{ path: here, value, series: of as string | null, beside: members }];
  });
}

/** The number that the amounts of the contributors come to, in the shape of the number that names them. */
function sumOf(contributors: readonly ContributorBehind[], { value, path, beside }: Named): unknown {
  const sum = (all: readonly ContributorBehind[]) => all.reduce((whole, { amount }) => whole + amount, 0);
  if (Array.isArray(value)) {
    const currencies = Map.groupBy(contributors, ({ series }) => /currency=([^|]+)/.exec(series)![1]!);
    return [...currencies]
      .map(([currency, all]) => ({ minor: sum(all), currency }))
      .filter(({ minor }) => minor !== 0)
      .sort((a, b) => (a.currency < b.currency ? -1 : 1));
  }
  if (!/\.mean/.test(path)) return sum(contributors);
  const ended = beside.staysEnded as Readonly<Record<string, number>> | undefined;
  const count = ended ? Object.values(ended).reduce((whole, each) => whole + each) : (beside.won as number);
  return count === 0 ? null : sum(contributors) / count / 86_400_000;
}

async function walked(context: QueryContext, params: Omit<Parameters<typeof eventsBehind>[1], 'cursor'>): Promise<ContributorBehind[]> {
  const found: ContributorBehind[] = [];
  let cursor: string | undefined;
  do {
    const page = await eventsBehind(context, { ...params, ...(cursor !== undefined && { cursor }) });
    found.push(...page.contributors);
    expect(page.next).not.toBe(cursor ?? null);
    cursor = page.next;
  } while (cursor !== undefined);
  return found;
}

async function everyNumberNamesItsEvents(
  stories: readonly (readonly DomainEvent[])[],
  asked: readonly string[],
  travel: TimeTravel,
  limit: number,
): Promise<ReadonlySet<string>> {
  const context = await builtViews(projections, stories, { now: NOW });
  const byId = new Map(stories.flat().map((event) => [event.id, event]));
  const seen = new Set<string>();
  for (const question of asked.map((each) => questions.get(each)!)) {
    const answer = await ask(context, question, travel);
    const { asOf, knownAt } = answer;
    const view = readFirst(question.view);
    for (const named of namedIn(answer, 'cursor' in question.view.parameters)) {
      const { path, value, series, beside } = named;
      const times = { asOf: asOf!, ...(knownAt !== undefined && { knownAt }) };
      const behind =
        series === null
          ? []
          : await walked(context, { view: typeof beside.view === 'string' ? beside.view : view, series, limit, ...times });
      expect({ view, path, series, value: sumOf(behind, named) }).toEqual({ view, path, series, value });
      expect(new Set(behind.map((each) => `${each.series} ${each.customerId}`)).size).toBe(behind.length);
      for (const { customerId, events, amount } of behind) {
        const strange = events.filter((id) => byId.get(id)?.stream !== `relationship-${customerId}`);
        const known = knownAt === undefined ? '~' : knownAt.slice(0, 10);
        const unknown = events.filter((id) => byId.get(id)!.recordedAt.slice(0, 10) > known);
        expect({ path, series, amount, none: events.length === 0, strange, unknown }).toMatchObject({
          none: false,
          strange: [],
          unknown: [],
        });
      }
      if (behind.length > 0) seen.add(`${question.view.name}${path.replace(/\[\d+\]|\b\d+\b/g, '')}`);
    }
  }
  return seen;
}

const usd = (minor: number) => ({ minor, currency: 'USD' });

const travel = fc.record(
  {
    asOf: fc.oneof(fc.constant(NOW), fc.constant('2028-01-01T00:00:00.000Z'), arbitraryInstant),
    knownAt: fc.oneof(arbitraryInstant, arbitraryDay),
  },
  { requiredKeys: ['asOf'] },
);

const lifeTravel = fc.record(
  {
    asOf: fc.constantFrom(NOW, '2026-03-01T00:00:00.000Z', '2026-11-22T12:00:00.000Z'),
    knownAt: fc.constantFrom('2026-11-10', '2026-11-22T08:00:00.000Z'),
  },
  { requiredKeys: ['asOf'] },
);

describe('every number of every view', () => {
  it('is what the amounts behind it come to, on all pages, then and as known then', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(arbitraryStory, { minLength: 1, maxLength: 3 }),
        someQuestions,
        travel,
        fc.integer({ min: 1, max: 3 }),
        async (stories, asked, when, limit) => {
          const events = stories.map((each, n) => storyOf(['anna', 'an', 'anna2'][n]!, each));
          for (const each of await everyNumberNamesItsEvents(events, asked, when, limit)) seen.add(each);
        },
      ),
      { numRuns: 60 },
    );
    expect(seen.size).toBeGreaterThan(80);
  });

  it('is so for whatever life the deciders let a customer have', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryEvents, someQuestions, lifeTravel, fc.integer({ min: 1, max: 5 }), (facts, asked, when, limit) =>
        everyNumberNamesItsEvents([storyOf('anna', facts)], asked, when, limit).then(() => {}),
      ),
      { numRuns: 20, endOnFailure: true },
    );
  });
});

describe('one customer only', () => {
  it('is what the drill-down can be narrowed to, and all of them come to the whole', async () => {
    const stories = ['anna', 'boris'].map((id, n) =>
      storyOf(id, [
        { type: 'curator-assigned', at: '2026-01-01', data: { curatorId: 'maria', from: '2026-01-01T00:00:00.000Z' } },
        { type: 'deal-opened', at: '2026-01-02', data: { dealId: id, funnelVersion: 1, stage: 'lead', expectedValue: usd(n + 1) } },
        { type: 'purchase-recorded', at: '2026-01-03', data: { purchaseId: id, item: 'x', quantity: 1, amount: usd(10 * (n + 1)) } },
      ]),
    );
    const context = await builtViews(projections, stories, { now: NOW });
    const amounts = async (view: string, series: string) =>
      Promise.all(
        ['anna', 'boris', 'vera'].map(async (customerId) =>
          (await walked(context, { view, series, customerId, limit: 1 })).map((each) => [each.customerId, each.amount]),
        ),
      );
    const { net, series } = (await customerCard(context, { customerId: 'boris' }))!.value.USD!;
    expect(net).toBe(20);
    expect(await amounts('churn', series)).toEqual([[['anna', 10]], [['boris', net]], []]);
    expect(await amounts('churn', 'measure=customers|derived=customers|')).toEqual([[['anna', 1]], [['boris', 1]], []]);
    expect(await amounts('funnel', 'measure=value|curator=maria|')).toEqual([[['anna', 1]], [['boris', 2]], []]);
  });

  it('rejects a series that nobody named', async () => {
    const context = await builtViews(projections, [], { now: NOW });
    for (const [view, series] of [
      ['funnel', 'measure=won|derived=tea-leaves|'],
      ['funnel', 'measure=won|derived=customers|'],
      ['churn', 'measure=customers|days=2026-01-01..|derived=customers|'],
      ['funnel', 'measure=%|'],
      ['funnel', 'measure=winnings|'],
      ['funnel', 'measure=won|colour=red|'],
      ['churn', 'measure=risk|score=3|derived=customers|'],
      ['churn', 'measure=constructor|derived=customers|'],
    ] as const)
      await expect(eventsBehind(context, { view, series })).rejects.toThrow('series');
  });
});
