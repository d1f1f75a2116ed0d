import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Identity, Problem } from '#platform';
import { type Card, customerCard, type DealRow, deals, desk, findCustomers, projections, type QueryContext, timeline } from '#projections';
import { defaultPolicies, evolveAccess, evolveRelationship, initialRelationship, mayOpen, noAccess } from '#relationship';
import { curatorAt } from '#relationship/curation/state.js';
import { detailAt } from '#relationship/customer/state.js';
import { arbitraryHistory } from '#testing/arbitrary-history.js';
import { builtViews } from '#testing/built-views.js';
import { type StoryEvent, storyOf } from '#testing/customer-story.js';
import { viewCatalogue } from '../../apps/api/src/views/catalogue.js';
import { readsOf, type ViewDefinition } from '../../apps/api/src/views/view-definition.js';

const NOW = '2026-04-01T00:00:00.000Z';
const instants = ['2026-01-10T12:00:00.000Z', '2026-01-20T12:00:00.000Z', NOW];
const seed = Number(process.env.FC_SEED ?? Date.now() % 1_000_000_000);
const histories = fc.sample(arbitraryHistory, { seed, numRuns: 50 });
const curatorIds = ['ann', 'bea', 'cleo', 'dora'];
const customers = histories.map((_, n) => `c${n}`);
const eventsOf = (customerId: string, story: readonly StoryEvent[]) =>
  storyOf(
    customerId,
    story.map((each) => ({ ...each, id: `${customerId}-${each.id}` })),
  );

const builtWith = (order: 'inOrder' | 'shuffled') =>
  builtViews(
    projections,
    histories.map((each, n) => eventsOf(customers[n]!, each[order])),
    { now: NOW },
  );

const identity: Identity = { keyId: 'k', role: 'supervisor', actorId: 'sue' };
const services = { policies: { current: () => defaultPolicies }, curators: { current: () => new Map() } } as never;
const path = (customerId: string, view: string) => ({ customerId, view });

/** What a view is asked with, from its own table: each choice of each parameter, and what it cannot do without. */
const samples: Readonly<Record<string, readonly string[]>> = {
  asOf: instants,
  curatorId: ['ann', 'bea', 'dora'],
  segment: ['one'],
  source: ['two'],
};
const queriesOf = ({ parameters, name }: ViewDefinition): readonly Readonly<Record<string, unknown>>[] => {
  const needed = {
    ...('limit' in parameters && { limit: 500 }),
    ...(name === 'desk' && { curatorId: 'ann' }),
    ...(name === 'desk-supervisor' && { from: '2026-01-01', to: '2026-02-10' }),
    ...(name === 'ladder-moves' && { from: '2026-01-01T00:00:00.000Z' }),
    ...(name === 'ladder-customers' && { rung: 'prospect' }),
  };
  const choices = Object.entries(parameters).flatMap(([parameter, { schema }]) =>
    (samples[parameter] ?? (Array.isArray(schema.enum) ? schema.enum : [])).map((value) => ({ ...needed, [parameter]: value })),
  );
  return [needed, ...choices];
};

const asked = async (context: QueryContext, definition: ViewDefinition, customerId = '', query = {}, view = '') => {
  const ask = { identity, path: path(customerId, view), query, context, within: async <Row>(rows: readonly Row[]) => rows, services };
  return definition.answer(ask as never).then(
    ({ body }) => shown(body),
    (error: unknown) => {
      if (error instanceof Problem) return error.message;
      throw error;
    },
  );
};

/** Without what only says in which order something was recorded: so it is with the events behind a number, and with channels used as often. */
const shown = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.every((each) => typeof each === 'string') ? value.toSorted() : value.map(shown);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => {
      if (name === 'revision' || name === 'position') return [];
      return [[name, name === 'observed' ? new Set(member as readonly unknown[]) : shown(member)]];
    }),
  );
};

/** Every number of an answer is named by a series. */
const seriesIn = (value: unknown, found = new Set<string>()): ReadonlySet<string> => {
  if (typeof value !== 'object' || value === null) return found;
  for (const [name, member] of Object.entries(value))
    if (/series$/i.test(name) && typeof member === 'string') found.add(member);
    else seriesIn(member, found);
  return found;
};

