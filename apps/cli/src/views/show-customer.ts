import type { Names } from './names.js';
import { amounts, clockOf, number, object, properties, rounded, type Shown, table, text } from './table-of.js';

/** The card of one customer. */
export function showCard(body: unknown, names: Names): readonly Shown[] {
  const card = object(body);
  const curator = object(card.curator);
  const { day, minute } = clockOf(body);
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
    table('Identifiers', card.identifiers, (one) => ({ kind: text(one.kind), value: text(one.value), label: text(one.label) })),
    table('Open deals', card.openDeals, (one) => ({ deal: text(one.dealId), stage: text(one.stage), opened: day(one.openedAt) })),
    table('Open promises', card.openPromises, (one) => ({
      due: minute(one.dueAt),
      promise: text(one.text),
      overdue: one.overdue ? 'yes' : '',
    })),
  ];
}

/** What happened, and what is planned. */
export function showTimeline(body: unknown, names: Names): readonly Shown[] {
  const { entries, planned } = object(body);
  const { minute } = clockOf(body);
  return [
    table('Planned', planned, (one) => ({ when: minute(one.dueAt), what: text(one.kind), '': text(one.text) })),
    table('', entries, (one) => ({
      when: minute(one.at),
      event: text(one.type),
      by: actedBy(object(one.actor), names),
      says: saying(object(one.data), names),
    })),
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
  const { minute } = clockOf(body);
  return [
    properties('', {
      rung:
        ladder.excludedRole === undefined ? text(ladder.rung) : `none: the policy does not apply to the role ${text(ladder.excludedRole)}`,
      since: minute(ladder.since),
      'lapses at': minute(ladder.lapsesAt),
      'lapses to': text(ladder.lapsesTo),
      policy: number(ladder.policyVersion),
    }),
    table('Because of these events', ladder.because, (event) => ({ event: text(event) })),
    table('Missing', ladder.missing, (one) => ({
      for: text(one.rung),
      condition: `${text(one.code)}${one.lapsed ? ' (lapsed)' : ''}`,
      details: Object.entries(object(one.facts))
        .map(([name, value]) => `${name} ${text(value)}`)
        .join(', '),
    })),
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

export function showCustomers(body: unknown, names: Names): readonly Shown[] {
  const { day } = clockOf(body);
  return [
    table('', object(body).customers, (one) => ({
      customer: text(one.customerId),
      name: text(one.displayName),
      kind: text(one.kind),
      segment: text(one.segment),
      curator: names.curator(one.curatorId),
      registered: day(one.registeredAt),
      'last contact': day(one.lastContactAt),
    })),
  ];
}

export function showCurators(body: unknown): readonly Shown[] {
  const { day } = clockOf(body);
  return [
    table('', object(body).curators, (one) => ({
      curator: text(one.curatorId),
      name: text(one.displayName),
      team: text(one.team),
      registered: day(one.registeredAt),
      departed: day(one.departedAt),
    })),
  ];
}
