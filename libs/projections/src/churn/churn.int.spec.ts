import { builtViews } from '#testing/built-views.js';
import { type StoryEvent, storyOf } from '#testing/customer-story.js';
import { inZone } from '#testing/in-zone.js';
import { eventsBehind } from '../drill-down.js';
import type { Projection } from '../projection.js';
import { cohortRetention } from './cohort-retention.js';
import { contactsDue } from './contacts-due.js';
import { churnCustomers } from './customers.js';
import { churnProjection } from './projection.js';
import { churnOf } from './query.js';
import { churnSummary } from './summary.js';

const bought = (at: string, purchaseId: string, minor = 100, currency = 'EUR'): StoryEvent => ({
  type: 'purchase-recorded',
  at,
  data: { purchaseId, item: 'x', quantity: 1, amount: { minor, currency } },
});
const returned = (at: string, purchaseId: string, minor = 100, currency = 'EUR'): StoryEvent => ({
  type: 'purchase-returned',
  at,
  data: { purchaseId, amount: { minor, currency }, whole: true },
});
const views = (stories: Readonly<Record<string, readonly StoryEvent[]>>, now = '2026-01-01T00:00:00.000Z') =>
  builtViews(
    [churnProjection] as readonly Projection[],
    Object.entries(stories).map(([id, given]) => storyOf(id, given)),
    { now },
  );

describe('what was known then', () => {
  const late = { ...bought('2025-01-15', 'p'), known: '2025-03-01' };

  it('reaches the sums; the distribution, which is of what is known now, is left out and cannot be drilled into', async () => {
    const context = await views({ anna: [late] });
    const travel = { asOf: '2025-02-01', knownAt: '2025-02-01' };
    expect(await churnSummary(context, travel)).toMatchObject({ customers: { amount: 0 }, distribution: null });
    const { customers, distribution } = await churnSummary(context, { asOf: '2025-02-01' });
    expect([customers.amount, distribution?.frequency]).toEqual([1, { 1: 1 }]);
    const behind = { view: 'churn', series: distribution!.series.customers };
    expect((await eventsBehind(context, { ...behind, asOf: '2025-02-01' })).contributors).toHaveLength(1);
    await expect(eventsBehind(context, { ...behind, ...travel })).rejects.toThrow('knownAt');
  });

  it('is no company to score a customer among', async () => {
    const context = await views({ anna: [late] });
    const asked = { customerId: 'anna', asOf: '2025-02-01', knownAt: '2025-03-01' };
    expect((await churnOf(context, asked))?.figures?.purchases).toBe(1);
    await expect(churnOf(context, { ...asked, rfm: true })).rejects.toThrow('rfm');
  });
});

describe('one customer', () => {
  it('is answered to the millisecond', async () => {
    const context = await views({ anna: [bought('2025-03-01T09:00:00.000Z', 'a'), bought('2025-03-01T15:00:00.000Z', 'b')] });
    const at = async (asOf: string) => (await churnOf(context, { customerId: 'anna', asOf }))?.figures?.purchases;
    expect(await at('2025-03-01T14:59:59.999Z')).toBe(1);
    expect(await at('2025-03-01T15:00:00.000Z')).toBe(2);
    expect(await churnOf(context, { customerId: 'anna', asOf: '2025-03-01T08:00:00.000Z' })).toBeUndefined();
    expect((await churnOf(context, { customerId: 'anna', asOf: '2025-03-01T14:00:00.000Z' }))?.because.purchases).toEqual(['anna-0']);
  });
});

describe('a return', () => {
  const story = [bought('2024-01-10', 'a'), bought('2025-02-01', 'b'), returned('2025-03-01', 'b')];

  it('changes nothing on the days before it: who is lapsed then is whom the list says', async () => {
    const context = await views({ anna: story });
    for (const [asOf, lapsed] of [
      ['2025-01-09', 0],
      ['2025-01-10', 1],
      ['2025-02-15', 0],
      ['2025-02-28', 0],
      ['2025-03-01', 1],
    ] as const) {
      expect([asOf, (await churnSummary(context, { asOf })).lapsed.amount]).toEqual([asOf, lapsed]);
      expect([asOf, (await churnCustomers(context, { asOf, lapsed: true, total: true })).total]).toEqual([asOf, lapsed]);
    }
  });

  it('takes the month out of the retention from its day on', async () => {
    const context = await views({ anna: story });
    const months = async (asOf: string) =>
      (await cohortRetention(context, { asOf })).cohorts.map(({ cohort, size, months }) => [
        cohort,
        size,
        months.map(({ month }) => month),
      ]);
    expect(await months('2025-02-15')).toEqual([['2024-01', 1, ['2024-01', '2025-02']]]);
    expect(await months('2025-03-01')).toEqual([['2024-01', 1, ['2024-01']]]);
  });

  it('of the first purchase moves the customer to the cohort of the next from its day on', async () => {
    const context = await views({ anna: [...story.slice(0, 2), returned('2025-03-01', 'a')] });
    const cohorts = async (asOf: string) =>
      (await cohortRetention(context, { asOf })).cohorts.map(({ cohort, size, months }) => [
        cohort,
        size,
        months.map(({ month }) => month),
      ]);
    expect(await cohorts('2025-02-28')).toEqual([['2024-01', 1, ['2024-01', '2025-02']]]);
    expect(await cohorts('2025-03-01')).toEqual([['2025-02', 1, ['2025-02']]]);
  });
});

