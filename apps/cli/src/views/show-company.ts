import type { Names } from './names.js';
import { amounts, clockOf, list, money, number, object, percent, properties, rounded, type Shown, table, text } from './table-of.js';

export function showFunnel(body: unknown, names: Names): readonly Shown[] {
  const { stages, overall, groups } = object(body);
  const portion = (title: string, of: unknown) =>
    table(title, of, (one) => ({
      stage: text(one.stage),
      now: number(one.inStage),
      value: money(one.value),
      entered: number(one.entered),
      'moved on': number(one.movedOn),
      won: number(one.won),
      lost: number(one.lost),
      'win rate': percent(one.winRate),
      'days in it': rounded(one.meanDays),
    }));
  return [
    portion('', stages),
    outcome(overall),
    ...list(groups).map((group) => portion(names.curator(group.key) || '(not given)', group.stages)),
  ];
}

function outcome(overall: unknown): Shown {
  const one = object(overall);
  return properties('Overall', {
    ...dealsEnded(one),
    'mean days to win': rounded(one.meanDaysToWin),
    'won before opened': number(one.wonBeforeOpened),
  });
}

const dealsEnded = (one: ReturnType<typeof object>) => ({
  opened: number(one.opened),
  won: number(one.won),
  lost: number(one.lost),
  'won of opened': percent(one.winRate),
  'won of closed': percent(one.closeRate),
  'won amount': money(one.wonAmount),
});

export function showConversion(body: unknown, names: Names): readonly Shown[] {
  const { dimension, groups, overall } = object(body);
  return [
    table('', groups, (one) => ({
      [text(dimension)]: (dimension === 'curator' ? names.curator(one.key) : text(one.key)) || '(not given)',
      ...dealsEnded(one),
      'days to win': rounded(one.meanDaysToWin),
    })),
    outcome(overall),
  ];
}

export function showDeals(body: unknown, names: Names): readonly Shown[] {
  const { day } = clockOf(body);
  return [
    table('', object(body).deals, (one) => ({
      deal: text(one.dealId),
      customer: text(one.customerId),
      name: names.customer(one.customerId),
      status: text(one.status),
      stage: text(one.stage),
      curator: names.curator(one.curatorId),
      source: text(one.source),
      opened: day(one.openedAt),
      closed: day(one.closedAt),
      amount: one.wonAmount === null ? money(one.expectedValue) : money({ minor: one.wonAmount, currency: one.currency }),
      days: rounded(one.daysToWin),
      reason: text(one.reason) + (one.wonBeforeOpened ? 'won before it was opened' : ''),
    })),
  ];
}

export const showEventsBehind = (body: unknown, names: Names): readonly Shown[] => [
  table('', object(body).contributors, ({ customerId, amount, series, events }) => ({
    customer: text(customerId),
    name: names.customer(customerId),
    amount: number(amount),
    series: text(series),
    events: Array.isArray(events) ? events.join(' ') : '',
  })),
];

export function showChurn(body: unknown): readonly Shown[] {
  const churn = object(body);
  const counted = (name: string) => number(object(churn[name]).amount);
  return [
    properties('', {
      customers: counted('customers'),
      purchases: counted('purchases'),
      'purchase days': counted('purchaseDays'),
      revenue: amounts(churn.revenue),
      silent: counted('silent'),
      lapsed: counted('lapsed'),
      'share lapsed': percent(object(churn.lapsed).share),
    }),
    {
      title: 'Risk',
      head: ['risk', 'customers'],
      rows: Object.entries(object(object(churn.distribution).risk)).map(([risk, count]) => [risk, number(count)]),
    },
    {
      title: 'Contacts by channel',
      head: ['channel', 'contacts'],
      rows: Object.entries(object(churn.contactsByChannel)).map(([channel, one]) => [channel, number(object(one).amount)]),
    },
  ];
}

export const showLosses = (body: unknown, names: Names): readonly Shown[] => {
  const { by, groups } = object(body);
  const dimensions = Array.isArray(by) ? (by as readonly string[]) : [];
  const said = (dimension: string, key: unknown) => (dimension === 'curator' ? names.curator(key) : text(key));
  return [
    table('', groups, (one) => ({
      ...Object.fromEntries(dimensions.map((name) => [name, said(name, object(one.key)[name]) || '(not given)'])),
      losses: number(one.losses),
      share: percent(one.share),
      'still lost': number(one.notReopened),
      value: money(one.lostValue),
    })),
  ];
};

export function showDesk(body: unknown, names: Names): readonly Shown[] {
  const desk = object(body);
  const portfolio = object(desk.portfolio);
  const { day, minute } = clockOf(body);
  const items = (title: string, of: unknown) =>
    table(title, of, (one) => ({
      due: minute(one.dueAt),
      what: text(one.kind),
      customer: text(one.customerId),
      name: names.customer(one.customerId),
      channel: text(one.channel),
      purpose: text(one.purpose),
      state: text(one.state),
      says: text(one.text),
    }));
  return [
    items(`Plan of ${names.curator(desk.curatorId)} for ${text(desk.date)}`, desk.plan),
    items('Overdue contacts', desk.overdueContacts),
    items('Overdue promises', desk.overduePromises),
    items('Open complaints', desk.complaints),
    table('Contact due', desk.toContact, ({ customerId, silence, risk }) => ({
      customer: text(customerId),
      name: names.customer(customerId),
      due: text(object(silence).dueDay),
      'overdue by days': number(object(silence).overdueDays),
      'silent for days': number(object(silence).days),
      risk: text(risk),
    })),
    table(
      `Portfolio of ${names.curator(desk.curatorId)}: ${text(portfolio.count)} customers`,
      portfolio.customers,
      ({ customerId, from }) => ({ customer: text(customerId), name: names.customer(customerId), since: day(from) }),
    ),
  ];
}

export function showLadder(body: unknown): readonly Shown[] {
  const { rungs, customers } = object(body);
  return [table('', [...list(rungs), { rung: 'all', customers }], (one) => ({ rung: text(one.rung), customers: number(one.customers) }))];
}

export function showAccesses(body: unknown): readonly Shown[] {
  const { minute } = clockOf(body);
  return [
    table('', object(body).entries, (one) => ({
      at: minute(one.at),
      role: text(one.role),
      actor: text(one.actorId),
      key: text(one.keyId),
      operation: text(one.operation),
      customer: text(one.customerId),
      reason: text(one.reason),
    })),
  ];
}

export function showRetention(body: unknown): readonly Shown[] {
  return [
    table('', object(body).customers, (one) => ({
      'erased on': text(one.eraseOn),
      customer: text(one.customerId),
      curator: text(one.curatorId),
      rule: text(one.code),
      'due on': text(one.dueOn),
      'kept for': (one.obstacles as readonly string[]).join(', '),
    })),
  ];
}
