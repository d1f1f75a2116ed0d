import type { Names } from './names.js';
import { amounts, day, list, minute, number, object, properties, rounded, type Shown, text } from './table-of.js';

/** The card of one customer. */
export function showCard(body: unknown, names: Names): readonly Shown[] {
  const card = object(body);
  const curator = object(card.curator);
  const value = Object.fromEntries(Object.entries(object(card.value)).map(([currency, one]) => [currency, object(one).net]));
  return [
    properties(text(card.displayName) || text(card.customerId), {
      customer: text(card.customerId),
      status: text(card.status) + (card.mergedInto ? ` into ${text(card.mergedInto)}` : ''),
      registered: day(object(card.registration).at),
      segment: text(card.segment),
      curator: curator.curatorId ? `${names.curator(curator.curatorId)} since ${day(curator.since)}` : '',
      'curator id': text(curator.curatorId),
      rung: text(object(card.ladder).rung),
      'churn risk': text(object(object(card.churn).figures).risk),
      value: amounts(value),
      contacts: number(card.contacts),
      'next planned contact': minute(object(card.nextPlannedContact).plannedFor),
    }),
    {
      title: 'Identifiers',
      head: ['kind', 'value', 'label'],
      rows: list(card.identifiers).map(({ kind, value: known, label }) => [text(kind), text(known), text(label)]),
    },
    {
      title: 'Open deals',
      head: ['deal', 'stage', 'opened'],
      rows: list(card.openDeals).map(({ dealId, stage, openedAt }) => [text(dealId), text(stage), day(openedAt)]),
    },
    {
      title: 'Open promises',
      head: ['due', 'promise', 'overdue'],
      rows: list(card.openPromises).map((one) => [minute(one.dueAt), text(one.text), one.overdue ? 'yes' : '']),
    },
  ];
}

/** What happened, and what is planned. */
export function showTimeline(body: unknown, names: Names): readonly Shown[] {
  const { entries, planned } = object(body);
  return [
    {
      title: 'Planned',
      head: ['when', 'what', ''],
      rows: list(planned).map((one) => [minute(one.dueAt), text(one.kind), text(one.text)]),
    },
    {
      head: ['when', 'event', 'by', 'says'],
      rows: list(entries).map(({ at, type, actor, data }) => [
        minute(at),
        text(type),
        actedBy(object(actor), names),
        saying(object(data), names),
      ]),
    },
  ];
}

function actedBy({ kind, id }: Readonly<Record<string, unknown>>, names: Names): string {
  if (kind === 'customer') return 'the customer';
  return kind === 'curator' ? names.curator(id) : `${text(kind)} ${names.curator(id)}`;
}

const TOLD = [
  'summary',
  'text',
  'displayName',
  'channel',
  'purpose',
  'item',
  'stage',
  'reason',
  'note',
  'curatorId',
  'kind',
  'source',
  'metric',
  'score',
] as const;

function saying(data: Readonly<Record<string, unknown>>, names: Names): string {
  const told = TOLD.filter((name) => data[name] !== undefined);
  const said = told.map((name) => (name === 'curatorId' ? names.curator(data[name]) : text(data[name])));
  const { minor, currency } = object(data.amount);
  if (currency) said.push(amounts({ [text(currency)]: minor }));
  const line = said.join(', ');
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
}

export function showLadderOf(body: unknown): readonly Shown[] {
  const ladder = object(body);
  return [
    properties('', {
      rung: text(ladder.rung),
      since: minute(ladder.since),
      'lapses at': minute(ladder.lapsesAt),
      'lapses to': text(ladder.lapsesTo),
      policy: number(ladder.policyVersion),
    }),
    {
      title: 'Because of these events',
      head: ['event'],
      rows: (Array.isArray(ladder.because) ? ladder.because : []).map((one) => [text(one)]),
    },
    {
      title: 'Missing',
      head: ['for', 'condition', 'details'],
      rows: list(ladder.missing).map(({ rung, code, lapsed, facts: known }) => [
        text(rung),
        `${text(code)}${lapsed ? ' (lapsed)' : ''}`,
        Object.entries(object(known))
          .map(([name, value]) => `${name} ${text(value)}`)
          .join(', '),
      ]),
    },
  ];
}

export function showChurnOf(body: unknown): readonly Shown[] {
  const figures = object(object(body).figures);
  const buying = object(figures.buying);
  const silence = object(figures.silence);
  const rfm = object(object(body).rfm);
  return [
    properties('', {
      risk: text(figures.risk),
      lapsed: figures.lapsed ? 'yes' : 'no',
      purchases: number(figures.purchases),
      'purchase days': number(figures.purchaseDays),
      value: amounts(figures.value),
      'x, t_x, T (weeks)': buying.x === undefined ? '' : `${text(buying.x)}, ${text(rounded(buying.tx))}, ${text(rounded(buying.T))}`,
      'last purchase': text(buying.lastDay),
      'silent for days': number(silence.days),
      'overdue by days': rounded(silence.overdueDays),
      'R F': rfm.recency === undefined ? '' : `${text(rfm.recency)} ${text(rfm.frequency)}`,
    }),
  ];
}

export const showCustomers = (body: unknown, names: Names): readonly Shown[] => [
  {
    head: ['customer', 'name', 'kind', 'segment', 'curator', 'registered', 'last contact'],
    rows: list(object(body).customers).map((one) => [
      text(one.customerId),
      text(one.displayName),
      text(one.kind),
      text(one.segment),
      names.curator(one.curatorId),
      day(one.registeredAt),
      day(one.lastContactAt),
    ]),
  },
];

export const showCurators = (body: unknown): readonly Shown[] => [
  {
    head: ['curator', 'name', 'team', 'registered', 'departed'],
    rows: list(object(body).curators).map((one) => [
      text(one.curatorId),
      text(one.displayName),
      text(one.team),
      day(one.registeredAt),
      day(one.departedAt),
    ]),
  },
];
