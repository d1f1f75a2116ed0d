import { readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Workplace, workplace } from './letopis.js';

/** A few lines of each published file, with its traps; the whole files are `npm run golden`. */
const samples = {
  'cdnow.json': {
    file: 'cdnow.txt',
    text: ' 00004 0001 19970101  2   29.33\r\n 00004 0001 19970118  2   29.73\r\n 00004 0001 19970118  2   29.73\r\n 00018 0002 19970104  1    0.00\r\nnonsense\r\n',
    expected: { rows: 5, eventsAppended: 10, rejected: 1 },
  },
  'helpdesk.json': {
    file: 'helpdesk.csv',
    text: [
      'case_id,event_index,activity,resource,timestamp,customer,product,seriousness,seriousness_2,responsible_section,service_level,service_type,support_section,workgroup',
      'Case 1,1,Resolve ticket,Value 2,2012-10-10T14:51:01+00:00,Value 1,Value 1,Value 1,Value 1,Value 1,Value 1,Value 1,Value 1,Value 1',
      'Case 1,0,Insert ticket,Value 1,2012-10-09T14:50:17+00:00,Value 1,Value 1,Value 1,Value 1,Value 1,Value 1,Value 1,Value 1,Value 1',
      'Case 1,0,Insert ticket,Value 1,2012-10-09T14:50:17+00:00,Value 1,Value 1,Value 1,Value 1,Value 1,Value 1,Value 1,Value 1,Value 1',
    ].join('\n'),
    // Two agents, a customer with an identifier, two assignments (the third finds it so), three contacts.
    expected: { rows: 3, eventsAppended: 9, unchanged: 1, rejected: 0 },
  },
  'olist-leads.json': {
    file: 'olist_marketing_qualified_leads_dataset.csv',
    text: 'mql_id,first_contact_date,landing_page_id,origin\na1,2018-02-01,p1,social\nb2,2018-02-02,p1,\n',
    expected: { rows: 2, eventsAppended: 7, rejected: 0 },
  },
  'olist-deals.json': {
    file: 'deals.csv',
    text: [
      'mql_id,seller_id,sdr_id,sr_id,won_date,business_segment,lead_type,lead_behaviour_profile,has_company,has_gtin,average_stock,business_type,declared_product_catalog_size,declared_monthly_revenue',
      'a1,s1,r1,r2,2018-02-26 19:58:54,pet,online_medium,cat,,,,reseller,,0.0',
      'b2,s2,r1,r1,2018-02-01 03:00:00,pet,online_medium,cat,,,,reseller,,500.0',
      'c3,s3,r1,r1,2018-02-01 03:00:00,pet,online_medium,cat,,,,reseller,,500.0',
    ].join('\n'),
    // The last one is no lead; two curators, three assignments, two profiles, two wins.
    expected: { rows: 3, eventsAppended: 9, rejected: 1 },
  },
  'maven.json': {
    file: 'sales_pipeline.csv',
    text: [
      'opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value',
      'O1,Ann,GTXPro,Acme,Won,2016-10-20,2017-03-01,1054',
      'O2,Ann,GTX Basic,Acme,Lost,2016-10-20,2017-03-01,0',
      'O3,Ann,GTX Basic,,Prospecting,,,',
      'O4,Ann,GTX Deluxe,Acme,Engaging,2016-10-20,,',
    ].join('\n'),
    // The curator, two customers and a profile, three deals, their two ends; the unknown product is rejected.
    expected: { rows: 4, eventsAppended: 9, rejected: 1 },
  },
} as const;

let place: Workplace;
beforeAll(() => {
  place = workplace();
  place.file('sales_teams.csv', 'sales_agent,manager,regional_office\nAnn,Max,West\n');
  place.file(
    'accounts.csv',
    'account,sector,year_established,revenue,employees,office_location,subsidiary_of\nAcme,medical,1996,1100.04,2822,United States,\n',
  );
});
afterAll(() => place.remove());

const folder = path.resolve('test/fixtures/mappings');

describe('the published mappings', () => {
  it('each have a sample here', () => {
    const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
    expect(files.sort()).toEqual(Object.keys(samples).sort());
  });

  it.each(Object.entries(samples))('%s, twice is once', async (mapping, { file, text, expected }) => {
    place.file(file, text);
    const run = async () => JSON.parse((await place.run('import', file, '-m', path.join(folder, mapping), '--json')).stdout) as object;
    expect(await run()).toMatchObject(expected);
    expect(await run()).toMatchObject({ rows: expected.rows, eventsAppended: 0, rejected: expected.rejected });
  });
});
