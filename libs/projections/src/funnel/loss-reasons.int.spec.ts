import { builtViews } from '#testing/built-views.js';
import { type StoryEvent, storyOf } from '#testing/customer-story.js';
import { eventsBehind } from '../drill-down.js';
import type { Projection } from '../projection.js';
import type { QueryContext } from '../view-reader.js';
import { funnelProjection } from './projection.js';
import { lossReasons } from './query.js';

const day = (n: number) => `2026-01-${String(n).padStart(2, '0')}`;
const opened = (dealId: string, at: number, source?: string): StoryEvent => ({
  type: 'deal-opened',
  at: day(at),
  data: { dealId, funnelVersion: 1, stage: 'lead', ...(source && { acquisition: { source } }) },
});
const lost = (dealId: string, at: number, reason: string, stage: string, minor: number, currency = 'EUR'): StoryEvent => ({
  type: 'deal-lost',
  at: day(at),
  data: { dealId, reason, reasonsVersion: 1, stage, value: { minor, currency } },
});
const assigned = (at: number, curatorId: string): StoryEvent => ({
  type: 'curator-assigned',
  at: day(at),
  data: { curatorId, from: `${day(at)}T00:00:00.000Z` },
});

const stories = [
  storyOf('anna', [
    assigned(1, 'maria'),
    opened('a1', 2, 'fair'),
    lost('a1', 5, 'price', 'proposal', 100),
    assigned(6, 'oleg'),
    { type: 'deal-reopened', at: day(8), data: { dealId: 'a1', stage: 'lead' } },
    lost('a1', 9, 'timing', 'lead', 200),
  ]),
  storyOf('boris', [opened('b1', 3), { ...lost('b1', 7, 'price', 'lead', 50, 'USD'), known: day(15) }]),
];

describe('loss reasons', () => {
  let context: QueryContext;
  beforeAll(async () => {
    context = await builtViews([funnelProjection] as readonly Projection[], stories, { now: '2026-01-31T00:00:00.000Z' });
  });

  it('counts a loss for ever, and as not reopened until the deal is reopened', async () => {
    const { losses, notReopened, groups, policies } = await lossReasons(context);
    expect({ losses, notReopened, policies }).toEqual({ losses: 3, notReopened: 2, policies: { funnel: 1, 'loss-reasons': 1 } });
    expect(groups[0]).toMatchObject({ key: { reason: 'price' }, losses: 2, notReopened: 1 });
    expect(groups[0]!.lostValue).toEqual([
      { minor: 100, currency: 'EUR' },
      { minor: 50, currency: 'USD' },
    ]);
    expect(groups[0]!.notReopenedValue).toEqual([{ minor: 50, currency: 'USD' }]);
    expect(groups.find(({ key }) => key.reason === 'no-need')).toMatchObject({ losses: 0, share: 0 });
  });

  it('breaks down by several dimensions, each at the time of the loss', async () => {
    const { groups } = await lossReasons(context, { by: 'curator,stage' });
    expect(groups.map(({ key, losses }) => [key.curator, key.stage, losses])).toEqual([
      ['maria', 'proposal', 1],
      ['oleg', 'lead', 1],
      [null, 'lead', 1],
    ]);
  });

  it('counts a loss for the segment and the source of its time', async () => {
    const story: readonly StoryEvent[] = [
      { type: 'customer-registered', at: day(1), data: { kind: 'person', role: 'customer', segment: 'sme' } },
      opened('a1', 2),
      lost('a1', 5, 'price', 'lead', 1),
      { type: 'customer-details-corrected', at: day(6), data: { field: 'segment', to: 'enterprise' } },
      { type: 'acquisition-recorded', at: day(6), data: { source: 'fair' } },
      opened('a2', 7),
      lost('a2', 8, 'price', 'lead', 1),
    ];
    const grown = await builtViews([funnelProjection] as readonly Projection[], [storyOf('anna', story)], { now: context.now });
    const { groups } = await lossReasons(grown, { by: 'segment,source' });
    expect(groups.map(({ key, losses }) => [key.segment, key.source, losses])).toEqual([
      ['enterprise', 'fair', 1],
      ['sme', null, 1],
    ]);
  });

  it('drills down into a reason, by source', async () => {
    const { groups } = await lossReasons(context, { by: 'source', reason: 'price' });
    expect(groups.map(({ key, losses }) => [key.source, losses])).toEqual([
      ['fair', 1],
      [null, 1],
    ]);
  });

  it('answers as of a day, as known on a day, and for a period', async () => {
    expect((await lossReasons(context, { asOf: day(7) })).losses).toBe(2);
    expect((await lossReasons(context, { asOf: day(7), knownAt: day(14) })).losses).toBe(1);
    expect((await lossReasons(context, { from: day(6), to: day(9) })).losses).toBe(2);
    expect((await lossReasons(context, { asOf: day(6) })).notReopened).toBe(1);
  });

  it('names the events behind each number, and their amounts come to it', async () => {
    const { groups } = await lossReasons(context);
    for (const { series, losses } of groups) {
      const { contributors } = await eventsBehind(context, { view: 'loss-reasons', series: series.losses });
      expect(contributors.reduce((sum, { amount }) => sum + amount, 0)).toBe(losses);
    }
    const { contributors } = await eventsBehind(context, { view: 'loss-reasons', series: groups[0]!.series.losses });
    expect(contributors.flatMap(({ customerId, events }) => [customerId, ...events]).sort()).toEqual([
      'anna',
      'anna-2',
      'boris',
      'boris-1',
    ]);
  });

  it('rejects a dimension that it does not know', async () => {
    await expect(lossReasons(context, { by: 'weather' })).rejects.toThrow('by');
  });
});
