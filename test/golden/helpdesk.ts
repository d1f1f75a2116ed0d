import type { Chronicle } from './chronicle.js';
import { publishedData, publishedRows } from './published.js';
import type { Report } from './report.js';
import { type ChurnView, distinctOf, type Event, type FoundCustomer, repeatedOf } from './views.js';

const FILE = 'helpdesk/helpdesk_events.csv.gz';

interface Entry {
  readonly at: string;
  readonly data: { readonly labels: Readonly<Record<string, string>> };
}

export async function checkHelpdesk(chronicle: Chronicle, report: Report): Promise<void> {
  await chronicle.import(publishedData(FILE), 'helpdesk.json');
  await chronicle.serve();
  const churn = await chronicle.get<ChurnView>('/views/churn');
  report.equal('agents as curators', 22, (await chronicle.get<{ curators: readonly unknown[] }>('/curators')).curators.length);
  const customers = await chronicle.all<FoundCustomer>('/customers', 'customers');
  report.equal('customers', 397, customers.length);

  report.equal('contacts on the timelines of all customers', 21_348, await onAllTimelines(chronicle, customers));
  const outward = publishedRows(FILE).filter(({ activity }) => OUTWARD.has(activity ?? '')).length;
  report.equal('of them with the customer, not internal, in the churn view', outward, churn.contactsByChannel.portal?.amount);

  await checkBusiest(chronicle, report, customers);
  checkContacts(await chronicle.all<Event>('/events', 'events', { types: 'contact-recorded' }), report);
}

/** What the mapping takes for work at the desk is a contact of direction `internal`. */
const OUTWARD = new Set(['Insert ticket', 'Resolve ticket', 'Closed']);

async function onAllTimelines(chronicle: Chronicle, customers: readonly FoundCustomer[]): Promise<number> {
  let count = 0;
  for (const { customerId } of customers) count += (await contactsOf(chronicle, customerId)).length;
  return count;
}

const contactsOf = (chronicle: Chronicle, customerId: string) =>
  chronicle.all<Entry>(`/customers/${customerId}/timeline`, 'entries', { kind: 'contact', order: 'oldest', limit: '500' });

async function checkBusiest(chronicle: Chronicle, report: Report, customers: readonly FoundCustomer[]): Promise<void> {
  const rows = publishedRows(FILE);
  const byCustomer = Map.groupBy(rows, ({ customer }) => customer);
  const [busiest, own] = [...byCustomer].sort((a, b) => b[1].length - a[1].length)[0]!;
  const customerId = customers.find(({ displayName }) => displayName === `Customer ${busiest}`)?.customerId ?? '';
  const entries = await contactsOf(chronicle, customerId);
  report.equal(`contacts on the timeline of the busiest customer (${busiest})`, own.length, entries.length);
  report.equal(
    'neighbours on it that are out of order',
    0,
    entries.filter(({ at }, index) => index > 0 && at < entries[index - 1]!.at).length,
  );
  const said = (at: string, caseId: string | undefined, index: string | undefined, activity: string | undefined) =>
    `${Date.parse(at)} ${caseId} ${index} ${activity}`;
  const expected = new Set(own.map((row) => said(row.timestamp ?? '', row.case_id, row.event_index, row.activity)));
  const obtained = new Set(entries.map(({ at, data: { labels } }) => said(at, labels.case, labels.index, labels.activity)));
  report.equal('rows of the file that are missing on it', 0, expected.difference(obtained).size);
}

function checkContacts(contacts: readonly Event[], report: Report): void {
  const read = contacts.map(({ stream, occurredAt, source, data }) => {
    const labels = data.labels as Readonly<Record<string, string>>;
    return {
      stream,
      occurredAt,
      source: source?.id ?? '',
      agent: String(data.handledBy),
      case: labels.case ?? '',
      index: Number(labels.index),
      activity: labels.activity,
      product: labels.product,
    };
  });
  report.equal('contacts in the log', 21_348, read.length);
  report.equal('cases', 4_580, distinctOf(read.map((one) => one.case)));
  report.equal('activities', 14, distinctOf(read.map((one) => one.activity)));
  report.equal('products', 21, distinctOf(read.map((one) => one.product)));
  report.equal('exact duplicates kept', 127, repeatedOf(read.map((one) => `${one.case} ${one.activity} ${one.agent} ${one.occurredAt}`)));
  report.equal('of all contacts, told apart by file and line', 21_348, distinctOf(read.map((one) => one.source)));

  const cases = [...Map.groupBy(read, (one) => one.case).values()].map((events) => events.toSorted((a, b) => a.index - b.index));
  report.equal('cases whose customer changes', 7, cases.filter((events) => distinctOf(events.map(({ stream }) => stream)) > 1).length);
  report.equal('cases that do not end in Closed', 23, cases.filter((events) => events.at(-1)?.activity !== 'Closed').length);
  report.equal(
    'changes of agent between neighbours',
    8_648,
    cases.flatMap((events) => events.slice(1).filter(({ agent }, index) => agent !== events[index]!.agent)).length,
  );
}
