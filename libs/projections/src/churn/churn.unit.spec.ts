import fc from 'fast-check';
import { customerRoles, defaultPolicies, type PolicyHistory } from '#relationship';
import { type StoryEvent, storyOf } from '#testing/customer-story.js';
import { calendarIn } from '../calendar.js';
import { dayName, dayNumber } from '../days.js';
import { contributionsOf } from '../derived.js';
import { foldCustomer } from '../fold.js';
import { compactHistoryOf } from './compact-history.js';
import { customerOn, figuresOn, measured, normsOn } from './figures.js';
import { churnProjection } from './projection.js';
import { regimesOf } from './regimes.js';
import { riskOf } from './risk.js';
import { overdueDaysOf } from './silence.js';

const START = dayNumber('2020-01-01');
const policies: PolicyHistory = {
  ...defaultPolicies,
  cadence: [
    ...defaultPolicies.cadence,
    {
      name: 'cadence',
      version: 2,
      effectiveFrom: '2021-06-01T00:00:00.000Z',
      document: { existingPerYear: 12, potentialPerYear: 2, roles: ['customer', 'supplier'] },
    },
  ],
  ladder: [
    ...defaultPolicies.ladder,
    {
      name: 'ladder',
      version: 2,
      effectiveFrom: '2021-09-01T00:00:00.000Z',
      document: { ...defaultPolicies.ladder[0]!.document, clientWithinDays: 100, clientIntervalFactor: 1, roles: ['customer', 'partner'] },
    },
  ],
};
const utc = calendarIn('UTC');
const folded = (story: readonly StoryEvent[]) => foldCustomer(churnProjection, storyOf('c', story))!;
/** Though merged or erased. */
const stillHere = (story: readonly StoryEvent[]) => compactHistoryOf({ ...folded(story), merged: null, erased: null }, utc);
const compactOf = (story: readonly StoryEvent[]) => compactHistoryOf(folded(story), utc);
const on = (story: readonly StoryEvent[], day: string) => figuresOn(compactOf(story), dayNumber(day), policies);
const bought = (at: string, minor: number, purchaseId = at, currency = 'USD'): StoryEvent => ({
  type: 'purchase-recorded',
  at,
  data: { purchaseId, item: 'x', quantity: 1, amount: { minor, currency } },
});
const returned = (at: string, purchaseId: string, minor: number, whole: boolean): StoryEvent => ({
  type: 'purchase-returned',
  at,
  data: { purchaseId, amount: { minor, currency: 'USD' }, whole },
});
const met = (at: string): StoryEvent => ({
  type: 'contact-recorded',
  at,
  data: { contactId: at, channel: 'phone', direction: 'outbound', purpose: 'other' },
});
const registered = (at: string, role = 'customer'): StoryEvent => ({ type: 'customer-registered', at, data: { kind: 'person', role } });
const corrected = (at: string, role: string): StoryEvent => ({ type: 'customer-details-corrected', at, data: { field: 'role', to: role } });

