import { defaultPolicies } from '#relationship';
import { type StoryEvent, storyOf } from '#testing/customer-story.js';
import { NEVER } from '../days.js';
import { contributionsOf } from '../derived.js';
import { foldCustomer } from '../fold.js';
import { dealRowOf } from '../funnel/deal-row.js';
import { funnelProjection } from '../funnel/projection.js';
import { keysOf } from '../series.js';
import { type Assignments, intervalsOf, withAssignment } from './assignments.js';
import { departureOf } from './departure.js';
import { intersection, union } from './spans.js';

const day = (n: number) => `2026-01-${String(n).padStart(2, '0')}`;
const at = (n: number) => `${day(n)}T00:00:00.000Z`;
const event = (type: string, n: number, data: object, more: Partial<StoryEvent> = {}): StoryEvent => ({
  type,
  at: day(n),
  id: `${type}-${n}`,
  data,
  ...more,
});
const assigned = (curatorId: string, n: number) => event('curator-assigned', n, { curatorId, from: at(n) }, { id: `to-${curatorId}-${n}` });
const registered = (n: number, curator: string, data: object = {}) =>
  event('customer-registered', n, { kind: 'person', role: 'customer', ...data }, { id: 'reg', by: { kind: 'curator', id: curator } });

describe('who was responsible, by hand', () => {
  const intervals = (story: readonly StoryEvent[]) =>
    intervalsOf(storyOf('anna', story).reduce<Assignments>(withAssignment, [])).map(({ curatorId, from, to, event }) => [
      curatorId,
      from,
      to,
      event,
    ]);

  it('is one interval a curator, however often that was said', () => {
    expect(intervals([assigned('maria', 3), assigned('maria', 5), assigned('oleg', 8), assigned('maria', 9)])).toEqual([
      ['maria', at(3), at(8), 'to-maria-3'],
      ['oleg', at(8), at(9), 'to-oleg-8'],
      ['maria', at(9), NEVER, 'to-maria-9'],
    ]);
  });

  it('is whoever registered the customer from then on, or from an earlier assignment', () => {
    expect(intervals([registered(5, 'maria'), assigned('oleg', 8)])).toEqual([
      ['maria', at(5), at(8), 'reg'],
      ['oleg', at(8), NEVER, 'to-oleg-8'],
    ]);
    expect(intervals([registered(5, 'maria'), assigned('maria', 3)])).toEqual([['maria', at(3), NEVER, 'reg']]);
    expect(intervals([registered(5, 'maria'), assigned('maria', 7)])).toEqual([['maria', at(5), NEVER, 'reg']]);
    expect(intervals([registered(5, 'maria'), assigned('oleg', 3)])).toEqual([['oleg', at(3), NEVER, 'to-oleg-3']]);
    expect(intervals([registered(5, 'maria'), assigned('oleg', 5)])).toEqual([['oleg', at(5), NEVER, 'to-oleg-5']]);
  });
});

describe('spans of days, by hand', () => {
  const joined = (...spans: readonly (readonly [number, number])[]) =>
    union(spans.map(([from, to], n) => ({ from, to, n }))).map(({ from, to, first, last }) => [from, to, first.n, last.n]);

  it('are joined where they touch or overlap, from the first to the one that lasts longest', () => {
    expect(joined([1, 3], [3, 5], [7, 9])).toEqual([
      [1, 5, 0, 1],
      [7, 9, 2, 2],
    ]);
    expect(joined([1, 9], [2, 4], [3, 9])).toEqual([[1, 9, 0, 0]]);
    expect(joined([5, 7], [1, 6])).toEqual([[1, 7, 1, 0]]);
    expect(joined([2, 2], [4, 3], [1, 2])).toEqual([[1, 2, 2, 2]]);
    expect(joined()).toEqual([]);
  });

  it('have in common what both have', () => {
    const common = (a: readonly [number, number], b: readonly [number, number]) =>
      intersection({ from: a[0], to: a[1] }, { from: b[0], to: b[1] });
    expect([
      common([1, 5], [3, 9]),
      common([3, 9], [1, 5]),
      common([1, 9], [3, 5]),
      common([1, 3], [3, 5]),
      common([1, 2], [4, 5]),
    ]).toEqual([{ from: 3, to: 5 }, { from: 3, to: 5 }, { from: 3, to: 5 }, undefined, undefined]);
  });
});

type Ends = Parameters<typeof departureOf>[0];

