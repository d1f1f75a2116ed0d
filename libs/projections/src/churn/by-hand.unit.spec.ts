import fc from 'fast-check';
import { defaultPolicies } from '#relationship';
import { type StoryEvent, storyOf } from '#testing/customer-story.js';
import { calendarIn } from '../calendar.js';
import { dayName, dayNumber } from '../days.js';
import { contributionsOf } from '../derived.js';
import { foldCustomer } from '../fold.js';
import { compactHistoryOf } from './compact-history.js';
import { figuresOn } from './figures.js';
import { churnProjection } from './projection.js';
import { rfmOf, scaleOf } from './rfm.js';
import { riskOf } from './risk.js';

const folded = (story: readonly StoryEvent[]) => foldCustomer(churnProjection, storyOf('c', story))!;
const on = (story: readonly StoryEvent[], day: string) =>
  figuresOn(compactHistoryOf(folded(story), calendarIn('UTC')), dayNumber(day), defaultPolicies);
const plus = (day: string, days: number) => dayName(dayNumber(day) + days);
const bought = (at: string, id: string, minor = 100, currency = 'USD'): StoryEvent => ({
  type: 'purchase-recorded',
  at,
  id,
  data: { purchaseId: id, item: 'x', quantity: 1, amount: { minor, currency } },
});
const returned = (at: string, purchaseId: string, minor = 100, whole = true): StoryEvent => ({
  type: 'purchase-returned',
  at,
  id: `${purchaseId}-back`,
  data: { purchaseId, amount: { minor, currency: 'USD' }, whole },
});
const met = (at: string, id: string, direction = 'outbound'): StoryEvent => ({
  type: 'contact-recorded',
  at,
  id,
  data: { contactId: id, channel: 'phone', direction, purpose: 'other' },
});
const registered = (at: string): StoryEvent => ({ type: 'customer-registered', at, id: 'reg', data: { kind: 'person', role: 'customer' } });
const merged = (at: string): StoryEvent => ({ type: 'customer-merged', at, id: 'gone', data: { into: 'other' } });

