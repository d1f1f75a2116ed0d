import type { Chronicle } from './chronicle.js';
import { publishedData } from './published.js';
import type { Report } from './report.js';
import { type ConversionView, type Durations, distinctOf, type Event, type FunnelView } from './views.js';

/** Leads and won by origin, as data/README.md has them; null is the blank. */
const ORIGINS: readonly (readonly [origin: string | null, leads: number, won: number])[] = [
  ['organic_search', 2_296, 271],
  ['paid_search', 1_586, 195],
  ['social', 1_350, 75],
  ['unknown', 1_099, 179],
  ['direct_traffic', 499, 56],
  ['email', 493, 15],
  ['referral', 284, 24],
  ['other', 150, 4],
  ['display', 118, 6],
  ['other_publicities', 65, 3],
  [null, 60, 14],
];

interface Deal {
  readonly daysToWin: number | null;
  readonly wonBeforeOpened: boolean;
}

export async function checkOlist(chronicle: Chronicle, report: Report): Promise<void> {
  await chronicle.import(publishedData('olist_funnel/olist_marketing_qualified_leads_dataset.csv'), 'olist-leads.json');
  await chronicle.import(publishedData('olist_funnel/olist_closed_deals_dataset.csv'), 'olist-deals.json');
  await chronicle.serve();
  const { overall } = await chronicle.get<FunnelView>('/views/funnel');
  report.equal('leads', 8_000, overall.opened);
  report.equal('won', 842, overall.won);
  report.near('conversion in %', 10.525, (overall.winRate ?? 0) * 100, 3);

  const { groups } = await chronicle.get<ConversionView>('/views/funnel/conversion', { by: 'source' });
  for (const [origin, leads, won] of ORIGINS) {
    const group = groups.find(({ key }) => key === origin);
    report.equal(`leads from ${origin ?? 'a blank origin'}`, leads, group?.opened);
    report.equal(`won from ${origin ?? 'a blank origin'}`, won, group?.converted);
  }
  report.equal('origins', ORIGINS.length, groups.length);

  const durations = await chronicle.get<Durations>('/views/funnel/durations');
  report.near('days from first contact to won, mean', 49.1, durations.mean, 2);
  report.near('days from first contact to won, median', 14.65, durations.median, 2);
  report.near('days from first contact to won, most', 427.55, durations.max, 2);
  report.equal('won before their first contact', 1, overall.wonBeforeOpened);
  const deals = await chronicle.all<Deal>('/views/deals', 'deals', { status: 'won' });
  const early = deals.filter(({ wonBeforeOpened }) => wonBeforeOpened);
  report.equal('deals shown as won before their first contact', 1, early.length);
  report.near('by so many days', -1.18, early[0]?.daysToWin, 2);

  await checkCurators(chronicle, report);
}

async function checkCurators(chronicle: Chronicle, report: Report): Promise<void> {
  const assignments = await chronicle.all<Event>('/events', 'events', { types: 'curator-assigned' });
  const byReason = (reason: string) => assignments.filter(({ data }) => data.reason === reason);
  report.equal('SDRs who qualify', 32, distinctOf(byReason('qualifies the lead').map(({ data }) => data.curatorId)));
  report.equal('SRs who close', 22, distinctOf(byReason('closes the deal').map(({ data }) => data.curatorId)));
  const hands = [...Map.groupBy(assignments, ({ stream }) => stream).values()].filter(
    (own) => distinctOf(own.map(({ data }) => data.curatorId)) > 1,
  );
  report.equal('deals that change hands from SDR to SR', 837, hands.length);
}
