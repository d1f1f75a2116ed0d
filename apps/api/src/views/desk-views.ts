import { Problem, viewNames } from '#platform';
import { deskSchema, supervisorDeskSchema } from '#projections/desk/answer-schema.js';
import { type DeskAnswer, desk } from '#projections/desk/query.js';
import { supervisorDesk } from '#projections/desk/supervisor.js';
import { eventsBehind, viewBehind } from '#projections/drill-down.js';
import { eventsBehindSchema } from '#projections/drill-down-schema.js';
import { overseers, staffAndAuditor } from '../edge/access.js';
import { curatorAskedFor, holdersAskedFor, linesWithin, mayOpenNamed } from '../edge/own-portfolio.js';
import { calendarDay, id, required, text } from '../edge/parameters.js';
import { isRequired } from '../edge/query.js';
import { asOf, paging, timeTravel } from './common-parameters.js';
import { type Ask, view } from './view-definition.js';

export const deskViews = [
  view({
    name: 'desk',
    path: '/views/desk',
    summary: "A curator's day: the plan, overdue contacts and promises, open complaints, customers to hear from us, the portfolio",
    roles: staffAndAuditor,
    reads: ['desk', 'churn', 'card'],
    paged: 'portfolio.customers',
    personal: {
      '/plan/*/text': 'texts',
      '/overdueContacts/*/text': 'texts',
      '/overduePromises/*/text': 'texts',
      '/complaints/*/text': 'texts',
    },
    parameters: {
      asOf,
      curatorId: {
        ...id(
          'Curator of the desk. Required, except for a curator, who sees the own desk. `none`: items without curator, or of curators who have left, including all that is due after `date`.',
        ),
        requiredOf: overseers,
      },
      date: calendarDay('The day to plan; default the day of `asOf`.'),
      ...paging,
    },
    rejected: {
      knownAt: 'a desk shows what is known now; use the counts of /views/desk/supervisor or the open work of /customers/{customerId}',
    },
    answers: deskSchema,
    async answer(ask) {
      const { query, context, within, services } = ask;
      const curatorId = curatorAskedFor(ask, query.curatorId);
      if (curatorId === undefined) throw new Problem('invalid-query', undefined, { errors: [isRequired('curatorId')] });
      const curators = holdersAskedFor(services.curators.current(), curatorId, context.now);
      const { next, ...body } = await desk(context, { ...query, curatorId, ...(curators && { curators }) });
      return { body: await shownOf(body, within), next };
    },
  }),
  view({
    name: 'desk-supervisor',
    path: '/views/desk/supervisor',
    summary: 'Planned against actual contacts, coverage and load, credited to the curator at the time of the event',
    roles: overseers,
    reads: ['desk', 'retention'],
    parameters: {
      ...timeTravel,
      from: calendarDay('First day; that of `to` when absent.'),
      to: calendarDay('Last day; default today.'),
      curatorId: id('Only this curator.'),
    },
    answers: supervisorDeskSchema,
    async answer(ask) {
      curatorAskedFor(ask, ask.query.curatorId);
      const desk = await supervisorDesk(ask.context, ask.query);
      return { body: { ...desk, curators: linesWithin(ask, desk.curators) } };
    },
  }),
  view({
    name: 'events-behind',
    path: '/views/:view/events',
    summary: 'The events behind a number, by customer; their amounts add up to the number',
    roles: overseers,
    reads: ({ view: name }) => viewNames.filter((candidate) => name !== undefined && candidate === viewBehind(name)),
    parameters: {
      ...timeTravel,
      series: required(
        text(
          'Copied from the answer of the view, with the same `asOf` and `knownAt`. ' +
            'Series are added and subtracted (`a|+b|-c|`, encoded); each selects all that have its members: `measure=entered|stage=lead|` ' +
            'for the leads of all months. The member `days=2026-01-01..2026-01-31` counts ' +
            'these days instead of those until `asOf`.',
          4_000,
        ),
      ),
      customerId: id('Only of this customer.'),
      ...paging,
    },
    answers: eventsBehindSchema,
    async answer({ path, query, context, within }) {
      const name = path.view ?? '';
      if (!viewNames.includes(viewBehind(name))) throw new Problem('not-found', `The views are ${viewNames.join(', ')}.`);
      const { next, ...body } = await eventsBehind(context, { ...query, view: name });
      if (!(await mayOpenNamed(query, within))) return { body: { ...body, contributors: [] } };
      return { body: { ...body, contributors: await within(body.contributors) }, next };
    },
  }),
];

/** Without the customers who have gone to somebody else since. */
const shownOf = async (desk: Omit<DeskAnswer, 'next'>, may: Ask['within']): Promise<Omit<DeskAnswer, 'next'>> => {
  const { plan, overdueContacts, overduePromises, complaints, toContact, portfolio } = desk;
  const all = [plan, overdueContacts, overduePromises, complaints, toContact, portfolio.customers].flat();
  const shown = new Set((await may<(typeof all)[number]>(all)).map(({ customerId }) => customerId));
  const within = <Item extends { readonly customerId: string }>(items: readonly Item[]) =>
    items.filter(({ customerId }) => shown.has(customerId));
  return {
    ...desk,
    plan: within(plan),
    overdueContacts: within(overdueContacts),
    overduePromises: within(overduePromises),
    complaints: within(complaints),
    toContact: within(toContact),
    portfolio: { ...portfolio, customers: within(portfolio.customers) },
  };
};
