import { builtViews } from '#testing/built-views.js';
import { type StoryEvent, storyOf } from '#testing/customer-story.js';
import { eventsBehind } from '../drill-down.js';
import type { Projection } from '../projection.js';
import type { QueryContext } from '../view-reader.js';
import { ladderProjection } from './projection.js';
import { ladderCustomers, ladderDistribution, ladderMoves, ladderOf } from './query.js';
import type { Rung } from './rungs.js';

const registered: StoryEvent = { type: 'customer-registered', at: '2020-01-01', data: { kind: 'person', role: 'customer' } };
const bought = (at: string, known = at): StoryEvent => ({
  type: 'purchase-recorded',
  at,
  known,
  data: { purchaseId: at, item: 'x', quantity: 1, amount: { minor: 100, currency: 'EUR' } },
});

const stories = [
  storyOf('anna', [registered, bought('2020-02-01'), bought('2020-03-01')]),
  storyOf('boris', [registered, bought('2020-02-10')]),
  storyOf('vera', [registered]),
  storyOf('gleb', [
    { ...registered, at: '2020-06-01' },
    { ...bought('2020-07-01'), known: '2020-09-01' },
  ]),
];

describe('the ladder view', () => {
  let context: QueryContext;
  beforeAll(async () => {
    context = await builtViews([ladderProjection] as readonly Projection[], stories, { now: '2020-10-01T00:00:00.000Z' });
  });
  const counts = async (asOf?: string, knownAt?: string) =>
    Object.fromEntries(
      (await ladderDistribution(context, { ...(asOf && { asOf }), ...(knownAt && { knownAt }) })).rungs
        .filter(({ customers }) => customers > 0)
        .map(({ rung, customers }) => [rung, customers]),
    );

  it('counts every registered customer once, then, now and in the future', async () => {
    expect(await counts('2020-01-15')).toEqual({ prospect: 3 });
    expect(await counts()).toEqual({ prospect: 1, purchaser: 2, client: 1 });
    expect(await counts('2022-01-01')).toEqual({ prospect: 1, purchaser: 3 });
    expect((await ladderDistribution(context, {})).customers).toBe(4);
  });

  it('distinguishes what was known then from what is known now', async () => {
    expect(await counts('2020-08-01', '2020-08-01')).toEqual({ prospect: 2, purchaser: 1, client: 1 });
    expect(await counts('2020-08-01')).toEqual({ prospect: 1, purchaser: 2, client: 1 });
    const gleb = (travel: object) => ladderOf(context, { customerId: 'gleb', ...travel });
    expect((await gleb({ asOf: '2020-08-01', knownAt: '2020-08-01' }))!.rung).toBe('prospect');
    expect((await gleb({ asOf: '2020-08-01' }))!.rung).toBe('purchaser');
  });

  it('says of a customer why, what is missing and when it ends', async () => {
    expect(await ladderOf(context, { customerId: 'anna' })).toMatchObject({
      customerId: 'anna',
      rung: 'client',
      since: '2020-03-01T00:00:00.000Z',
      because: ['anna-1', 'anna-2'],
      missing: [{ code: 'positive-attitude' }],
      lapsesAt: '2021-03-02T00:00:00.000Z',
      lapsesTo: 'purchaser',
      policies: { ladder: 1 },
    });
    expect(await ladderOf(context, { customerId: 'anna', asOf: '2021-04-01' })).toMatchObject({ rung: 'purchaser' });
    expect(await ladderOf(context, { customerId: 'gleb', asOf: '2020-02-01' })).toBeUndefined();
    expect(await ladderOf(context, { customerId: 'nobody' })).toBeUndefined();
  });

  it('accounts for every customer between two days', async () => {
    const { moves, up, down, rungs } = await ladderMoves(context, { from: '2020-01-15', to: '2021-06-01' });
    expect(moves.map(({ from, to, customers }) => [from, to, customers])).toEqual([
      ['prospect', 'purchaser', 3],
      ['purchaser', 'client', 1],
      ['client', 'purchaser', 1],
    ]);
    expect([up, down]).toEqual([4, 1]);
    for (const { before, in: came, out, joined, after } of rungs) expect(before + came - out + joined).toBe(after);
    expect(rungs.find(({ rung }) => rung === 'prospect')).toMatchObject({ before: 3, joined: 1, after: 1 });
    await expect(ladderMoves(context, { from: '2021-01-01', to: '2020-01-01' })).rejects.toThrow('from');
  });

  it('lists the customers on a rung, page by page', async () => {
    const on = async (rung: Rung, asOf?: string) => {
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await ladderCustomers(context, { rung, limit: 1, ...(asOf && { asOf }), ...(cursor !== undefined && { cursor }) });
        found.push(...page.customers.map(({ customerId }) => customerId));
        cursor = page.next;
      } while (cursor !== undefined);
      return found;
    };
    expect(await on('purchaser')).toEqual(['boris', 'gleb']);
    expect(await on('purchaser', '2022-01-01')).toEqual(['anna', 'boris', 'gleb']);
    expect(await on('prospect', '2020-01-15')).toEqual(['anna', 'boris', 'vera']);
    for (const asOf of [undefined, '2020-01-15']) {
      const { rungs: counted } = await ladderDistribution(context, { ...(asOf && { asOf }) });
      for (const { rung, customers } of counted)
        expect((await ladderCustomers(context, { rung, limit: 1, total: true, ...(asOf && { asOf }) })).total).toBe(customers);
    }
    await expect(ladderCustomers(context, { rung: 'emperor' as Rung })).rejects.toThrow('rung');
  });

  it('looks at one page alone where nobody was on a rung, instead of at all who were on it at other times', async () => {
    let pages = 0;
    const contributors: QueryContext['reader']['contributors'] = (view, query) => {
      pages++;
      return context.reader.contributors(view, query);
    };
    const counting = { ...context, reader: { ...context.reader, contributors } };
    for (const travel of [{ asOf: '2019-01-01' }, { asOf: '2020-07-15', knownAt: '2020-01-31' }]) {
      pages = 0;
      const { customers, next } = await ladderCustomers(counting, { rung: 'purchaser', limit: 1, ...travel });
      expect({ customers, next, pages }).toEqual({ customers: [], next: undefined, pages: 1 });
    }
    pages = 0;
    const { customers } = await ladderCustomers(counting, { rung: 'purchaser', limit: 1, asOf: '2020-08-15' });
    expect([customers.map(({ customerId }) => customerId), pages]).toEqual([['boris'], 2]);
  });

  it('names the events behind each number', async () => {
    const { rungs } = await ladderDistribution(context);
    for (const { series, customers } of rungs) {
      const { contributors } = await eventsBehind(context, { view: 'ladder', series });
      expect(contributors.reduce((sum, { amount }) => sum + amount, 0)).toBe(customers);
      for (const { events } of contributors) expect(events.length).toBeGreaterThan(0);
    }
  });
});
