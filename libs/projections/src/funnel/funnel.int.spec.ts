import { builtViews } from '#testing/built-views.js';
import { type StoryEvent, storyOf } from '#testing/customer-story.js';
import { eventsBehind } from '../drill-down.js';
import type { Projection } from '../projection.js';
import type { QueryContext } from '../view-reader.js';
import { funnelProjection } from './projection.js';
import { conversionBy, dealDurations, deals, funnel, funnelCohorts } from './query.js';

const views = [funnelProjection] as readonly Projection[];
const day = (n: number, month = 1) => `2026-${String(month).padStart(2, '0')}-${String(n).padStart(2, '0')}`;
const usd = (minor: number) => ({ minor, currency: 'USD' });
const opened = (at: string, data: object = {}): StoryEvent => ({
  type: 'deal-opened',
  at,
  data: { dealId: 'd', funnelVersion: 1, stage: 'lead', expectedValue: usd(10), ...data },
});
const assigned = (at: string, curatorId: string): StoryEvent => ({
  type: 'curator-assigned',
  at,
  data: { curatorId, from: `${at}T00:00:00.000Z` },
});
const won = (at: string, minor = 100): StoryEvent => ({
  type: 'deal-won',
  at,
  data: { dealId: 'd', from: 'lead', amount: usd(minor), cost: usd(40) },
});
const lost = (at: string): StoryEvent => ({
  type: 'deal-lost',
  at,
  data: { dealId: 'd', reason: 'price', reasonsVersion: 1, stage: 'lead' },
});
const entered = (at: string, stage: string): StoryEvent => ({ type: 'deal-stage-entered', at, data: { dealId: 'd', from: 'lead', stage } });

describe('the deals of a customer who was handed over', () => {
  it('are the successor’s, the closed ones too, which stay credited to who closed them', async () => {
    const own = (dealId: string) => opened(day(2), { dealId, curatorId: 'maria' });
    const closed = { ...lost(day(5)), data: { dealId: 'closed', reason: 'price', reasonsVersion: 1, stage: 'lead' } };
    const story = [assigned(day(1), 'maria'), own('open'), own('closed'), closed, assigned(day(9), 'oleg')];
    const context = await builtViews(views, [storyOf('anna', story)], { now: '2026-03-01T00:00:00.000Z' });
    const found = async (params: Parameters<typeof deals>[1]) => (await deals(context, params)).deals.map(({ dealId }) => dealId).sort();
    expect(await found({ heldBy: 'oleg' })).toEqual(['closed', 'open']);
    expect(await found({ heldBy: 'oleg', asOf: day(3) })).toEqual(['closed', 'open']);
    expect(await found({ heldBy: 'maria' })).toEqual([]);
    expect(await found({ heldBy: 'maria', asOf: day(3) })).toEqual([]);
    expect(await found({ curatorId: 'oleg' })).toEqual(['open']);
    expect(await found({ curatorId: 'maria' })).toEqual(['closed']);
    expect((await funnel(context, { by: 'curator' })).groups!.map(({ key, stages }) => [key, stages[0]!.inStage])).toEqual([
      ['maria', 0],
      ['oleg', 1],
    ]);
  });
});

