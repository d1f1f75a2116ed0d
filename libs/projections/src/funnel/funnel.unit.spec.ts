import fc from 'fast-check';
import type { DomainEvent } from '#event-log';
import { type ActiveRelationship, applyPolicyEvent, defaultPolicies, evolveRelationship, initialRelationship } from '#relationship';
import { lastStatusOf, stageAt, valueAt } from '#relationship/deals/state.js';
import { getId } from '#relationship/kernel/id-map.js';
import { arbitraryInstant, arbitraryStory } from '#testing/arbitrary-story.js';
import { type StoryEvent, storyOf } from '#testing/customer-story.js';
import { calendarIn } from '../calendar.js';
import { NEVER } from '../days.js';
import { contributionsOf, rowsOf } from '../derived.js';
import type { Contribution, Derivation, Row } from '../projection.js';
import { derive, type Memoized } from '../runner/derive.js';
import { seriesIn, seriesKey } from '../series.js';
import { type DealRecord, type DealsDocument, dealAsOf } from '../shared/deals-document.js';
import { dealRowOf } from './deal-row.js';
import { durationsOf, REVERSED } from './durations.js';
import { funnelProjection } from './projection.js';

const { init, apply } = funnelProjection.document!;
const fold = (events: readonly DomainEvent[]): DealsDocument => events.reduce(apply, init('anna'));
const countedIn = (document: DealsDocument, policies = defaultPolicies): readonly Contribution[] =>
  contributionsOf(funnelProjection, document, policies).flatMap((each) => seriesIn(each).map((series) => ({ ...each, series })));
const contributions = (events: readonly DomainEvent[], policies = defaultPolicies) => countedIn(fold(events), policies);
/** Of the stays that began and those that ended. */
const present = /^(entered|re-entered|in-stage-moved|left)(-origin)?$/;
const presentIn = ({ series: { measure }, amount }: Contribution) => (measure!.startsWith('left') ? -amount : amount);
const sumOf = (all: readonly Contribution[], series: string, until = '9999') =>
  all.filter((each) => seriesKey(each.series).startsWith(series) && each.day <= until).reduce((sum, { amount }) => sum + amount, 0);
const sums = (all: readonly Contribution[]) => {
  const found = new Map<string, number>();
  for (const { series, day, amount } of all) {
    const key = `${seriesKey(series)} ${day}`;
    found.set(key, (found.get(key) ?? 0) + amount);
  }
  return new Map([...found].filter(([, amount]) => amount !== 0).sort());
};

const usd = (minor: number) => ({ minor, currency: 'USD' });
const day = (n: number) => `2026-01-${String(n).padStart(2, '0')}`;
const opened = (at: number, data: object = {}): StoryEvent => ({
  type: 'deal-opened',
  at: day(at),
  data: { dealId: 'd1', funnelVersion: 1, stage: 'lead', ...data },
});
const entered = (at: number, stage: string): StoryEvent => ({
  type: 'deal-stage-entered',
  at: day(at),
  data: { dealId: 'd1', from: '?', stage },
});
const won = (at: number, minor = 100): StoryEvent => ({
  type: 'deal-won',
  at: day(at),
  data: { dealId: 'd1', from: '?', amount: usd(minor) },
});
const lost = (at: number, stage: string): StoryEvent => ({
  type: 'deal-lost',
  at: day(at),
  data: { dealId: 'd1', reason: 'price', reasonsVersion: 1, stage },
});
const reopened = (at: number, stage: string): StoryEvent => ({ type: 'deal-reopened', at: day(at), data: { dealId: 'd1', stage } });
const assigned = (at: number, curatorId: string): StoryEvent => ({
  type: 'curator-assigned',
  at: day(at),
  data: { curatorId, from: `${day(at)}T00:00:00.000Z` },
});
const dealOf = (document: DealsDocument): DealRecord => ({ ...document, ...document.deals[0]![0]! });
const rowAt = (events: readonly DomainEvent[], asOf: string, knownAt?: string) => {
  const deal = dealAsOf(dealOf(fold(events)), asOf, knownAt);
  return deal && dealRowOf(deal, asOf);
};

