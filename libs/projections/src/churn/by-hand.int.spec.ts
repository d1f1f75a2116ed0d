import { builtViews } from '#testing/built-views.js';
import { type StoryEvent, storyOf } from '#testing/customer-story.js';
import { dayName, dayNumber } from '../days.js';
import { eventsBehind } from '../drill-down.js';
import type { Projection } from '../projection.js';
import type { QueryContext } from '../view-reader.js';
import { cohortRetention } from './cohort-retention.js';
import { type ContactsDueParams, contactsDue } from './contacts-due.js';
import { type ChurnCustomersParams, churnCustomers } from './customers.js';
import { churnProjection } from './projection.js';
import { churnSummary } from './summary.js';

const NOW = '2025-12-31T12:00:00.000Z';
const ago = (days: number) => dayName(dayNumber('2025-12-31') - days);
const by = (id: string) => ({ kind: 'curator', id }) as const;
const registered = (at: string, curator: string): StoryEvent => ({
  type: 'customer-registered',
  at,
  by: by(curator),
  data: { kind: 'person', role: 'customer' },
});
const bought = (at: string, id: string, minor = 100, currency = 'EUR'): StoryEvent => ({
  type: 'purchase-recorded',
  at,
  id,
  data: { purchaseId: id, item: 'x', quantity: 1, amount: { minor, currency } },
});
const met = (at: string, id: string, channel: string): StoryEvent => ({
  type: 'contact-recorded',
  at,
  id,
  data: { contactId: id, channel, direction: 'outbound', purpose: 'other' },
});
/** On as many days one after the other, the last so many days ago. */
const daily = (name: string, count: number, last: number) =>
  Array.from({ length: count }, (_, n) => bought(ago(last + count - 1 - n), `${name}${n}`));

const built = (stories: Readonly<Record<string, readonly StoryEvent[]>>, now = NOW) =>
  builtViews(
    [churnProjection] as readonly Projection[],
    Object.entries(stories).map(([id, story]) => storyOf(id, story)),
    { now },
  );

describe('a company of six, by hand', () => {
  let context: QueryContext;
  beforeAll(async () => {
    context = await built({
      anna: daily('a', 5, 10),
      boris: daily('b', 4, 20),
      clara: daily('c', 3, 30),
      david: daily('d', 2, 40),
      emma: daily('e', 1, 50),
      // Nobody has spoken with Felix for six times the norm; the others were never registered, so there is no silence.
      felix: [registered(ago(365), 'maria')],
    });
  });

  it('is spread over the scores and the risks', async () => {
    const { distribution } = await churnSummary(context, {});
    const each = { 1: 1, 2: 1, 3: 1, 4: 1, 5: 1 };
    expect(distribution).toMatchObject({
      customers: 6,
      risk: { low: 3, elevated: 2, high: 1 },
      recency: each,
      frequency: each,
      monetary: { EUR: each },
      cells: { EUR: { 111: 1, 222: 1, 333: 1, 444: 1, 555: 1 } },
    });
    expect(Object.keys(distribution!.monetary)).toEqual(['EUR']);
  });

  it('names behind each number of the distribution the customers and their events', async () => {
    const { series } = (await churnSummary(context, {})).distribution!;
    const behind = async (named: string | undefined, more: object = {}) =>
      (await eventsBehind(context, { view: 'churn', series: named!, ...more })).contributors.map(({ customerId, events, amount }) => [
        customerId,
        amount,
        ...events,
      ]);
    const david = ['david', 1, 'd0', 'd1'];
    const clara = ['clara', 1, 'c0', 'c1', 'c2'];
    const felix = ['felix', 1, 'felix-0'];
    expect(await behind(series.risk.elevated)).toEqual([clara, david]);
    expect(await behind(series.risk.high)).toEqual([felix]);
    expect(await behind(series.recency[2])).toEqual([david]);
    expect(await behind(series.frequency[3])).toEqual([clara]);
    expect(await behind(series.monetary.EUR![2])).toEqual([david]);
    expect(await behind(series.cells.EUR![333])).toEqual([clara]);
    expect((await behind(series.customers)).map(([customerId]) => customerId)).toEqual([
      'anna',
      'boris',
      'clara',
      'david',
      'emma',
      'felix',
    ]);
    expect(await behind(series.customers, { customerId: 'felix' })).toEqual([felix]);
    expect(await behind(series.customers, { asOf: `${ago(365)}T12:00:00.000Z` })).toEqual([felix]);
  });

  it('names no event of a later day', async () => {
    const late = await built({
      anna: [bought(ago(20), 'a1'), registered(ago(10), 'maria'), bought(ago(5), 'a2'), met(ago(4), 'k', 'phone')],
    });
    const behind = async (asOf: string) => {
      const { series } = (await churnSummary(late, { asOf })).distribution!;
      return (await eventsBehind(late, { view: 'churn', series: series.customers, asOf })).contributors.map(({ events }) => events);
    };
    expect(await behind(`${ago(15)}T12:00:00.000Z`)).toEqual([['a1']]);
    expect(await behind(NOW)).toEqual([['anna-1', 'a1', 'a2', 'k']]);
  });

  it('names them page by page', async () => {
    const { series } = (await churnSummary(context, {})).distribution!;
    for (const limit of [1, 2, 3, 6]) {
      const pages: string[][] = [];
      let cursor: string | undefined;
      do {
        const page = await eventsBehind(context, { view: 'churn', series: series.customers, limit, ...(cursor && { cursor }) });
        pages.push(page.contributors.map(({ customerId }) => customerId));
        cursor = page.next;
      } while (cursor);
      expect(pages.flat()).toEqual(['anna', 'boris', 'clara', 'david', 'emma', 'felix']);
      expect(pages).toHaveLength(6 / limit);
    }
  });
});