describe('the list of deals', () => {
  const eur = (minor: number) => ({ minor, currency: 'EUR' });
  const story: readonly StoryEvent[] = [
    opened(day(2), { dealId: 'cheap', expectedValue: usd(9) }),
    opened(day(3), { dealId: 'euro', expectedValue: eur(1_000_000) }),
    opened(day(4), { dealId: 'none', expectedValue: undefined }),
    opened(day(5), { dealId: 'd', expectedValue: usd(10) }),
    { ...entered(day(6), 'proposal'), data: { dealId: 'cheap', from: 'lead', stage: 'proposal' } },
    won(day(7), 2),
    { ...lost(day(8)), data: { dealId: 'euro', reason: 'price', reasonsVersion: 1, stage: 'lead' } },
    // Dated ahead: it has not happened yet.
    { ...won('2026-04-01'), known: day(9), data: { dealId: 'none', from: 'lead', amount: usd(500) } },
  ];
  const built = builtViews(views, [storyOf('anna', story)], { now: '2026-03-01T00:00:00.000Z' });
  const found = async (params: Parameters<typeof deals>[1]) => (await deals(await built, params)).deals.map(({ dealId }) => dealId);

  it('is sorted by opening, stage, end or value, either way, with those without the value before all others', async () => {
    expect(await found({})).toEqual(['d', 'none', 'euro', 'cheap']);
    expect(await found({ direction: 'asc' })).toEqual(['cheap', 'euro', 'none', 'd']);
    expect(await found({ sort: 'stageSince' })).toEqual(['cheap', 'd', 'none', 'euro']);
    expect(await found({ sort: 'closedAt' })).toEqual(['euro', 'd', 'none', 'cheap']);
    expect(await found({ sort: 'closedAt', direction: 'asc', status: 'lost' })).toEqual(['euro']);
    expect(await found({ sort: 'value', direction: 'asc' })).toEqual(['none', 'euro', 'd', 'cheap']);
    expect(await found({ sort: 'value' })).toEqual(['cheap', 'd', 'euro', 'none']);
  });

  it('goes on in that order on the next page, and counts all pages', async () => {
    for (const limit of [1, 2, 3]) {
      const all: string[] = [];
      for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
        const page = await deals(await built, { sort: 'value', limit, total: true, ...(cursor !== undefined && { cursor }) });
        expect(page.total).toBe(4);
        all.push(...page.deals.map(({ dealId }) => dealId));
        cursor = page.next;
      }
      expect(all).toEqual(['cheap', 'd', 'euro', 'none']);
    }
    expect((await deals(await built, { status: 'open', total: true })).total).toBe(2);
    expect((await deals(await built, {})).total).toBeUndefined();
  });

  it('of another time is neither sorted otherwise nor counted', async () => {
    for (const travel of [{ asOf: day(9) }, { knownAt: day(9) }]) {
      await expect(found({ ...travel, sort: 'value' })).rejects.toThrow('sort: must be since or absent with asOf or knownAt');
      await expect(found({ ...travel, total: true })).rejects.toThrow('total: cannot be combined with asOf or knownAt');
    }
    expect(await found({ asOf: day(4), direction: 'asc' })).toEqual(['cheap', 'euro', 'none']);
  });
});

describe('the deals of a customer who came to be in another segment', () => {
  it('count for the segment and the source of their time, in every answer alike, then and now', async () => {
    const story: readonly StoryEvent[] = [
      { type: 'customer-registered', at: day(1), data: { kind: 'person', role: 'customer', segment: 'sme' } },
      opened(day(2), { dealId: 'd' }),
      opened(day(2), { dealId: 'open' }),
      won(day(1, 2)),
      { type: 'customer-details-corrected', at: day(1, 6), data: { field: 'segment', to: 'enterprise' } },
      { type: 'acquisition-recorded', at: day(1, 6), data: { source: 'fair' } },
    ];
    const context = await builtViews(views, [storyOf('anna', story)], { now: '2026-07-01T00:00:00.000Z' });
    for (const [by, then, now] of [
      ['segment', 'sme', 'enterprise'],
      ['source', null, 'fair'],
    ] as const)
      for (const asOf of [day(1, 3), day(30, 6)]) {
        const { groups } = await conversionBy(context, { dimension: by, asOf });
        expect(groups.map((group) => [group.key, group.opened, group.won])).toEqual([[then, 2, 1]]);
        const { groups: portions } = await funnel(context, { by, asOf });
        expect(portions!.filter(({ overall }) => overall.won > 0).map(({ key }) => key)).toEqual([then]);
        expect(portions!.find(({ key }) => key === then)!.stages[0]).toMatchObject({ entered: 2, won: 1 });
        const found = (await deals(context, { asOf })).deals.map((each) => [each.dealId, each[by]]);
        expect(Object.fromEntries(found)).toEqual({ d: then, open: asOf === day(1, 3) ? then : now });
        expect(portions!.filter(({ stages }) => stages[0]!.inStage > 0).map(({ key }) => key)).toEqual([
          found.find(([id]) => id === 'open')![1],
        ]);
      }
    expect((await deals(context, { segment: 'sme' })).deals.map(({ dealId }) => dealId)).toEqual(['d']);
  });
});