describe('the funnel of one customer', () => {
  it('counts a deal in a stage from its entry until it leaves', () => {
    const all = contributions(storyOf('anna', [opened(1), entered(5, 'proposal'), won(9)]));
    const inStage = (stage: string, until: string) =>
      all
        .filter(({ series, day: on }) => series.curator === '' && present.test(series.measure!) && series.stage === stage && on <= until)
        .reduce((sum, each) => sum + presentIn(each), 0);
    expect([1, 4, 5, 8, 9].map((n) => [inStage('lead', day(n)), inStage('proposal', day(n))])).toEqual([
      [1, 0],
      [1, 0],
      [0, 1],
      [0, 1],
      [0, 0],
    ]);
  });

  it('has passed only the stages that it entered, and has reached the others all the same', () => {
    const all = contributions(storyOf('anna', [opened(1), entered(5, 'proposal')]));
    expect(sumOf(all, 'measure=entered|cohort=2026-01|curator=|stage=qualified|')).toBe(0);
    expect(sumOf(all, 'measure=passed-over|stage=qualified|')).toBe(1);
    expect(sumOf(all, 'measure=passed-over|stage=contract|')).toBe(0);
    expect(
      sumOf(contributions(storyOf('anna', [opened(1), entered(5, 'proposal'), entered(6, 'qualified')])), 'measure=passed-over|'),
    ).toBe(0);
  });

  it('has no longer reached, once it is reopened, the stages that it was only beyond as won', () => {
    const all = contributions(storyOf('anna', [opened(1), won(3), reopened(5, 'lead'), entered(7, 'proposal'), won(9)]));
    const reached = (stage: string, until: string) => sumOf(all, `measure=passed-over|stage=${stage}|`, until);
    expect([2, 3, 5, 7, 9].map((n) => [reached('qualified', day(n)), reached('contract', day(n))])).toEqual([
      [0, 0],
      [1, 1],
      [0, 0],
      [1, 0],
      [1, 1],
    ]);
    expect(reached('lead', day(9)) + reached('proposal', day(9))).toBe(0);
  });

  it('orders stages by the funnel version that the deal lives by', () => {
    const policies = applyPolicyEvent(defaultPolicies, {
      type: 'policy-published',
      data: {
        name: 'funnel',
        version: 2,
        effectiveFrom: '2026-01-01T00:00:00.000Z',
        document: { stages: ['proposal', 'lead'], maySkip: true, mayGoBack: true },
      },
    });
    const moved = (funnelVersion: number) =>
      sumOf(
        contributions(storyOf('anna', [opened(1, { funnelVersion }), entered(5, 'proposal')]), policies),
        'measure=left|cohort=2026-01|curator=|how=on|',
      );
    expect([moved(1), moved(2)]).toEqual([1, 0]);
  });

  it('counts a deal once that moves back and forth, and each of its stays in the durations', () => {
    const all = contributions(storyOf('anna', [opened(1), entered(3, 'proposal'), entered(4, 'lead'), entered(9, 'proposal'), won(10)]));
    expect(sumOf(all, 'measure=entered|cohort=2026-01|curator=|stage=lead|')).toBe(1);
    expect(sumOf(all, 'measure=left|cohort=2026-01|curator=|how=on|stage=lead|')).toBe(1);
    expect(sumOf(all, 'measure=left|cohort=2026-01|curator=|how=again|stage=lead|')).toBe(1);
    expect(sumOf(all, 'measure=left|cohort=2026-01|curator=|how=back|stage=proposal|')).toBe(1);
    expect(sumOf(all, 'measure=left|cohort=2026-01|curator=|how=on|stage=proposal|')).toBe(1);
    expect(sumOf(all, 'measure=left-ms|cohort=2026-01|curator=|stage=lead|')).toBe(7 * 86_400_000);
  });

  it('takes a win back when the deal is reopened, and keeps that it happened', () => {
    const events = storyOf('anna', [opened(1), won(5), reopened(7, 'lead'), lost(9, 'lead')]);
    const all = contributions(events);
    expect(
      [day(4), day(5), day(7), day(9)].map((until) => [sumOf(all, 'measure=won|', until), sumOf(all, 'measure=lost|', until)]),
    ).toEqual([
      [0, 0],
      [1, 0],
      [0, 0],
      [0, 1],
    ]);
    expect(sumOf(all, 'measure=won-amount|', day(6))).toBe(100);
    expect(sumOf(all, 'measure=won-amount|')).toBe(0);
    expect(rowAt(events, '2026-01-06')).toMatchObject({ status: 'won', wonAmount: 100, currency: 'USD', daysToWin: 4 });
    expect(rowAt(events, '2026-01-08')).toMatchObject({ status: 'open', stage: 'lead', reopenings: 1, wonAmount: null });
    expect(rowAt(events, '2026-01-10')).toMatchObject({ status: 'lost', reason: 'price' });
  });

  it('keeps a deal that was won before it was opened, flagged, and counts it as having taken no time', () => {
    const events = storyOf('anna', [
      { ...opened(6), known: day(8) },
      { ...won(4), known: day(8) },
    ]);
    const all = contributions(events);
    expect(sumOf(all, 'measure=won-ms|')).toBe(0);
    const durations = durationsOf(dealOf(fold(events)).dealEvents, calendarIn('UTC')).filter(
      ({ until }) => until === Number.POSITIVE_INFINITY,
    );
    expect(durations.map(({ stage, millis }) => [stage, millis])).toEqual([
      ['lead', REVERSED],
      [undefined, REVERSED],
    ]);
    expect(sumOf(all, 'measure=won-before-opened|')).toBe(1);
    expect(sumOf(all, 'measure=entered|')).toBe(1);
    for (const until of [day(3), day(4), day(5), day(6), day(9)])
      expect(sumOf(all, 'measure=stage-won|', until)).toBeLessThanOrEqual(sumOf(all, 'measure=entered|', until));
    expect(rowAt(events, '2026-01-31')).toMatchObject({ status: 'won', wonBeforeOpened: true, daysToWin: -2 });
  });

  it('gives no stay a length below nothing, in whatever order its events arrive', () => {
    const events = storyOf('anna', [opened(1), entered(6, 'proposal'), { ...won(4), known: day(8) }]);
    const all = contributions(events);
    expect(sumOf(all, 'measure=left-ms|cohort=2026-01|curator=|stage=lead|')).toBe(3 * 86_400_000);
    expect(sumOf(all, 'measure=left-ms|cohort=2026-01|curator=|stage=proposal|')).toBe(0);
    for (const { from, until } of rowAt(events, day(31))!.stays) expect(until! >= from).toBe(true);
  });

  it('takes what is dated before the opening for what happened to the deal since, as decisions do', () => {
    const valued: StoryEvent = { type: 'deal-value-changed', at: day(3), data: { dealId: 'd1', to: usd(7) } };
    const events = storyOf('anna', [opened(6, { expectedValue: usd(5) }), entered(3, 'proposal'), valued]);
    expect(rowAt(events, day(31))).toMatchObject({ stage: 'proposal', stageSince: `${day(3)}T00:00:00.000Z`, expectedValue: usd(7) });
    const all = contributions(events);
    for (const until of [day(3), day(5), day(6), day(9)]) {
      expect(sumOf(all, 'measure=value|curator=|currency=USD|stage=proposal|', until)).toBe(7);
      expect(sumOf(all, 'measure=value|curator=|currency=USD|stage=lead|', until)).toBe(0);
    }
  });

  it('uses what is valid where a curator, a source or a segment was said twice of one instant', () => {
    const again: readonly StoryEvent[] = [
      { type: 'acquisition-recorded', at: day(1), data: { source: 'fair' } },
      { type: 'acquisition-recorded', at: day(1), data: { source: 'web' } },
      assigned(1, 'vera'),
      opened(2, { curatorId: 'vera' }),
      assigned(4, 'oleg'),
      assigned(4, 'vera'),
    ];
    expect(rowAt(storyOf('anna', again), day(31))).toMatchObject({ source: 'web', curatorId: 'vera' });
  });

  it('credits each end to the curator at that time, and the deal’s own curator before the customer’s', () => {
    const handed = [assigned(1, 'maria'), opened(2), assigned(4, 'oleg'), won(5)];
    const all = contributions(storyOf('anna', handed));
    expect(sumOf(all, 'measure=opened|curator=maria|')).toBe(1);
    expect(sumOf(all, 'measure=converted|curator=maria|')).toBe(1);
    expect(sumOf(all, 'measure=won|curator=oleg|')).toBe(1);
    const own = contributions(storyOf('anna', [assigned(1, 'maria'), opened(2, { curatorId: 'vera' }), won(5)]));
    expect(sumOf(own, 'measure=won|curator=vera|')).toBe(1);
  });

  it('passes a deal with a curator of its own on when that one is relieved of the customer, and leaves it with a colleague', () => {
    const creditedWith = (story: readonly StoryEvent[]) =>
      contributions(storyOf('anna', story)).flatMap(({ series }) => (series.measure === 'lost' ? [series.curator] : []));
    const own = opened(2, { curatorId: 'vera' });
    expect(creditedWith([assigned(1, 'vera'), own, lost(3, 'lead'), assigned(4, 'oleg')])).toEqual(['vera']);
    expect(creditedWith([assigned(1, 'vera'), own, assigned(4, 'oleg'), lost(5, 'lead')])).toEqual(['oleg']);
    expect(creditedWith([assigned(1, 'vera'), own, assigned(4, 'oleg'), assigned(6, 'maria'), lost(7, 'lead')])).toEqual(['maria']);
    expect(creditedWith([assigned(1, 'maria'), own, assigned(4, 'oleg'), lost(5, 'lead')])).toEqual(['vera']);
    expect(creditedWith([assigned(1, 'maria'), own, assigned(3, 'vera'), assigned(4, 'oleg'), lost(5, 'lead')])).toEqual(['oleg']);
    const late = [assigned(1, 'vera'), own, lost(5, 'lead'), { ...assigned(4, 'oleg'), known: day(9) }];
    expect(creditedWith(late)).toEqual(['oleg']);
    expect(rowAt(storyOf('anna', late), day(31), `${day(6)}T00:00:00.000Z`)).toMatchObject({ curatorId: 'vera' });
  });

  it('credits a deal that was given to another curator to each in turn, and passes it on with the customer again', () => {
    const given = (at: number, curatorId: string): StoryEvent => ({
      type: 'deal-reassigned',
      at: day(at),
      data: { dealId: 'd1', curatorId },
    });
    const events = storyOf('anna', [
      assigned(1, 'maria'),
      opened(2, { curatorId: 'expert' }),
      entered(4, 'proposal'),
      given(5, 'oleg'),
      entered(6, 'negotiation'),
      given(3, 'vera'),
      given(8, 'maria'),
      assigned(9, 'ivan'),
      won(10),
    ]);
    const row = rowAt(events, day(12));
    expect(row?.stays.map(({ stage, curatorId }) => [stage, curatorId])).toEqual([
      ['lead', 'expert'],
      ['proposal', 'vera'],
      ['negotiation', 'oleg'],
    ]);
    expect(row?.curatorId).toBe('ivan');
    expect([rowAt(events, day(7))?.curatorId, rowAt(events, `${day(8)}T01:00:00.000Z`)?.curatorId]).toEqual(['oleg', 'maria']);
    expect(row?.stays).toHaveLength(3);
    expect(sumOf(contributions(events), 'measure=won|curator=ivan|')).toBe(1);
    expect(sumOf(contributions(events), 'measure=opened|curator=expert|')).toBe(1);
    const nobodys = storyOf('anna', [opened(2), given(5, 'oleg')]);
    expect([rowAt(nobodys, day(4))?.curatorId, rowAt(nobodys, day(6))?.curatorId]).toEqual([null, 'oleg']);
  });

  it('uses the acquisition of the deal, else by that of the customer, and keeps blank apart from unknown', () => {
    const acquired: StoryEvent = { type: 'acquisition-recorded', at: day(1), data: { source: 'fair' } };
    const sourceOf = (story: readonly StoryEvent[]) =>
      contributions(storyOf('anna', story)).find(({ series }) => series.measure === 'opened-origin')!.series.source;
    expect(sourceOf([acquired, opened(2, { acquisition: { source: 'unknown' } })])).toBe('unknown');
    expect(sourceOf([acquired, opened(2)])).toBe('fair');
    expect(sourceOf([opened(2)])).toBe('');
  });

  it('moves the expected value with the deal, by currency', () => {
    const changed: StoryEvent = { type: 'deal-value-changed', at: day(3), data: { dealId: 'd1', to: { minor: 7, currency: 'EUR' } } };
    const all = contributions(
      storyOf('anna', [opened(1, { expectedValue: usd(500) }), changed, entered(5, 'proposal'), lost(9, 'proposal')]),
    );
    const value = (currency: string, stage: string, n: number) =>
      sumOf(all, `measure=value|curator=|currency=${currency}|stage=${stage}|`, day(n));
    expect([1, 3, 5, 9].map((n) => [value('USD', 'lead', n), value('EUR', 'lead', n), value('EUR', 'proposal', n)])).toEqual([
      [500, 0, 0],
      [0, 7, 0],
      [0, 0, 7],
      [0, 0, 0],
    ]);
  });

  it('shows a deal as it was known then', () => {
    const events = storyOf('anna', [opened(1), { ...won(3), known: day(20) }]);
    expect(rowAt(events, '2026-01-31', `${day(10)}T00:00:00.000Z`)).toMatchObject({ status: 'open' });
    expect(rowAt(events, '2026-01-31')).toMatchObject({ status: 'won', closedAt: '2026-01-03T00:00:00.000Z' });
    expect(rowAt(events, '2025-01-01')).toBeUndefined();
  });

  it('remembers of many deals nothing that is no longer so', () => {
    const policies = applyPolicyEvent(defaultPolicies, {
      type: 'policy-published',
      data: { name: 'funnel', version: 2, effectiveFrom: '2026-01-01T00:00:00.000Z', document: { stages: ['proposal', 'lead'] } },
    });
    const of = (n: number, story: StoryEvent): StoryEvent => ({ ...story, data: { ...(story.data as object), dealId: `d${n}` } });
    const story = [
      ...Array.from({ length: 200 }, (_, n) => of(n, opened(1, { funnelVersion: 2 }))),
      of(3, entered(2, 'proposal')),
      of(150, won(3)),
      assigned(1, 'maria'),
      of(199, lost(4, 'lead')),
    ];
    for (const then of [defaultPolicies, policies]) {
      let document = init('anna');
      let counted: readonly Memoized<Contribution>[] | undefined;
      let rows: readonly Memoized<Row>[] | undefined;
      for (const [n, event] of storyOf('anna', story).entries()) {
        document = apply(document, event);
        counted = derive(funnelProjection.contributions as readonly Derivation<unknown, Contribution>[], document, then, counted);
        rows = derive(funnelProjection.rows!.derivations as readonly Derivation<unknown, Row>[], document, then, rows);
        if (n % 20 !== 0 && n < 200) continue;
        expect(counted.flatMap(({ derived }) => derived.flat(2))).toEqual(contributionsOf(funnelProjection, document, then));
        expect(rows.flatMap(({ derived }) => derived.flat(2))).toEqual(rowsOf(funnelProjection, document, then));
      }
    }
  });

  const dealEvents = fc.uniqueArray(fc.integer({ min: 2, max: 28 }), { minLength: 1, maxLength: 8 }).chain((days) =>
    fc.tuple(
      ...days.map((n) =>
        fc.oneof(
          fc.constantFrom('lead', 'qualified', 'proposal', 'contract', 'elsewhere').map((stage) => entered(n, stage)),
          fc.constant(won(n)),
          fc.constant(lost(n, 'lead')),
          fc.constant(reopened(n, 'qualified')),
          fc.constantFrom('maria', 'oleg').map((curator) => assigned(n, curator)),
          fc
            .integer({ min: 0, max: 5 })
            .map((minor): StoryEvent => ({ type: 'deal-value-changed', at: day(n), data: { dealId: 'd1', to: usd(minor) } })),
        ),
      ),
    ),
  );

  it('is where decisions take it to be, at any time, whatever was learned late', () => {
    fc.assert(
      fc.property(arbitraryStory, fc.oneof(arbitraryInstant, fc.constant(NEVER)), (story, asOf) => {
        const events = storyOf(
          'anna',
          story.filter(({ type }) => type !== 'customer-merged'),
        );
        const decided = events
          .filter(({ type, occurredAt }) => type === 'customer-registered' || occurredAt <= asOf)
          .reduce(evolveRelationship, initialRelationship);
        for (const deal of fold(events).deals.flat()) {
          const then = dealAsOf({ ...fold(events), ...deal }, asOf);
          const row = then && dealRowOf(then, asOf);
          if (row === undefined || row.openedAt === null) continue;
          const state = getId((decided as ActiveRelationship).deals.deals, deal.dealId)!;
          expect([row.status, row.stage]).toEqual([lastStatusOf(state).value, stageAt(state, NEVER)]);
          if (row.closedAt === null || row.closedAt >= row.openedAt)
            expect(row.expectedValue).toEqual(valueAt(state, row.closedAt ?? asOf) ?? null);
        }
      }),
    );
  });

  it('yields the same numbers in whatever order late events are learned', () => {
    fc.assert(
      fc.property(dealEvents, fc.integer({ min: 1, max: 28 }), fc.infiniteStream(fc.nat()), (story, openedOn, keys) => {
        const all = [{ ...opened(openedOn, { expectedValue: usd(3) }), at: `${day(openedOn)}T12:00:00.000Z` }, ...story];
        const order = all.map((each) => ({ each, key: keys.next().value })).sort((a, b) => a.key - b.key);
        const shuffled = order.map(({ each }) => ({ ...each, known: day(30) }));
        expect(sums(contributions(storyOf('anna', shuffled)))).toEqual(sums(contributions(storyOf('anna', all))));
      }),
    );
  });

  it('has reached what it ever entered, what lies before that, and all while it is won', () => {
    const order = defaultPolicies.funnel[0]!.document.stages;
    fc.assert(
      fc.property(dealEvents, (story) => {
        const events = storyOf('anna', [opened(1), ...story]);
        const all = contributions(events);
        for (let n = 1; n <= 28; n++) {
          const row = rowAt(events, `${day(n)}T23:59:59.999Z`)!;
          const furthest = Math.max(...row.stays.map(({ stage }) => order.indexOf(stage)));
          const reached = order.map((stage) =>
            all
              .filter(({ series, day: on }) => /^(entered|passed-over)$/.test(series.measure!) && series.stage === stage && on <= day(n))
              .reduce((sum, { amount }) => sum + amount, 0),
          );
          expect(reached).toEqual(order.map((_, place) => (row.status === 'won' || place <= furthest ? 1 : 0)));
        }
      }),
    );
  });

  it('counts open deals and their value by curator, and by segment and source, as the deals of that day say', () => {
    const ways = { '': ['curator'], '-origin': ['segment', 'source'] };
    const keyOf = (measure: string, values: object, names: readonly string[]) =>
      [measure, ...['stage', 'currency', ...names].map((name) => (values as Record<string, unknown>)[name] ?? '')].join('/');
    fc.assert(
      fc.property(arbitraryStory, fc.integer({ min: 1, max: 28 }), (story, n) => {
        const document = fold(
          storyOf(
            'anna',
            story.filter(({ type }) => type !== 'customer-merged'),
          ),
        );
        // What is dated before the opening belongs to the origin of the customer then, not to that of the deal.
        fc.pre(
          document.deals
            .flat()
            .every(({ dealEvents }) => dealEvents.every(({ at }) => at >= (dealEvents.find(({ kind }) => kind === 'opened')?.at ?? at))),
        );
        const [counted, due] = [new Map<string, number>(), new Map<string, number>()];
        const add = (to: Map<string, number>, key: string, amount: number) => to.set(key, (to.get(key) ?? 0) + amount);
        for (const each of countedIn(document)) {
          const { series, amount } = each;
          const [, measure, way = ''] = /^(.*?)(-origin)?$/.exec(series.measure!)!;
          const names = ways[way as keyof typeof ways];
          if (each.day > day(n)) continue;
          if (measure === 'value') add(counted, keyOf(`value${way}`, series, names), amount);
          if (present.test(measure!)) add(counted, keyOf(`in-stage${way}`, series, names), presentIn(each));
        }
        const end = `${day(n)}T23:59:59.999Z`;
        for (const deal of document.deals.flat()) {
          const then = dealAsOf({ ...document, ...deal }, end);
          const row = then && dealRowOf(then, end);
          if (row?.status !== 'open' || row.stage === null) continue;
          const { stage, curatorId: curator, segment, source, expectedValue } = row;
          for (const [way, names] of Object.entries(ways)) {
            add(due, keyOf(`in-stage${way}`, { stage, curator, segment, source }, names), 1);
            const valued = { stage, currency: expectedValue?.currency, curator, segment, source };
            if (expectedValue) add(due, keyOf(`value${way}`, valued, names), expectedValue.minor);
          }
        }
        const sumsIn = (all: ReadonlyMap<string, number>) => new Map([...all].filter(([, amount]) => amount !== 0).sort());
        expect(sumsIn(counted)).toEqual(sumsIn(due));
      }),
    );
  });

  it('never has less than nothing in a stage, and in a stage what is open', () => {
    fc.assert(
      fc.property(dealEvents, (story) => {
        const events = storyOf('anna', [opened(1), ...story]);
        const all = contributions(events);
        for (let n = 1; n <= 28; n++) {
          const until = day(n);
          const at = (stage: string) =>
            all
              .filter(
                ({ series, day: on }) => 'curator' in series && present.test(series.measure!) && series.stage === stage && on <= until,
              )
              .reduce((sum, each) => sum + presentIn(each), 0);
          const row = rowAt(events, `${until}T23:59:59.999Z`)!;
          for (const stage of ['lead', 'qualified', 'proposal', 'contract', 'elsewhere'])
            expect(at(stage)).toBe(row.status === 'open' && row.stage === stage ? 1 : 0);
        }
      }),
    );
  });
});