describe('the figures of a customer', () => {
  it('take purchases of one day for one, and never add currencies', () => {
    const story = [
      bought('2026-01-01', 100),
      bought('2026-01-08', 200, 'a'),
      bought('2026-01-08', 300, 'b'),
      bought('2026-01-15', 70, 'c', 'EUR'),
    ];
    expect(on(story, '2026-01-22')?.buying).toMatchObject({ x: 2, tx: 2, T: 3, zbar: { USD: 500, EUR: 70 }, daysSinceLast: 7 });
    expect(on(story, '2026-01-22')).toMatchObject({ purchases: 4, purchaseDays: 3, value: { USD: 600, EUR: 70 }, medianInterval: 7 });
  });

  it('take a purchase back from the day of its return, in one piece or in parts', () => {
    const story = [
      bought('2026-01-01', 100, 'a'),
      bought('2026-02-01', 100, 'b'),
      returned('2026-03-01', 'b', 40, false),
      returned('2026-04-01', 'b', 60, true),
    ];
    expect(on(story, '2026-03-31')).toMatchObject({ purchases: 2, value: { USD: 160 }, buying: { x: 1, zbar: { USD: 60 } } });
    expect(on(story, '2026-04-01')).toMatchObject({ purchases: 1, value: { USD: 100 }, buying: { x: 0, zbar: {} } });
  });

  it('ask for four contacts a year with those who bought and six with others', () => {
    expect(on([registered('2020-01-01')], '2020-03-03')?.silence).toMatchObject({
      dueDay: '2020-03-02',
      overdueDays: 1,
      lastContactDay: null,
    });
    expect(on([registered('2020-01-01'), bought('2020-01-02', 1), met('2020-01-03')], '2020-03-03')?.silence).toMatchObject({
      dueDay: '2020-04-03',
      overdueDays: 0,
    });
  });

  it('go by the norm in force on the day', () => {
    const story = [registered('2021-01-01'), bought('2021-01-02', 1), met('2021-05-20')];
    expect(on(story, '2021-05-31')?.silence?.contactsPerYear).toBe(4);
    expect(on(story, '2021-06-01')?.silence?.contactsPerYear).toBe(12);
  });

  it('go by the higher version where it begins before one that was scheduled earlier', () => {
    const mended = {
      name: 'cadence',
      version: 3,
      effectiveFrom: '2021-03-01T00:00:00.000Z',
      document: { existingPerYear: 5, potentialPerYear: 5 },
    } as const;
    const regimes = regimesOf({ ...policies, cadence: [...policies.cadence, mended] }, 'cadence');
    expect(regimes.map(({ from, document }) => [from, document.existingPerYear])).toEqual([
      [Number.NEGATIVE_INFINITY, 4],
      [dayNumber('2021-03-01'), 5],
      [dayNumber('2021-06-01'), 5],
    ]);
  });

  it('are none before the customer was known, and none after a merge', () => {
    const story = [registered('2020-01-01'), { type: 'customer-merged', at: '2020-02-01', data: { into: 'other' } }];
    expect(on(story, '2019-12-31')).toBeUndefined();
    expect(on(story, '2020-01-31')).toBeDefined();
    expect(on(story, '2020-02-01')).toBeUndefined();
  });
});

describe('a supplier', () => {
  const bills = [bought('2020-03-01', 100, 'a'), bought('2020-04-01', 200, 'b'), met('2020-04-02')];
  const sums = (story: readonly StoryEvent[], day: string, of = policies) => {
    const found: Record<string, number> = {};
    for (const { series, day: from, amount } of contributionsOf(churnProjection, folded(story), of))
      if (from <= day) found[series.measure!] = (found[series.measure!] ?? 0) + amount;
    return Object.fromEntries(Object.entries(found).filter(([, amount]) => amount !== 0));
  };
  const counted = { contacts: 1, purchases: 2, revenue: 300, 'purchase-days': 2, 'first-purchases': 1, active: 2, customers: 1 };

  it('has no figures and is in no total', () => {
    const story = [registered('2020-01-01', 'supplier'), ...bills];
    expect(on(story, '2020-05-01')).toBeUndefined();
    expect(sums(story, '2020-12-31')).toEqual({});
  });

  it('is counted with all that was bought before from the day on which the role is another, and until it is none of the policy', () => {
    const story = [
      registered('2020-01-01', 'supplier'),
      ...bills,
      corrected('2020-05-01', 'public-body'),
      corrected('2020-06-01', 'partner'),
    ];
    expect(sums(story, '2020-04-30')).toEqual({});
    expect(sums(story, '2020-05-01')).toEqual(counted);
    expect(on(story, '2020-05-01')).toMatchObject({ purchases: 2, value: { USD: 300 } });
    expect(sums(story, '2020-05-31')).toEqual(counted);
    expect(sums(story, '2020-06-01')).toEqual({});
    // From then on version 2 of the ladder is for partners; the cadence is not.
    expect(sums(story, '2021-08-31')).toEqual({});
    expect(sums(story, '2021-09-01')).toEqual({ ...counted, lapsed: 1 });
    expect(on(story, '2021-09-01')).toMatchObject({ lapsed: true, silence: null, risk: 'high' });
  });

  it('was one ever since where the correction is dated as the registration', () => {
    const story = [bought('2019-12-01', 100), registered('2020-01-01'), corrected('2020-01-01', 'supplier')];
    for (const day of ['2019-12-31', '2020-01-01', '2020-12-31']) expect([sums(story, day), on(story, day)]).toEqual([{}, undefined]);
  });

  it('may have a cadence, and be no customer', () => {
    const story = [registered('2021-01-01', 'supplier')];
    expect(sums(story, '2021-05-31')).toEqual({});
    expect(sums(story, '2021-12-31')).toEqual({ silent: 1 });
    expect(measured(compactOf(story), normsOn(policies, dayNumber('2021-12-31')))).toMatchObject({ contactsPerYear: 2 });
  });

  it('names the correction among the events behind the totals that it changes', () => {
    const story = [registered('2020-01-01'), ...bills, corrected('2020-05-01', 'supplier')];
    const left = contributionsOf(churnProjection, folded(story), policies).filter(({ day }) => day === '2020-05-01');
    expect(left.map(({ series: { measure, month }, amount, events }) => [measure, month, amount, events])).toEqual([
      ['contacts', undefined, -1, ['c-4']],
      ['purchases', undefined, -1, ['c-4']],
      ['revenue', undefined, -100, ['c-4']],
      ['purchases', undefined, -1, ['c-4']],
      ['revenue', undefined, -200, ['c-4']],
      ['purchase-days', undefined, -2, ['c-4']],
      ['first-purchases', undefined, -1, ['c-4']],
      ['active', '2020-03', -1, ['c-4']],
      ['active', '2020-04', -1, ['c-4']],
      ['customers', undefined, -1, ['c-4']],
    ]);
  });
});

