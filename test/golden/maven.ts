import type { Chronicle } from './chronicle.js';
import { publishedData } from './published.js';
import type { Report } from './report.js';
import {
  type ConversionView,
  type Durations,
  distinctOf,
  type Event,
  type FoundCustomer,
  type FunnelView,
  inStage,
  wonValue,
} from './views.js';

interface LossReasons {
  readonly losses: number;
  readonly groups: readonly { readonly key: { readonly reason: string | null }; readonly losses: number }[];
}

/** 85 accounts, and a customer for each of the 1,425 opportunities without one. */
const CUSTOMERS = 85 + 1_425;

export async function checkMaven(chronicle: Chronicle, report: Report): Promise<void> {
  await chronicle.import(publishedData('maven_crm/sales_pipeline.csv'), 'maven.json');
  await chronicle.serve();
  const funnel = await chronicle.get<FunnelView>('/views/funnel');
  const { overall } = funnel;
  report.equal('deals', 8_800, overall.opened);
  report.equal('won', 4_238, overall.won);
  report.equal('lost', 2_473, overall.lost);
  report.equal('engaging, in the stage qualified', 1_589, inStage(funnel, 'qualified'));
  report.equal('prospecting, in the stage lead', 500, inStage(funnel, 'lead'));
  report.equal('won value in USD', 10_005_534, wonValue(overall));
  report.near('win rate of the closed in %', 63.15, (overall.closeRate ?? 0) * 100, 2);

  const durations = await chronicle.get<Durations>('/views/funnel/durations');
  report.near('days from engaged to won, mean', 51.78, durations.mean, 2);
  report.near('days from engaged to won, median', 57, durations.median, 0);

  const { groups } = await chronicle.get<ConversionView>('/views/funnel/conversion', { by: 'label:region' });
  for (const [region, value] of [
    ['West', 3_568_647],
    ['Central', 3_346_293],
    ['East', 3_090_594],
  ] as const) {
    const group = groups.find(({ key }) => key === region);
    report.equal(`won value in ${region}`, value, group && wonValue(group));
  }

  const losses = await chronicle.get<LossReasons>('/views/loss-reasons');
  report.equal('lost for another reason (the source has none)', 2_473, losses.groups.find(({ key }) => key.reason === 'other')?.losses);
  report.equal('customers', CUSTOMERS, (await chronicle.all<FoundCustomer>('/customers', 'customers')).length);
  report.equal('agents with deals, as curators', 30, (await chronicle.get<{ curators: readonly unknown[] }>('/curators')).curators.length);

  const opened = await chronicle.all<Event>('/events', 'events', { types: 'deal-opened' });
  const products = opened.flatMap(({ data }) => (data.products as readonly { product: string }[]).map(({ product }) => product));
  report.equal('products, each under one name', 7, distinctOf(products));
  report.equal('deals of "GTXPro", mapped to "GTX Pro"', 1_480, products.filter((product) => product === 'GTX Pro').length);
}