describe('a funnel of a hundred deals, of which 20 were won, 30 lost and 50 are open', () => {
  let context: QueryContext;
  beforeAll(async () => {
    const stories = Array.from({ length: 100 }, (_, n) => {
      const source = n % 4 === 0 ? {} : { acquisition: { source: n % 4 === 1 ? 'unknown' : 'fair' } };
      const end = n < 20 ? [entered(day(10), 'proposal'), won(day(20))] : n < 50 ? [lost(day(15))] : [entered(day(5, 2), 'qualified')];
      return storyOf(`c${String(n).padStart(3, '0')}`, [
        assigned(day(1), n % 2 === 0 ? 'maria' : 'oleg'),
        opened(day(1 + (n % 5)), source),
        ...(n < 20 ? [assigned(day(18), 'vera')] : []),
        ...end,
      ]);
    });
    context = await builtViews(views, stories, { now: '2026-03-01T00:00:00.000Z' });
  });

  it('has a win rate of 0.20, not 0.40: open deals count', async () => {
    const { stages, overall } = await funnel(context);
    expect(stages[0]).toMatchObject({ stage: 'lead', entered: 100, won: 20, lost: 30, open: 50, winRate: 0.2, closeRate: 0.4 });
    expect(overall).toMatchObject({
      opened: 100,
      won: 20,
      lost: 30,
      winRate: 0.2,
      closeRate: 0.4,
      wonAmount: [usd(2000)],
      cost: [usd(800)],
    });
  });

  it('shows where the deals are now and as of a day, and what they are worth', async () => {
    const now = await funnel(context);
    expect(now.stages.map(({ stage, inStage, value }) => [stage, inStage, value])).toEqual([
      ['lead', 0, []],
      ['qualified', 50, [usd(500)]],
      ['proposal', 0, []],
      ['negotiation', 0, []],
      ['contract', 0, []],
    ]);
    const then = await funnel(context, { asOf: day(12) });
    expect(then).toMatchObject({ asOf: `${day(12)}T23:59:59.999Z`, policies: { funnel: 1 } });
    expect(then.stages.map(({ inStage }) => inStage)).toEqual([80, 0, 20, 0, 0]);
    expect(then.stages[0]!.value).toEqual([usd(800)]);
  });

  it('counts as reached what a deal is beyond', async () => {
    const { stages } = await funnel(context);
    expect(stages.map(({ reachedAtLeast }) => reachedAtLeast)).toEqual([100, 70, 20, 20, 20]);
    expect(stages.map(({ entered: n }) => n)).toEqual([100, 50, 20, 0, 0]);
    expect(stages[0]).toMatchObject({ movedOn: 70, conversionToNext: 0.7 });
  });

  it.each(['curator', 'source', 'segment'] as const)('comes apart by %s into what the whole comes to', async (by) => {
    for (const asOf of [day(3), day(12), day(28, 2)]) {
      const { stages, overall, groups } = await funnel(context, { by, asOf });
      const sum = (pick: (group: NonNullable<typeof groups>[number]) => number) => groups!.reduce((all, group) => all + pick(group), 0);
      expect(sum((group) => group.overall.opened)).toBe(overall.opened);
      expect(sum((group) => group.overall.won)).toBe(overall.won);
      for (const { stage, inStage, entered: n, won: w, movedOn, value } of stages) {
        const of = (pick: (numbers: (typeof stages)[number]) => number) =>
          sum((group) => pick(group.stages.find((each) => each.stage === stage) as (typeof stages)[number]));
        expect([of((each) => each.inStage), of((each) => each.entered), of((each) => each.won), of((each) => each.movedOn)]).toEqual([
          inStage,
          n,
          w,
          movedOn,
        ]);
        expect(of((each) => each.value[0]?.minor ?? 0)).toBe(value[0]?.minor ?? 0);
      }
    }
  });

  it('credits openings and ends to the curators of their time, and keeps blank and unknown apart', async () => {
    const byCurator = await conversionBy(context, { dimension: 'curator' });
    expect(byCurator.groups.map(({ key, opened: o, converted, won: w }) => [key, o, converted, w])).toEqual([
      ['maria', 50, 10, 0],
      ['oleg', 50, 10, 0],
      ['vera', 0, 0, 20],
    ]);
    const bySource = await conversionBy(context, { dimension: 'source' });
    expect(bySource.groups.map(({ key, opened: o }) => [key, o])).toEqual([
      ['fair', 50],
      [null, 25],
      ['unknown', 25],
    ]);
    await expect(conversionBy(context, { dimension: 'weather' as 'source' })).rejects.toThrow('dimension');
  });

  it('follows cohorts of entry without losing the deals that are still open', async () => {
    const { cohorts } = await funnelCohorts(context);
    expect(cohorts.map(({ cohort, stage, entered: n, won: w, open }) => [cohort, stage, n, w, open])).toEqual([
      ['2026-01', 'lead', 100, 20, 50],
      ['2026-01', 'proposal', 20, 20, 0],
      ['2026-02', 'qualified', 50, 0, 50],
    ]);
    expect((await funnelCohorts(context, { stage: 'qualified', from: '2026-02' })).cohorts).toHaveLength(1);
  });

  it('lists deals page by page, as they are and as they were', async () => {
    const first = await deals(context, { status: 'won', limit: 15 });
    const second = await deals(context, { status: 'won', limit: 15, cursor: first.next! });
    expect([first.deals.length, second.deals.length, second.next]).toEqual([15, 5, undefined]);
    expect(new Set([...first.deals, ...second.deals].map(({ customerId }) => customerId)).size).toBe(20);
    expect((await deals(context, { stage: 'proposal', status: 'open', asOf: day(12) })).deals).toHaveLength(20);
    expect((await deals(context, { stage: 'proposal', status: 'open' })).deals).toHaveLength(0);
    expect((await deals(context, { curatorId: 'vera' })).deals).toHaveLength(20);
    expect((await deals(context, { source: null, customerId: 'c000' })).deals[0]).toMatchObject({
      dealId: 'd',
      wonAmount: 100,
      currency: 'USD',
    });
    expect((await deals(context, { asOf: '2025-01-01' })).deals).toEqual([]);
  });

  it('shows how long deals took, exactly', async () => {
    const days = await dealDurations(context);
    expect(days).toMatchObject({ count: 20, median: 17, min: 15, max: 19, mean: 17, negative: 0, stage: null });
    expect(await dealDurations(context, { stage: 'proposal' })).toMatchObject({ count: 20, mean: 10 });
    expect(await dealDurations(context, { asOf: day(2) })).toMatchObject({ count: 0, median: null });
    expect((await funnel(context)).overall.meanDaysToWin).toBeCloseTo(17, 9);
  });

  it('names the events behind its numbers, page by page, and their amounts come to the numbers', async () => {
    const { stages, overall } = await funnel(context);
    const behind = async (series: string) => {
      const found: { customerId: string; amount: number; events: readonly string[] }[] = [];
      let cursor: string | undefined;
      do {
        const page = await eventsBehind(context, { view: 'funnel', series, limit: 7, ...(cursor !== undefined && { cursor }) });
        expect(page.contributors.length).toBeLessThanOrEqual(7);
        found.push(...page.contributors);
        cursor = page.next;
      } while (cursor !== undefined);
      return found;
    };
    const qualified = await behind(stages[1]!.series.inStage);
    expect(qualified.map(({ customerId, amount, events }) => [customerId, amount, events]).sort()).toEqual(
      Array.from({ length: 50 }, (_, n) => [`c0${50 + n}`, 1, [`c0${50 + n}-2`]]),
    );
    const leads = await behind(stages[0]!.series.entered);
    expect(leads.reduce((sum, { amount }) => sum + amount, 0)).toBe(100);
    expect(new Set(leads.map(({ customerId }) => customerId)).size).toBe(100);
    expect((await behind(overall.series.won)).map(({ events }) => events.length)).toEqual(Array(20).fill(1));
    expect((await behind(overall.series.wonAmount)).reduce((sum, { amount }) => sum + amount, 0)).toBe(2000);
    expect((await behind(stages[0]!.series.movedOn)).reduce((sum, { amount }) => sum + amount, 0)).toBe(70);
    await expect(eventsBehind(context, { view: 'funnel', series: 'measure=won|', cursor: 'x' })).rejects.toThrow('cursor');
  });
});