describe(`views of what was recorded in any order (seed ${seed})`, () => {
  let inOrder: QueryContext;
  let shuffled: QueryContext;
  beforeAll(async () => {
    [inOrder, shuffled] = [await builtWith('inOrder'), await builtWith('shuffled')];
  });

  const reading = viewCatalogue.filter(
    (definition) => readsOf(definition, path('', 'funnel')).length > 0 && definition.name !== 'events-behind',
  );
  const behind = viewCatalogue.find(({ name }) => name === 'events-behind')!;

  it.each(reading.map((definition) => [definition.name, definition] as const))(
    '%s answers as if it had been recorded in order of time',
    async (_, definition) => {
      const ids = definition.path.includes(':customerId') ? customers : [''];
      const series = new Set<string>();
      for (const query of queriesOf(definition))
        for (const customerId of ids) {
          const wanted = await asked(inOrder, definition, customerId, query);
          expect({ customerId, query, answer: await asked(shuffled, definition, customerId, query) }).toEqual({
            customerId,
            query,
            answer: wanted,
          });
          if (ids.length === 1) seriesIn(wanted, series as Set<string>);
        }
      const view = readsOf(definition, path('', 'funnel'))[0]!;
      for (const one of [...series].slice(0, 40)) {
        const query = { series: one, limit: 500 };
        expect(await asked(shuffled, behind, '', query, view)).toEqual(await asked(inOrder, behind, '', query, view));
      }
    },
  );

  it.each(instants)('say the same of each customer as of %s, in the card, lists, deals, desk and decisions', async (asOf) => {
    const portfolios = new Map<string, ReadonlySet<string>>();
    for (const curatorId of curatorIds) {
      const { portfolio } = await desk(shuffled, { curatorId, asOf, limit: 1_000 });
      portfolios.set(curatorId, new Set(portfolio.customers.map(({ customerId }) => customerId)));
    }
    const found = new Map(
      (await findCustomers(shuffled, { customerId: customers.join(',') })).customers.map((each) => [each.customerId, each]),
    );
    for (const [n, customerId] of customers.entries()) {
      const card = await customerCard(shuffled, { customerId, asOf });
      if (card === undefined || card.status === 'unknown') continue;
      const curatorId = card.curator?.curatorId ?? null;
      const rows = (await deals(shuffled, { customerId, asOf, limit: 1_000 })).deals;
      const openings = new Map(
        histories[n]!.inOrder.flatMap(({ type, data }) => (type === 'deal-opened' ? [[(data as Opening).dealId, data as Opening]] : [])),
      );
      const reassigned = new Set(
        histories[n]!.inOrder.flatMap(({ type, data }) => (type === 'deal-reassigned' ? [(data as Opening).dealId] : [])),
      );
      expect({ customerId, deals: openOf(rows) }).toEqual({ customerId, deals: openOn(card, openings, reassigned, rows) });
      if (!card.mergedInto)
        for (const [curator, held] of portfolios)
          expect({ customerId, curator, has: held.has(customerId) }).toEqual({ customerId, curator, has: curator === curatorId });

      const events = eventsOf(customerId, histories[n]!.shuffled).filter(
        ({ type, occurredAt }) => type === 'customer-registered' || occurredAt <= asOf,
      );
      const state = events.reduce(evolveRelationship, initialRelationship);
      const known = state.status === 'merged' ? state.before : state;
      if (known.status !== 'active') throw new Error(`${customerId} is ${known.status}`);
      const held = (field: 'displayName' | 'segment' | 'language') => detailAt(known.details, field, asOf)?.value ?? null;
      expect({
        customerId,
        curatorId,
        displayName: card.displayName,
        segment: card.segment,
        language: card.language,
        mergedInto: card.mergedInto?.customerId,
      }).toEqual({
        customerId,
        curatorId: curatorAt(known.assignments, asOf) ?? null,
        displayName: held('displayName'),
        segment: held('segment'),
        language: held('language'),
        mergedInto: state.status === 'merged' ? state.into : undefined,
      });
      if (asOf !== NOW) continue;
      const access = events.reduce(evolveAccess, noAccess);
      const planned = (await timeline(shuffled, { customerId }))!.planned.map((item) => item.curatorId);
      const working = new Set([curatorId, ...planned, ...openOf(rows).map((deal) => deal.curatorId)]);
      for (const id of curatorIds)
        expect({ customerId, id, opens: mayOpen(access, { kind: 'curator', id }, { id: customerId, now: NOW }) }).toEqual({
          customerId,
          id,
          opens: working.has(id),
        });
      const { displayName, segment } = found.get(customerId)!;
      expect({ customerId, displayName, segment, curatorId: found.get(customerId)!.curatorId }).toEqual({
        customerId,
        displayName: card.displayName,
        segment: card.segment,
        curatorId,
      });
    }
  });
});

interface OpenDeal {
  readonly dealId: string;
  readonly stage: string | null;
  readonly segment: string | null;
  readonly source: string | null;
  readonly curatorId: string | null;
}
type Opening = Pick<OpenDeal, 'dealId'> & { readonly curatorId?: string; readonly acquisition?: { readonly source: string } };

const byId = (one: OpenDeal, other: OpenDeal): number => (one.dealId < other.dealId ? -1 : 1);

const openOf = (rows: readonly DealRow[]): readonly OpenDeal[] =>
  rows
    .filter(({ status, openedAt }) => status === 'open' && openedAt !== null)
    .map(({ dealId, stage, segment, source, curatorId }) => ({ dealId, stage, segment, source, curatorId }))
    .sort(byId);

/** The same by the card and by what the deals were opened with; who has a deal that was given by name is for another test to say. */
const openOn = (
  card: Card,
  openings: ReadonlyMap<string, Opening>,
  reassigned: ReadonlySet<string>,
  rows: readonly DealRow[],
): readonly OpenDeal[] =>
  card.openDeals
    .map(({ dealId, stage }) => {
      const { curatorId, acquisition } = openings.get(dealId)!;
      const isNamed = curatorId !== undefined || reassigned.has(dealId);
      const given = isNamed && rows.find((row) => row.dealId === dealId)?.curatorId;
      return {
        dealId,
        stage,
        segment: card.segment,
        source: acquisition?.source ?? card.acquisition[0]?.source ?? null,
        curatorId: given || (card.curator?.curatorId ?? null),
      };
    })
    .sort(byId);