describe('the list of customers', () => {
  const stories = {
    anna: [registered(ago(300), 'maria'), ...daily('a', 2, 200)],
    boris: [registered(ago(400), 'oleg'), ...daily('b', 1, 380)],
    clara: [registered(ago(10), 'maria')],
    david: [
      registered(ago(100), 'oleg'),
      { type: 'curator-assigned', at: ago(50), data: { curatorId: 'maria', from: `${ago(50)}T00:00:00.000Z` } },
    ],
  } satisfies Record<string, readonly StoryEvent[]>;

  it('is of those who are asked for, by their curator then and now', async () => {
    const context = await built(stories);
    const listed = async (params: ChurnCustomersParams) => {
      const { customers, total } = await churnCustomers(context, { ...params, total: true });
      expect(total).toBe(customers.length);
      return customers.map(({ customerId }) => customerId);
    };
    const asOf = `${ago(80)}T12:00:00.000Z`;
    expect(await listed({})).toEqual(['anna', 'boris', 'clara', 'david']);
    expect(await listed({ asOf })).toEqual(['anna', 'boris', 'david']);
    expect(await listed({ lapsed: true })).toEqual(['boris']);
    expect(await listed({ lapsed: false })).toEqual(['anna', 'clara', 'david']);
    // Anna and Boris have not bought for many intervals; David was not spoken with for 100 days, 1.6 times the norm.
    expect(await listed({ risk: 'high' })).toEqual(['anna', 'boris']);
    expect(await listed({ risk: 'elevated' })).toEqual(['david']);
    expect(await listed({ curatorId: 'maria' })).toEqual(['anna', 'clara', 'david']);
    expect(await listed({ curatorId: 'oleg', asOf })).toEqual(['boris', 'david']);
    expect(await listed({ curatorId: 'oleg', asOf, portfolioOf: 'maria' })).toEqual(['david']);
    expect(await listed({ sort: 'silence' })).toEqual(['boris', 'anna', 'david', 'clara']);
    expect(await listed({ sort: 'recency', direction: 'asc' })).toEqual(['anna', 'boris', 'clara', 'david']);
    expect(await listed({ sort: 'overdue' })).toEqual(['boris', 'anna', 'david', 'clara']);
  });

  it('is cut into pages, and says where a page ends', async () => {
    const context = await built(stories);
    const first = await churnCustomers(context, { sort: 'silence', limit: 3 });
    expect(first.customers.map(({ customerId }) => customerId)).toEqual(['boris', 'anna', 'david']);
    const rest = await churnCustomers(context, { sort: 'silence', limit: 3, cursor: first.next! });
    expect([rest.customers.map(({ customerId }) => customerId), rest.next]).toEqual([['clara'], undefined]);
    expect((await churnCustomers(context, { limit: 4 })).next).toBeUndefined();
    for (const limit of [0, 1001, 1.5])
      await expect(churnCustomers(context, { limit })).rejects.toMatchObject({
        parameter: 'limit',
        message: expect.stringContaining('a whole number from 1 to 1000'),
      });
    for (const place of [['x', 'anna'], [1, 2], [1]])
      await expect(churnCustomers(context, { cursor: Buffer.from(JSON.stringify(place)).toString('base64url') })).rejects.toMatchObject({
        name: 'InvalidCursor',
      });
    for (const other of [{}, { sort: 'recency' }, { sort: 'silence', direction: 'asc' }, { sort: 'silence', lapsed: true }] as const)
      await expect(churnCustomers(context, { ...other, cursor: first.next! })).rejects.toMatchObject({ name: 'InvalidCursor' });
    const last = await churnCustomers(context, { direction: 'desc', limit: 3 });
    const before = await churnCustomers(context, { direction: 'desc', limit: 3, cursor: last.next! });
    expect([last, before].map(({ customers }) => customers.map(({ customerId }) => customerId))).toEqual([
      ['david', 'clara', 'boris'],
      ['anna'],
    ]);
  });
});

