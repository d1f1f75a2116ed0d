import type { Names } from './names.js';
import { amounts, day, list, minute, money, number, object, percent, properties, rounded, type Shown, text } from './table-of.js';

export function showFunnel(body: unknown, names: Names): readonly Shown[] {
  const { stages, overall, groups } = object(body);
  const portion = (title: string, of: unknown): Shown => ({
    ...(title && { title }),
    head: ['stage', 'now', 'value', 'entered', 'moved on', 'won', 'lost', 'win rate', 'days in it'],
    rows: list(of).map((one) => [
      text(one.stage),
      number(one.inStage),
      money(one.value),
      number(one.entered),
      number(one.movedOn),
      number(one.won),
      number(one.lost),
      percent(one.winRate),
      rounded(one.meanDays),
    ]),
  });
  return [
    portion('', stages),
    outcome(overall),
    ...list(groups).map((group) => portion(names.curator(group.key) || '(not given)', group.stages)),
  ];
}

function outcome(overall: unknown): Shown {
  const one = object(overall);
  return properties('Overall', {
    opened: number(one.opened),
    won: number(one.won),
    lost: number(one.lost),
    'won of opened': percent(one.winRate),
    'won of closed': percent(one.closeRate),
    'won amount': money(one.wonAmount),
    'mean days to win': rounded(one.meanDaysToWin),
    'won before opened': number(one.wonBeforeOpened),
  });
}

export function showConversion(body: unknown, names: Names): readonly Shown[] {
  const { dimension, groups, overall } = object(body);
  return [
    {
      head: [text(dimension), 'opened', 'won', 'lost', 'won of opened', 'won of closed', 'won amount', 'days to win'],
      rows: list(groups).map((one) => [
        (dimension === 'curator' ? names.curator(one.key) : text(one.key)) || '(not given)',
        number(one.opened),
        number(one.won),
        number(one.lost),
        percent(one.winRate),
        percent(one.closeRate),
        money(one.wonAmount),
        rounded(one.meanDaysToWin),
      ]),
    },
    outcome(overall),
  ];
}

export const showDeals = (body: unknown, names: Names): readonly Shown[] => [
  {
    head: ['deal', 'customer', 'name', 'status', 'stage', 'curator', 'source', 'opened', 'closed', 'amount', 'days', 'reason'],
    rows: list(object(body).deals).map((one) => [
      text(one.dealId),
      text(one.customerId),
      names.customer(one.customerId),
      text(one.status),
      text(one.stage),
      names.curator(one.curatorId),
      text(one.source),
      day(one.openedAt),
      day(one.closedAt),
      one.wonAmount === null ? money(one.expectedValue) : money({ minor: one.wonAmount, currency: one.currency }),
      rounded(one.daysToWin),
      text(one.reason) + (one.wonBeforeOpened ? 'won before it was opened' : ''),
    ]),
  },
];

export const showEventsBehind = (body: unknown, names: Names): readonly Shown[] => [
  {
    head: ['customer', 'name', 'amount', 'series', 'events'],
    rows: list(object(body).contributors).map(({ customerId, amount, series, events }) => [
      text(customerId),
      names.customer(customerId),
      number(amount),
      text(series),
      Array.isArray(events) ? events.join(' ') : '',
    ]),
  },
];

export function showChurn(body: unknown): readonly Shown[] {
  const churn = object(body);
  const counted = (name: string) => number(object(churn[name]).amount);
  const distribution = object(churn.distribution);
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
      rows: Object.entries(object(distribution.risk)).map(([risk, count]) => [risk, number(count)]),
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
    {
      head: [...dimensions, 'losses', 'share', 'still lost', 'value'],
      rows: list(groups).map((one) => [
        ...dimensions.map((name) => said(name, object(one.key)[name]) || '(not given)'),
        number(one.losses),
        percent(one.share),
        number(one.standing),
        money(one.lostValue),
      ]),
    },
  ];
};

export function showDesk(body: unknown, names: Names): readonly Shown[] {
  const desk = object(body);
  const items = (title: string, of: unknown): Shown => ({
    title,
    head: ['due', 'what', 'customer', 'name', 'channel', 'purpose', 'state', 'says'],
    rows: list(of).map((one) => [
      minute(one.dueAt),
      text(one.kind),
      text(one.customerId),
      names.customer(one.customerId),
      text(one.channel),
      text(one.purpose),
      text(one.state),
      text(one.text),
    ]),
  });
  return [
    items(`Plan of ${names.curator(desk.curatorId)} for ${text(desk.date)}`, desk.plan),
    items('Overdue contacts', desk.overdueContacts),
    items('Overdue promises', desk.overduePromises),
    {
      title: 'Contact due',
      head: ['customer', 'name', 'due', 'overdue by days', 'silent for days', 'risk'],
      rows: list(desk.toContact).map(({ customerId, silence, risk }) => {
        const { dueDay, overdueDays, days } = object(silence);
        return [text(customerId), names.customer(customerId), text(dueDay), number(overdueDays), number(days), text(risk)];
      }),
    },
    {
      title: `Portfolio of ${names.curator(desk.curatorId)}: ${text(object(desk.portfolio).count)} customers`,
      head: ['customer', 'name', 'since'],
      rows: list(object(desk.portfolio).customers).map(({ customerId, from }) => [text(customerId), names.customer(customerId), day(from)]),
    },
  ];
}

export function showLadder(body: unknown): readonly Shown[] {
  const { rungs, customers } = object(body);
  const rows = list(rungs).map((one) => [text(one.rung), number(one.customers)] as const);
  return [{ head: ['rung', 'customers'], rows: [...rows, ['all', number(customers)]] }];
}