describe('the figures of a customer, by hand', () => {
  it('count silence from the last contact with the outside, against 365.25/4 or 365.25/6 days', () => {
    const story = [registered('2020-01-01'), bought('2020-01-02', 'p'), met('2020-01-03', 'k'), met('2020-02-01', 'note', 'internal')];
    expect(on(story, '2020-03-03')?.silence).toEqual({
      lastContactDay: '2020-01-03',
      days: 60,
      contactsPerYear: 4,
      normDays: 91.3125,
      dueDay: '2020-04-03',
      overdueDays: 0,
      ratio: 60 / 91.3125,
    });
    expect(on([registered('2020-01-01')], '2020-01-01')?.silence).toEqual({
      lastContactDay: null,
      days: 0,
      contactsPerYear: 6,
      normDays: 60.875,
      dueDay: '2020-03-02',
      overdueDays: 0,
      ratio: 0,
    });
    expect(on([registered('2020-01-01'), met('2020-01-05', 'k')], '2020-01-05')?.silence).toMatchObject({
      lastContactDay: '2020-01-05',
      days: 0,
    });
  });

  it('know of no silence before the registration, and of a customer by a contact alone', () => {
    expect(on([bought('2020-01-01', 'p'), registered('2020-02-01')], '2020-01-31')).toMatchObject({ purchases: 1, silence: null });
    expect(on([met('2020-01-01', 'k')], '2020-01-31')).toMatchObject({ buying: null, purchases: 0, silence: { days: 30 } });
    expect(on([met('2020-01-01', 'k')], '2019-12-31')).toBeUndefined();
  });

  it('take the median of the intervals in order of length, and mean spending by purchase day of a currency, the first left out', () => {
    const at = (...days: readonly number[]) => days.map((n) => bought(plus('2020-01-01', n), `p${n}`, n * 10));
    expect(on(at(0, 7, 37, 47), '2020-03-01')).toMatchObject({ medianInterval: 10 });
    expect(on(at(0, 7, 37, 47, 67), '2020-04-01')).toMatchObject({ medianInterval: 15 });
    const eur = bought('2020-02-07', 'e', 500, 'EUR');
    expect(on([...at(0, 7, 37), eur], '2020-02-21')?.buying).toEqual({
      x: 2,
      tx: 37 / 7,
      T: 51 / 7,
      zbar: { USD: (70 + 370) / 2, EUR: 500 },
      firstDay: '2020-01-01',
      lastDay: '2020-02-07',
      daysSinceLast: 14,
    });
  });

  it('keep the money that was not given back with a purchase', () => {
    const story = [bought('2020-01-01', 'a', 100), bought('2020-02-01', 'b', 100), returned('2020-03-01', 'b', 60)];
    expect(on(story, '2020-03-01')).toMatchObject({ purchases: 1, value: { USD: 140 }, buying: { x: 0, zbar: {} } });
    expect(on(story.slice(1), '2020-03-01')).toMatchObject({ purchases: 0, value: { USD: 40 }, buying: null, lapsed: false });
  });

  it('take a customer for lapsed after 365 days, or twice the median interval where that is longer', () => {
    const lapsed = (days: readonly number[], last: number) =>
      [last, last + 1].map(
        (n) =>
          on(
            days.map((each) => bought(plus('2020-01-01', each), `p${each}`)),
            plus('2020-01-01', n),
          )?.lapsed,
      );
    expect(lapsed([0], 365)).toEqual([false, true]);
    expect(lapsed([0, 20, 40], 40 + 365)).toEqual([false, true]);
    expect(lapsed([0, 300, 600], 600 + 2 * 300)).toEqual([false, true]);
    expect(lapsed([0, 100, 400, 700, 900], 900 + 2 * 250)).toEqual([false, true]);
  });

  it('judge the risk by the purchase and the silence', () => {
    const once = [registered('2020-01-01'), bought('2020-01-01', 'p')];
    // Silent for more than 365.25/4 days: elevated; no purchase for more than half a year besides: high.
    expect([on(once, '2020-04-01'), on(once, '2020-04-02'), on(once, '2020-07-03')].map((found) => found?.risk)).toEqual([
      'low',
      'elevated',
      'high',
    ]);
    const silent = (silenceRatio: number) => riskOf({ daysSinceLast: null, medianInterval: null, silenceRatio });
    expect([0.9, 1.1, 1.9, 2.1].map(silent)).toEqual(['low', 'elevated', 'elevated', 'high']);
    expect(riskOf({ daysSinceLast: 10, medianInterval: 14, silenceRatio: 1.1 })).toBe('elevated');
    expect(riskOf({ daysSinceLast: 10, medianInterval: 14, silenceRatio: 9 })).toBe('elevated');
    expect(riskOf({ daysSinceLast: null, medianInterval: null, silenceRatio: null })).toBe('low');
  });
});