describe('the summary, by hand', () => {
  it('counts customers, purchases, money, contacts, silence and lapses', async () => {
    const context = await built({
      anna: [registered(ago(500), 'maria'), bought(ago(400), 'a1', 500), bought(ago(400), 'a2', 700, 'USD'), met(ago(5), 'k1', 'phone')],
      boris: [bought(ago(20), 'b1', 250), bought(ago(10), 'b2', 50), met(ago(100), 'k2', 'email'), met(ago(99), 'k3', 'email')],
      clara: [registered(ago(61), 'maria')],
      david: [registered(ago(62), 'maria')],
    });
    expect(await churnSummary(context, {})).toMatchObject({
      customers: { amount: 2, series: 'measure=customers|' },
      purchases: { amount: 4, series: 'measure=purchases|' },
      purchaseDays: { amount: 3, series: 'measure=purchase-days|' },
      revenue: {
        EUR: { amount: 800, series: 'measure=revenue|currency=EUR|' },
        USD: { amount: 700, series: 'measure=revenue|currency=USD|' },
      },
      contactsByChannel: {
        phone: { amount: 1, series: 'measure=contacts|channel=phone|' },
        email: { amount: 2, series: 'measure=contacts|channel=email|' },
      },
      // Boris by 4 contacts a year, due 91 days after the last; David by 6, due 61 days after.
      silent: { amount: 2, series: 'measure=silent|' },
      lapsed: { amount: 1, share: 0.5, series: 'measure=lapsed|' },
    });
    expect((await churnSummary(context, { asOf: `${ago(450)}T00:00:00.000Z` })).lapsed).toMatchObject({ amount: 0, share: null });
  });

  it('shows of each cohort how many bought again in which month', async () => {
    const month = (n: number) => `2025-${String(n).padStart(2, '0')}-15`;
    const context = await built({
      anna: [bought(month(3), 'a3'), bought(month(1), 'a1'), bought(month(2), 'a2')],
      boris: [bought(month(1), 'b1'), bought(month(3), 'b3')],
      clara: [bought(month(1), 'c1')],
      david: [bought(month(1), 'd1')],
      emma: [bought(month(3), 'e3')],
      felix: [bought(month(2), 'f2'), bought(month(3), 'f3')],
    });
    const shown = async (params: { readonly from?: string; readonly to?: string } = {}) =>
      (await cohortRetention(context, params)).cohorts.map(({ cohort, size, months }) => [
        cohort,
        size,
        ...months.map(({ offset, month, active, retention }) => [offset, month, active, retention]),
      ]);
    const cohorts = [
      ['2025-01', 4, [0, '2025-01', 4, 1], [1, '2025-02', 1, 0.25], [2, '2025-03', 2, 0.5]],
      ['2025-02', 1, [0, '2025-02', 1, 1], [1, '2025-03', 1, 1]],
      ['2025-03', 1, [0, '2025-03', 1, 1]],
    ];
    expect(await shown()).toEqual(cohorts);
    expect(await shown({ from: '2025-02' })).toEqual(cohorts.slice(1));
    expect(await shown({ to: '2025-02' })).toEqual(cohorts.slice(0, 2));
    expect(await shown({ from: '2025-02', to: '2025-02' })).toEqual(cohorts.slice(1, 2));
  });
});

describe('whom the cadence asks for', () => {
  it('are those due by the day, the longest overdue first and alike in order of their ids, now and as of then', async () => {
    const context = await built({
      zoe: [registered('2025-10-01', 'maria')],
      anna: [registered('2025-10-01', 'maria')],
      boris: [registered('2025-09-01', 'maria')],
      clara: [registered('2025-10-02', 'maria')],
      david: [registered('2025-08-01', 'oleg')],
    });
    const due = async (params: Partial<ContactsDueParams>) => {
      const { items, cut } = await contactsDue(context, { curators: ['maria'], by: '2025-12-01', limit: 10, ...params });
      return [items.map(({ customerId, silence: { dueDay } }) => `${customerId} ${dueDay}`), cut];
    };
    const two = ['boris 2025-11-01', 'anna 2025-12-01', 'zoe 2025-12-01'];
    for (const asOf of [undefined, '2025-12-30T00:00:00.000Z']) {
      const travel = asOf === undefined ? {} : { asOf };
      expect(await due(travel)).toEqual([two, false]);
      expect(await due({ ...travel, limit: 3 })).toEqual([two, false]);
      expect(await due({ ...travel, limit: 2 })).toEqual([two.slice(0, 2), true]);
      expect(await due({ ...travel, by: '2025-12-02' })).toEqual([[...two, 'clara 2025-12-02'], false]);
      expect(await due({ ...travel, curators: ['oleg', null] })).toEqual([['david 2025-10-01'], false]);
    }
  });
});
