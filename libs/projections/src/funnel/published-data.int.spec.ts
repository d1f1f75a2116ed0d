import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { builtViews } from '#testing/built-views.js';
import { type StoryEvent, storyOf } from '#testing/customer-story.js';
import type { Projection } from '../projection.js';
import type { QueryContext } from '../view-reader.js';
import { funnelProjection } from './projection.js';
import { conversionBy, dealDurations, funnel } from './query.js';

const data = path.resolve('../shared/data');
const table = (file: string) => {
  const [head, ...lines] = readFileSync(path.join(data, file), 'utf8').trim().split(/\r?\n/);
  const names = head!.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((value, i) => [names[i]!, value])));
};
const built = (stories: ReadonlyMap<string, readonly StoryEvent[]>) =>
  builtViews(
    [funnelProjection] as readonly Projection[],
    [...stories].map(([id, story]) => storyOf(id, story)),
    { now: '2020-01-01T00:00:00.000Z' },
  );
const known = '2020-01-01';

(existsSync(data) ? describe : describe.skip)('the funnel on the Olist leads (needs ../shared/data)', () => {
  let context: QueryContext;
  beforeAll(async () => {
    const closed = new Map(table('olist_funnel/olist_closed_deals_dataset.csv').map((row) => [row.mql_id!, row]));
    const stories = new Map<string, StoryEvent[]>();
    for (const { mql_id: id, first_contact_date: at, origin } of table('olist_funnel/olist_marketing_qualified_leads_dataset.csv')) {
      const win = closed.get(id!);
      const own = { dealId: id!, funnelVersion: 1, stage: 'lead', ...(origin && { acquisition: { source: origin } }) };
      const story: StoryEvent[] = [{ type: 'deal-opened', at: at!, known, data: own }];
      if (win) {
        const instant = `${win.won_date!.replace(' ', 'T')}.000Z`;
        story.unshift({ type: 'curator-assigned', at: at!, known, data: { curatorId: win.sdr_id, from: `${at}T00:00:00.000Z` } });
        story.push({ type: 'curator-assigned', at: instant, known, data: { curatorId: win.sr_id, from: instant } });
        story.push({ type: 'deal-won', at: instant, known, data: { dealId: id, from: 'lead', amount: { minor: 1, currency: 'BRL' } } });
      }
      stories.set(id!, story);
    }
    context = await built(stories);
  });

  it('comes to the published leads and wins by source, blank and unknown apart', async () => {
    const { groups, overall } = await conversionBy(context, { dimension: 'source' });
    expect(overall).toMatchObject({ opened: 8000, won: 842, winRate: 0.10525, wonBeforeOpened: 1 });
    expect(Object.fromEntries(groups.map(({ key, opened, won }) => [String(key), [opened, won]]))).toEqual({
      organic_search: [2296, 271],
      paid_search: [1586, 195],
      social: [1350, 75],
      unknown: [1099, 179],
      direct_traffic: [499, 56],
      email: [493, 15],
      referral: [284, 24],
      other: [150, 4],
      display: [118, 6],
      other_publicities: [65, 3],
      null: [60, 14],
    });
  });

  it('comes to the published days from first contact to won', async () => {
    const days = await dealDurations(context);
    expect([days.mean, days.median, days.max].map((each) => each!.toFixed(2))).toEqual(['49.10', '14.65', '427.55']);
    expect(days).toMatchObject({ count: 842, negative: 1 });
    expect(days.min).toBe(0);
    expect((await funnel(context)).overall.meanDaysToWin!.toFixed(2)).toBe('49.10');
  });

  it('credits leads to those who qualified them and wins to those who closed them', async () => {
    const { groups } = await conversionBy(context, { dimension: 'curator' });
    expect(groups.filter(({ key, converted }) => key !== null && converted > 0)).toHaveLength(32);
    expect(groups.filter(({ key, won }) => key !== null && won > 0)).toHaveLength(22);
  });
});

(existsSync(data) ? describe : describe.skip)('the funnel on the Maven opportunities (needs ../shared/data)', () => {
  let context: QueryContext;
  beforeAll(async () => {
    const regions = new Map(table('maven_crm/sales_teams.csv').map((row) => [row.sales_agent!, row.regional_office!]));
    const stories = new Map<string, StoryEvent[]>();
    for (const row of table('maven_crm/sales_pipeline.csv')) {
      const dealId = row.opportunity_id!;
      const engaged = row.deal_stage !== 'Prospecting';
      const own = {
        dealId,
        funnelVersion: 1,
        stage: engaged ? 'engaging' : 'prospecting',
        curatorId: row.sales_agent,
        labels: { region: regions.get(row.sales_agent!)! },
      };
      const story: StoryEvent[] = [{ type: 'deal-opened', at: row.engage_date || '2017-12-31', known, data: own }];
      const amount = { minor: Number(row.close_value) * 100, currency: 'USD' };
      if (row.deal_stage === 'Won')
        story.push({ type: 'deal-won', at: row.close_date!, known, data: { dealId, from: 'engaging', amount } });
      if (row.deal_stage === 'Lost')
        story.push({
          type: 'deal-lost',
          at: row.close_date!,
          known,
          data: { dealId, reason: 'other', reasonsVersion: 1, stage: 'engaging' },
        });
      stories.set(dealId, story);
    }
    context = await built(stories);
  });

  it('comes to the published wins, losses, value and win rate', async () => {
    const { overall, stages } = await funnel(context);
    expect(overall).toMatchObject({ opened: 8800, won: 4238, lost: 2473, wonAmount: [{ minor: 1_000_553_400, currency: 'USD' }] });
    expect(overall.closeRate!.toFixed(4)).toBe('0.6315');
    expect(Object.fromEntries(stages.map(({ stage, inStage }) => [stage, inStage]))).toMatchObject({ engaging: 1589, prospecting: 500 });
  });

  it('comes to the published value by region', async () => {
    const { groups } = await conversionBy(context, { dimension: 'label:region' });
    expect(Object.fromEntries(groups.map(({ key, wonAmount }) => [key, wonAmount[0]!.minor / 100]))).toEqual({
      West: 3_568_647,
      Central: 3_346_293,
      East: 3_090_594,
    });
  });

  it('comes to the published days from engagement to close', async () => {
    const days = await dealDurations(context);
    expect([days.mean!.toFixed(2), days.median]).toEqual(['51.78', 57]);
  });
});
