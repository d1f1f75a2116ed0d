import type { Chronicle } from './chronicle.js';
import { publishedData, publishedRows, publishedText } from './published.js';
import type { Report } from './report.js';
import { type ChurnView, type Event, type FoundCustomer, repeatedOf } from './views.js';

interface ChurnCustomer {
  readonly customerId: string;
  readonly buying: { readonly x: number; readonly tx: number; readonly T: number; readonly zbar: Readonly<Record<string, number>> } | null;
}

const CALIBRATED_TO = '1997-09-30';
const FILE = 'cdnow/CDNOW_sample.txt';

export async function checkCdnow(chronicle: Chronicle, report: Report): Promise<void> {
  await chronicle.import(publishedData(FILE), 'cdnow.json');
  await chronicle.serve();
  const churn = await chronicle.get<ChurnView>('/views/churn');
  report.equal('customers with purchases', 2_357, churn.customers.amount);
  report.equal('purchases', 6_919, churn.purchases.amount);
  report.equal('revenue in cents (244,091.94 USD)', 24_409_194, churn.revenue.USD?.amount);

  const purchases = await chronicle.all<Event>('/events', 'events', { types: 'purchase-recorded' });
  const amounts = purchases.map(({ data }) => (data.amount as { minor: number }).minor);
  report.equal('purchases in the log', 6_919, purchases.length);
  report.equal('purchases of 0 dollars', 8, amounts.filter((minor) => minor === 0).length);
  report.equal(
    'exact duplicates kept',
    21,
    repeatedOf(purchases.map(({ stream, occurredAt, data }, index) => `${stream} ${occurredAt} ${data.quantity} ${amounts[index]}`)),
  );

  await checkSummary(chronicle, report);

  const before = await chronicle.get<{ head: string }>('/events', { limit: '1' });
  await chronicle.import(publishedData(FILE), 'cdnow.json');
  const after = await chronicle.get<{ head: string }>('/events', { limit: '1' });
  report.equal('events after a second import, over HTTP', Number(before.head), Number(after.head));
}

async function checkSummary(chronicle: Chronicle, report: Report): Promise<void> {
  const figures = new Map(
    (await chronicle.all<ChurnCustomer>('/views/churn/customers', 'customers', { asOf: CALIBRATED_TO })).map((one) => [
      one.customerId,
      one.buying,
    ]),
  );
  const byMaster = new Map(
    (await chronicle.all<FoundCustomer>('/customers', 'customers')).map(({ displayName, customerId }) => [displayName, customerId]),
  );
  const masterBySample = new Map(
    publishedText(FILE)
      .split('\r\n')
      .filter((line) => line !== '')
      .map((line) => line.trim().split(/ +/))
      .map(([master, sample]) => [Number(sample), master]),
  );
  const summary = publishedRows('cdnow/cdnow_customers_summary_with_transactions.csv');
  const equal = { x: 0, t_x: 0, T: 0, zbar: 0 };
  for (const row of summary) {
    const buying = figures.get(byMaster.get(`CDNOW ${masterBySample.get(Number(row.ID))}`) ?? '');
    if (!buying) continue;
    if (buying.x === Number(row.x)) equal.x += 1;
    if (rounds(buying.tx, row.t_x)) equal.t_x += 1;
    if (rounds(buying.T, row.T)) equal.T += 1;
    if (rounds((buying.zbar.USD ?? 0) / 100, row.zbar)) equal.zbar += 1;
  }
  for (const [name, count] of Object.entries(equal))
    report.equal(`customers whose ${name} equals the published summary`, summary.length, count);
  report.equal(
    'customers with repeat purchases by 1997-09-30',
    946,
    [...figures.values()].filter((buying) => buying !== null && buying.x > 0).length,
  );
}

/** Published to two decimals. */
const rounds = (obtained: number, published: string | undefined) => Math.abs(obtained - Number(published)) <= 0.005 + 1e-9;