describe('the scores of money', () => {
  it('leave out of a currency whoever holds no purchase in it any more', async () => {
    const context = await views({
      anna: [bought('2025-03-01', 'a', 800), returned('2025-03-02', 'a', 800), bought('2025-03-05', 'j', 5, 'JPY')],
      boris: [bought('2025-03-01', 'b', 800)],
      vera: [bought('2025-03-01', 'gift', 0)],
    });
    const { customers } = await churnCustomers(context, {});
    expect(customers.map(({ value, rfm }) => [value, rfm?.monetary])).toEqual([
      [{ JPY: 5 }, { JPY: 1 }],
      [{ EUR: 800 }, { EUR: 3 }],
      [{ EUR: 0 }, { EUR: 1 }],
    ]);
    expect((await churnSummary(context, {})).distribution?.monetary).toEqual({ JPY: { 1: 1 }, EUR: { 1: 1, 3: 1 } });
  });
});

describe('who should hear from us', () => {
  const NOW = '2026-01-01T00:00:00.000Z';
  const all = (context: Awaited<ReturnType<typeof views>>) => contactsDue(context, { curators: ['ann'], by: '9999-12-31', limit: 1_000 });
  it('is the longest overdue first, whoever of the many the pages bring first', async () => {
    const by = { kind: 'curator', id: 'ann' } as const;
    const story = (n: number): readonly StoryEvent[] => {
      const at = `2025-${String(1 + (n % 9)).padStart(2, '0')}-${String(1 + (n % 28)).padStart(2, '0')}`;
      // Whoever bought is due a month later than others.
      return [
        { type: 'customer-registered', at, by, data: { kind: 'person', role: 'customer' } },
        ...(n % 3 === 0 ? [bought(at, `p${n}`)] : []),
      ];
    };
    const context = await views(Object.fromEntries(Array.from({ length: 450 }, (_, n) => [`c${n}`, story(n)])));
    const due = (limit: number) => contactsDue(context, { curators: ['ann'], by: '2025-12-31', limit });
    const all = await due(1_000);
    expect([all.items.length, all.cut]).toEqual([450, false]);
    for (const limit of [1, 5, 120, 449]) expect(await due(limit)).toEqual({ items: all.items.slice(0, limit), cut: true });
    const days = all.items.map(({ silence }) => silence.dueDay);
    expect(days).toEqual(days.toSorted());
  });

  it.each([
    ['Europe/Berlin', 'UTC', '2025-01-01T23:30:00.000Z'],
    ['UTC', 'America/New_York', '2025-01-02T03:30:00.000Z'],
    ['UTC', 'Europe/Berlin', '2025-01-01T23:30:00.000Z'],
  ])('is the same where the view is still by the days of %s, and those of %s are asked for', async (built, asked, at) => {
    const by = { kind: 'curator', id: 'ann' } as const;
    const registered = (day: string): StoryEvent => ({
      type: 'customer-registered',
      at: day,
      by,
      data: { kind: 'person', role: 'customer' },
    });
    const stories = Array.from({ length: 250 }, (_, n) => storyOf(`c${n}`, [registered(n % 2 ? at : at.replace('2025', '2024'))]));
    const inZoneOf = (zone: string) =>
      builtViews([churnProjection] as readonly Projection[], stories, { now: NOW, policies: inZone(zone) });
    const [right, other] = [await inZoneOf(asked), { ...(await inZoneOf(built)), policies: inZone(asked) }];
    const [first, last] = [0, -1].map((place) => all(right).then(({ items }) => items.at(place)!.silence.dueDay));
    for (const day of [await first!, await last!])
      for (const limit of [10, 125, 300]) {
        const due = (context: typeof right) => contactsDue(context, { curators: ['ann'], by: day, limit });
        expect((await due(right)).items.length).toBeGreaterThan(0);
        expect(await due(other)).toEqual(await due(right));
      }
    expect((await all(other)).items).toEqual((await all(right)).items);
  });
});
