import { existsSync, readFileSync } from 'node:fs';
import type { DomainEvent } from '#event-log';
import { defaultPolicies } from '#relationship';
import { builtViews } from '#testing/built-views.js';
import { storyOf } from '#testing/customer-story.js';
import { calendarIn } from '../calendar.js';
import { dayNumber } from '../days.js';
import { foldCustomer } from '../fold.js';
import type { QueryContext } from '../view-reader.js';
import type { ChurnFigures } from './answer-schema.js';
import { cohortRetention } from './cohort-retention.js';
import { compactHistoryOf } from './compact-history.js';
import { churnCustomers } from './customers.js';
import { figuresOn } from './figures.js';
import { churnProjection } from './projection.js';
import { churnOf } from './query.js';
import { churnSummary } from './summary.js';

const folder = '../shared/data/cdnow';
const there = existsSync(folder);
const lines = (file: string) =>
  readFileSync(`${folder}/${file}`, 'utf8')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');

function stories(): readonly (readonly DomainEvent[])[] {
  const byCustomer = new Map<string, { day: string; minor: number }[]>();
  for (const line of lines('CDNOW_sample.txt')) {
    const [, id = '', date = '', , dollars = ''] = line.trim().split(/\s+/);
    const day = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`;
    const purchases = byCustomer.get(id) ?? [];
    byCustomer.set(id, [...purchases, { day, minor: Math.round(Number(dollars) * 100) }]);
  }
  return [...byCustomer].map(([id, purchases]) =>
    storyOf(
      id,
      purchases.map(({ day, minor }, n) => ({
        type: 'purchase-recorded',
        at: day,
        data: { purchaseId: `${id}-${n}`, item: 'CD', quantity: 1, amount: { minor, currency: 'USD' } },
      })),
    ),
  );
}

(there ? describe : describe.skip)('the CDNOW purchases (need ../shared/data/cdnow)', () => {
  const calibration = '1997-09-30';
  let story: ReturnType<typeof stories>;
  let context: QueryContext;
  beforeAll(async () => {
    story = stories();
    context = await builtViews([churnProjection], story, { now: '1998-07-01T00:00:00.000Z' });
  });

  it('give x, t_x, T and zbar of all 2,357 customers to the printed precision', () => {
    const figures = story.map((events) => {
      const churn = foldCustomer(churnProjection, events)!;
      return printed(figuresOn(compactHistoryOf(churn, calendarIn('UTC')), dayNumber(calibration), defaultPolicies));
    });
    const published = lines('cdnow_customers_summary_with_transactions.csv').slice(1);
    expect(figures.map((row, i) => `${i + 1},${row}`)).toEqual(published);
  });

  it('come to 2,357 customers, 6,919 purchases and 244,091.94 dollars', async () => {
    const { customers, purchases, revenue } = await churnSummary(context, {});
    expect(customers.amount).toBe(2_357);
    expect(purchases.amount).toBe(6_919);
    expect(revenue).toEqual({ USD: { amount: 24_409_194, series: 'measure=revenue|currency=USD|' } });
  });

  it('give customers who are alike the same scores: 59.9 % have no repeat purchase, and one score of frequency', async () => {
    const { customers } = await churnCustomers(context, { asOf: calibration, limit: 1000 });
    const scoreOfOne = new Set(customers.filter(({ buying }) => buying?.x === 0).map(({ rfm }) => rfm?.frequency));
    expect([...scoreOfOne]).toEqual([1]);
    const { distribution } = await churnSummary(context, { asOf: calibration });
    expect(distribution?.frequency['1']).toBe(1_411);
  });

  it('found the cohorts of January to March 1997, everyone active in the first month', async () => {
    const { cohorts } = await cohortRetention(context, {});
    expect(cohorts.map(({ cohort }) => cohort)).toEqual(['1997-01', '1997-02', '1997-03']);
    expect(cohorts.reduce((sum, { size }) => sum + size, 0)).toBe(2_357);
    for (const { months } of cohorts) expect(months[0]).toMatchObject({ offset: 0, retention: 1 });
  });

  it('answer one customer with the events behind the figures', async () => {
    const answer = await churnOf(context, { customerId: '0001', asOf: calibration, rfm: true });
    expect(answer).toMatchObject({
      customerId: '0001',
      figures: { buying: { x: 2, firstDay: '1997-01-01', lastDay: '1997-08-02' }, value: { USD: 7402 } },
      because: { purchases: ['0001-0', '0001-1', '0001-2'] },
    });
    expect(answer?.rfm?.frequency).toBeGreaterThan(1);
  });
});

function printed(figures: ChurnFigures | undefined): string {
  const { x, tx, T, zbar } = figures!.buying!;
  return [x, half(tx), half(T), half((zbar.USD ?? 0) / 100)].join();
}

/** Two digits, halves away from zero, as the sheet printed them. */
function half(value: number): string {
  return (Math.round(value * 100 + 1e-6) / 100).toFixed(2);
}