describe('the risk', () => {
  it.each([
    [{ daysSinceLast: 20, medianInterval: 14, silenceRatio: 0.2 }, 'low'],
    [{ daysSinceLast: 25, medianInterval: 14, silenceRatio: 0.2 }, 'elevated'],
    [{ daysSinceLast: 25, medianInterval: 14, silenceRatio: 1.2 }, 'high'],
    [{ daysSinceLast: 43, medianInterval: 14, silenceRatio: 0.2 }, 'high'],
    [{ daysSinceLast: 180, medianInterval: null, silenceRatio: 0.5 }, 'low'],
    [{ daysSinceLast: 366, medianInterval: null, silenceRatio: 0.5 }, 'high'],
    [{ daysSinceLast: null, medianInterval: null, silenceRatio: 1.5 }, 'elevated'],
    [{ daysSinceLast: 3, medianInterval: 1, silenceRatio: null }, 'low'],
  ])('of %j is %s', (figures, level) => expect(riskOf(figures)).toBe(level));
});

describe('the sums', () => {
  const day = fc.integer({ min: 0, max: 1200 }).map((n) => `${dayName(START + n)}T12:00:00.000Z`);
  const sold = fc
    .array(fc.record({ at: day, minor: fc.integer({ min: 0, max: 500 }) }), { maxLength: 8 })
    .map((all) => all.map(({ at, minor }, n) => bought(at, minor, `p${n}`)));
  const back = fc.array(
    fc.record({ at: day, n: fc.integer({ min: 0, max: 7 }), minor: fc.integer({ min: 1, max: 200 }), whole: fc.boolean() }),
    { maxLength: 3 },
  );
  const contacts = fc.array(day, { maxLength: 8 }).map((all) => all.map(met));
  const ends = fc.option(
    day.map((at): StoryEvent => ({ type: 'customer-merged', at, data: { into: 'o' } })),
    { freq: 3 },
  );

  const role = fc.constantFrom('customer', 'customer', ...customerRoles);
  const corrections = fc
    .uniqueArray(fc.record({ day, role }), { maxLength: 3, selector: (each) => each.day })
    .map((all) => all.map(({ day, role }) => corrected(day.replace('T12', 'T13'), role)));

  const stories = fc
    .record({ sold, back, contacts, ends, registeredAt: fc.option(day), role, corrections })
    .map(({ sold, back, contacts, ends, registeredAt, role, corrections }): readonly StoryEvent[] => [
      ...(registeredAt ? [registered(registeredAt, role), ...corrections] : []),
      ...sold,
      ...contacts,
      ...back.filter(({ n }) => n < sold.length).map(({ at, n, minor, whole }) => returned(at, `p${n}`, minor, whole)),
      ...(ends ? [ends] : []),
    ]);
  const sum = (story: readonly StoryEvent[], measure: string, until: number) =>
    contributionsOf(churnProjection, folded(story), policies)
      .filter((each) => each.series.measure === measure && each.day <= dayName(until))
      .reduce((all, { amount }) => all + amount, 0);

  it('are on every day what the figures of that day are, whatever was bought, returned, said, merged and corrected', () => {
    fc.assert(
      fc.property(stories, fc.integer({ min: -5, max: 1500 }), (story, n) => {
        fc.pre(story.length > 0);
        const until = START + n;
        const figures = figuresOn(compactOf(story), until, policies);
        const untilMerged = figuresOn(stillHere(story), until, policies);
        expect(sum(story, 'customers', until)).toBe(figures?.buying ? 1 : 0);
        const care = measured(compactOf(story), normsOn(policies, until));
        expect(sum(story, 'silent', until)).toBe(care && (overdueDaysOf(care, until) ?? 0) > 0 ? 1 : 0);
        expect(sum(story, 'purchases', until)).toBe(untilMerged?.purchases ?? 0);
        expect(sum(story, 'purchase-days', until)).toBe(untilMerged?.purchaseDays ?? 0);
        expect(sum(story, 'revenue', until)).toBe(untilMerged?.value.USD ?? 0);
        expect(sum(story, 'lapsed', until)).toBe(figures?.lapsed ? 1 : 0);
      }),
      { numRuns: 400 },
    );
  });

  it('put a customer on every day into the months of the purchases active then, and into the cohort of the first', () => {
    fc.assert(
      fc.property(stories, fc.integer({ min: -5, max: 1500 }), (story, n) => {
        fc.pre(story.length > 0);
        const until = START + n;
        const sums: Record<string, number> = {};
        for (const { series, day, amount } of contributionsOf(churnProjection, folded(story), policies)) {
          const { measure, cohort, month } = series;
          if (!cohort || day > dayName(until)) continue;
          const key = [measure, cohort, ...(month ? [month] : [])].join(' ');
          sums[key] = (sums[key] ?? 0) + amount;
        }
        const months = [...new Set(customerOn(stillHere(story), normsOn(policies, until))?.days.map((day) => dayName(day).slice(0, 7)))];
        expect(Object.fromEntries(Object.entries(sums).filter(([, amount]) => amount !== 0))).toEqual(
          Object.fromEntries([
            ...months.slice(0, 1).map((first) => [`first-purchases ${first}`, 1]),
            ...months.map((month) => [`active ${months[0]} ${month}`, 1]),
          ]),
        );
      }),
      { numRuns: 400 },
    );
  });

  it('are the same in whatever order late events were learned', () => {
    const orders = stories.chain((story) => {
      const plain = story.filter(({ type }) => type !== 'purchase-returned').map((each, n) => ({ ...each, id: `e${n}` }));
      return fc.tuple(fc.constant(plain), fc.shuffledSubarray(plain, { minLength: plain.length, maxLength: plain.length }));
    });
    fc.assert(
      fc.property(orders, ([story, shuffled]) => {
        fc.pre(story.length > 0);
        const totals = (all: readonly StoryEvent[]) => {
          const sums = new Map<string, number>();
          for (const { series, day: from, amount } of contributionsOf(churnProjection, folded(all), policies)) {
            const key = JSON.stringify([series, from]);
            sums.set(key, (sums.get(key) ?? 0) + amount);
          }
          return new Map([...sums].filter(([, amount]) => amount !== 0).sort());
        };
        expect(totals(shuffled)).toEqual(totals(story));
        // Purchases of the same instant stay in the order of their recording.
        const inNumbers = (all: readonly StoryEvent[]) => Array.from(compactOf(all).numbers, String).sort();
        expect(inNumbers(shuffled)).toEqual(inNumbers(story));
      }),
    );
  });
});