describe('the end of a record, by hand', () => {
  it('is the merge or the erasure, whichever was first', () => {
    const merged = (n: number) => ({ into: 'other', at: at(n), event: 'merge' });
    const erased = (n: number) => ({ at: at(n), event: 'erasure' });
    const ended = (merged: Ends['merged'], erased: Ends['erased']) => departureOf({ merged, erased })?.event;
    expect([
      ended(merged(3), erased(5)),
      ended(merged(5), erased(3)),
      ended(merged(3), null),
      ended(null, erased(3)),
      ended(null, null),
    ]).toEqual(['merge', 'erasure', 'merge', 'erasure', undefined]);
  });
});

describe('what a deal counts for, by hand', () => {
  const opened = (n: number, data: object = {}) => event('deal-opened', n, { dealId: 'd', funnelVersion: 1, stage: 'lead', ...data });
  const lost = (n: number) => event('deal-lost', n, { dealId: 'd', reason: 'price', reasonsVersion: 1, stage: 'lead' });
  const corrected = (n: number, field: string, to: string) => event('customer-details-corrected', n, { field, to });
  const document = (story: readonly StoryEvent[]) => foldCustomer(funnelProjection, storyOf('anna', story))!;
  const keys = (story: readonly StoryEvent[], measure: string) =>
    contributionsOf(funnelProjection, document(story), defaultPolicies)
      .filter(({ series }) => series.measure === measure)
      .flatMap((each) => keysOf(each));
  const story = [
    registered(1, 'maria', { segment: 'sme' }),
    event('acquisition-recorded', 2, { source: 'fair' }),
    corrected(3, 'displayName', 'Anna'),
    opened(4, { labels: { region: 'north' } }),
    corrected(5, 'segment', 'key'),
    assigned('oleg', 6),
    lost(7),
  ];

  it('is the curator, the segment, the source and each label of the time, apart and together', () => {
    expect(keys(story, 'opened')).toEqual([
      'measure=opened|curator=maria|',
      'measure=opened-origin|segment=sme|source=fair|',
      'measure=opened-label|label=region|value=north|',
    ]);
    expect(keys(story, 'lost')).toEqual([
      'measure=lost|curator=oleg|',
      'measure=lost-origin|segment=key|source=fair|',
      'measure=lost-label|label=region|value=north|',
    ]);
    expect(keys(story, 'losses')).toEqual([
      'measure=losses|curator=oleg|reason=price|stage=lead|',
      'measure=losses-origin|reason=price|segment=key|source=fair|stage=lead|',
      'measure=losses-together|curator=oleg|reason=price|segment=key|source=fair|stage=lead|',
    ]);
    expect(keys([opened(4)], 'opened')).toEqual(['measure=opened|curator=|', 'measure=opened-origin|segment=|source=|']);
  });

  it('moves with the curator and the segment while the deal is open, each in its own way', () => {
    const moves = contributionsOf(funnelProjection, document(story), defaultPolicies)
      .filter(({ series: { measure }, day: on }) => measure === 'in-stage-moved' && on < day(7))
      .map((each) => [each.day, each.amount, ...keysOf(each)]);
    expect(moves).toEqual([
      [day(5), -1, 'measure=in-stage-moved-origin|segment=sme|source=fair|stage=lead|'],
      [day(5), 1, 'measure=in-stage-moved-origin|segment=key|source=fair|stage=lead|'],
      [day(6), -1, 'measure=in-stage-moved|curator=maria|stage=lead|'],
      [day(6), 1, 'measure=in-stage-moved|curator=oleg|stage=lead|'],
    ]);
    const days = contributionsOf(funnelProjection, document(story), defaultPolicies).map(({ day: on }) => on);
    expect(days).toEqual(days.toSorted());
  });

  it('is in the stage of its opening since it was said to be, though the clocks put that before', () => {
    const entered = event('deal-stage-entered', 3, { dealId: 'd', from: '?', stage: 'lead' }, { known: day(8) });
    const row = (story: readonly StoryEvent[]) => {
      const found = document(story);
      return dealRowOf({ ...found, ...found.deals[0]![0]! });
    };
    expect(row([opened(6), entered])).toMatchObject({ stage: 'lead', stageSince: at(3), stays: { length: 1 } });
    expect(row([opened(6), { ...entered, at: day(7) }])).toMatchObject({ stageSince: at(6), stays: { length: 1 } });
  });
});