describe('the scores', () => {
  it('are one more than five times the share of customers who are strictly worse', async () => {
    const figure = fc.record({
      since: fc.integer({ min: 0, max: 30 }),
      days: fc.integer({ min: 1, max: 9 }),
      minor: fc.integer({ min: -5, max: 99 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(figure, { minLength: 1, maxLength: 40 }), async (all) => {
        const scale = await scaleOf(['USD'], {
          daysSinceLast: Float32Array.from([...all.map(({ since }) => since), Number.NaN]),
          purchaseDays: Float32Array.from([...all.map(({ days }) => days), 0]),
          value: [Float64Array.from([...all.map(({ minor }) => minor), 1_000])],
        });
        const share = (isWorse: (other: (typeof all)[number]) => boolean) => 1 + Math.floor((5 * all.filter(isWorse).length) / all.length);
        for (const { since, days, minor } of all)
          expect(rfmOf({ buying: { daysSinceLast: since }, purchaseDays: days, value: { USD: minor } }, scale)).toEqual({
            recency: share((other) => other.since > since),
            frequency: share((other) => other.days < days),
            monetary: { USD: share((other) => other.minor < minor) },
          });
      }),
    );
  });

  it('are none of one who holds no purchase, and the lowest in a currency that nobody else has', async () => {
    const nobody = { daysSinceLast: Float32Array.of(Number.NaN), purchaseDays: Float32Array.of(0), value: [Float64Array.of(5)] };
    const scale = await scaleOf(['USD'], nobody);
    expect(scale).toEqual({ recency: [], frequency: [], monetary: new Map([['USD', []]]) });
    expect(rfmOf({ buying: null, purchaseDays: 0, value: { USD: 5 } }, scale)).toBeNull();
    expect(rfmOf({ buying: { daysSinceLast: 1 }, purchaseDays: 1, value: { EUR: 5 } }, scale)).toEqual({
      recency: 1,
      frequency: 1,
      monetary: { EUR: 1 },
    });
  });
});

describe('the totals of a customer, by hand', () => {
  const counted = (story: readonly StoryEvent[], ...measures: readonly string[]) =>
    contributionsOf(churnProjection, folded(story), defaultPolicies)
      .filter(({ series }) => measures.includes(series.measure!))
      .map(({ series: { measure: _, ...series }, day, amount, events }) => [...Object.values(series), day, amount, ...events]);

  it('have a customer as long as a purchase is active, by the events that made it so', () => {
    const story = [bought('2020-01-01', 'a'), bought('2020-02-01', 'b'), returned('2020-03-01', 'a'), returned('2020-04-01', 'b')];
    expect(counted(story, 'customers')).toEqual([
      ['2020-01-01', 1, 'a'],
      ['2020-04-01', -1, 'b-back'],
    ]);
    expect(counted([...story.slice(0, 2), merged('2020-02-15')], 'customers')).toEqual([
      ['2020-01-01', 1, 'a'],
      ['2020-02-15', -1, 'gone'],
    ]);
    expect(counted([...story.slice(0, 1), merged('2020-01-01')], 'customers')).toEqual([]);
  });

  it('have a purchase day as long as one of its purchases is active', () => {
    const day = [bought('2020-01-01', 'a'), bought('2020-01-01', 'b')];
    expect(counted(day, 'purchase-days')).toEqual([['2020-01-01', 1, 'a']]);
    expect(counted([...day, returned('2020-02-01', 'a')], 'purchase-days')).toEqual([['2020-01-01', 1, 'a']]);
    for (const [first, last] of [
      ['a', 'b'],
      ['b', 'a'],
    ] as const)
      expect(counted([...day, returned('2020-02-01', first), returned('2020-03-01', last)], 'purchase-days')).toEqual([
        ['2020-01-01', 1, 'a'],
        ['2020-03-01', -1, `${last}-back`],
      ]);
    expect(counted([...day, returned('2019-12-01', 'a')], 'purchases')).toEqual([
      ['2020-01-01', 1, 'a'],
      ['2020-01-01', -1, 'a-back'],
      ['2020-01-01', 1, 'b'],
    ]);
  });

  it('have revenue on the day of the purchase, less what is returned on the day of the return, and nothing for nothing', () => {
    const story = [bought('2020-01-02', 'a', 100), bought('2020-01-03', 'gift', 0), returned('2020-02-01', 'a', 30, false)];
    expect(counted(story, 'revenue')).toEqual([
      ['USD', '2020-01-02', 100, 'a'],
      ['USD', '2020-02-01', -30, 'a-back'],
    ]);
    expect(counted([...story.slice(0, 2), returned('2019-12-31', 'a', 30, false), returned('2020-02-02', 'gift', 0)], 'revenue')).toEqual([
      ['USD', '2020-01-02', 100, 'a'],
      ['USD', '2020-01-02', -30, 'a-back'],
    ]);
    expect(counted([met('2020-01-02', 'k'), met('2020-01-03', 'n', 'internal')], 'contacts')).toEqual([['phone', '2020-01-02', 1, 'k']]);
  });

  it('have a silent customer from the day after the contact was due until the next', () => {
    // 365.25/6 is 60.875 days, 365.25/4 is 91.3125.
    const story = [registered('2020-01-01'), met('2020-04-01', 'k'), bought('2020-04-01', 'p'), met('2020-12-01', 'l')];
    expect(counted(story, 'silent')).toEqual([
      ['2020-03-03', 1, 'reg'],
      ['2020-04-01', -1, 'k'],
      ['2020-07-02', 1, 'k'],
      ['2020-12-01', -1, 'l'],
      ['2021-03-03', 1, 'l'],
    ]);
    expect(counted([...story, merged('2020-08-01')], 'silent').slice(2)).toEqual([
      ['2020-07-02', 1, 'k'],
      ['2020-08-01', -1, 'gone'],
    ]);
    const spoken = [met('2020-01-01T08:00:00.000Z', 'early'), registered('2020-01-01T09:00:00.000Z')];
    expect(counted(spoken, 'silent')).toEqual([['2020-03-03', 1, 'early']]);
    const first = [registered('2020-01-01T07:00:00.000Z'), met('2020-01-01T08:00:00.000Z', 'a'), met('2020-01-01T09:00:00.000Z', 'b')];
    expect(counted(first, 'silent')).toEqual([['2020-03-03', 1, 'reg']]);
    expect(counted(first.slice(1), 'silent')).toEqual([['2020-03-03', 1, 'a']]);
  });

  it('have a lapsed customer from the day after the window until the next purchase, and again when a return takes that away', () => {
    const story = [bought('2018-01-01', 'a'), bought('2020-01-01', 'b'), bought('2020-02-01', 'c')];
    expect(counted(story, 'lapsed')).toEqual([
      ['2019-01-02', 1, 'a'],
      ['2020-01-01', -1, 'b'],
      // The median of 730 and 31 days is 380.5, twice that 761.
      [plus('2020-02-01', 762), 1, 'c'],
    ]);
    expect(counted([bought('2018-01-01', 'a'), bought('2020-01-01', 'b'), returned('2020-03-01', 'b')], 'lapsed')).toEqual([
      ['2019-01-02', 1, 'a'],
      ['2020-01-01', -1, 'b'],
      ['2020-03-01', 1, 'b-back'],
    ]);
    expect(counted([bought('2018-01-01', 'a'), merged('2019-06-01')], 'lapsed')).toEqual([
      ['2019-01-02', 1, 'a'],
      ['2019-06-01', -1, 'gone'],
    ]);
    const often = [0, 10, 20, 30, 400].map((n) => bought(plus('2018-01-01', n), `p${n}`));
    expect(counted(often, 'lapsed')).toEqual([
      [plus('2018-01-01', 30 + 366), 1, 'p30'],
      [plus('2018-01-01', 400), -1, 'p400'],
      [plus('2018-01-01', 400 + 366), 1, 'p400'],
    ]);
  });

  it('have a customer in the cohort of the first month, active in each month with a purchase, once', () => {
    const story = [bought('2020-01-05', 'a'), bought('2020-01-20', 'b'), bought('2020-03-05', 'c'), bought('2020-03-20', 'd')];
    const cohorts = [
      ['2020-01', '2020-01-05', 1, 'a'],
      ['2020-01', '2020-01', '2020-01-05', 1, 'a'],
      ['2020-01', '2020-03', '2020-03-05', 1, 'c'],
    ];
    expect(counted(story, 'first-purchases', 'active')).toEqual(cohorts);
    // The day goes, the month stays; then the month goes, and with both of January the cohort becomes March.
    expect(counted([...story, returned('2020-04-01', 'c')], 'first-purchases', 'active')).toEqual(cohorts);
    expect(counted([...story, returned('2020-04-01', 'c'), returned('2020-04-02', 'd')], 'first-purchases', 'active')).toEqual([
      ...cohorts,
      ['2020-01', '2020-03', '2020-04-02', -1, 'd-back'],
    ]);
    expect(counted([...story, returned('2020-04-01', 'a'), returned('2020-04-02', 'b')], 'first-purchases', 'active')).toEqual([
      ...cohorts,
      ['2020-01', '2020-04-02', -1, 'b-back'],
      ['2020-01', '2020-01', '2020-04-02', -1, 'b-back'],
      ['2020-01', '2020-03', '2020-04-02', -1, 'b-back'],
      ['2020-03', '2020-04-02', 1, 'c'],
      ['2020-03', '2020-03', '2020-04-02', 1, 'c'],
    ]);
  });

  it('are the same of many purchases and contacts as day by day, whatever blocks they are kept in', () => {
    const days = Array.from({ length: 800 }, (_, n) => plus('2018-01-01', Math.floor(n / 2)));
    const story = days.flatMap((day, n) => [bought(day, `p${n}`), met(day, `k${n}`)]);
    expect(folded(story).purchases.length).toBeGreaterThan(1);
    expect(counted(story, 'purchase-days')).toEqual(days.filter((_, n) => n % 2 === 0).map((day, n) => [day, 1, `p${2 * n}`]));
    const last = plus('2018-01-01', 399);
    expect(counted(story, 'customers')).toEqual([['2018-01-01', 1, 'p0']]);
    expect(counted(story, 'silent')).toEqual([[plus(last, 92), 1, 'k798']]);
    expect(counted(story, 'lapsed')).toEqual([[plus(last, 366), 1, 'p798']]);
    expect(on(story, last)).toMatchObject({ purchases: 800, purchaseDays: 400, medianInterval: 1, silence: { days: 0 } });
  });
});
