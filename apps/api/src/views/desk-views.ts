import { Problem, viewNames } from '#platform';
import { deskSchema, supervisorDeskSchema } from '#projections/desk/answer-schema.js';
import { desk } from '#projections/desk/query.js';
import { supervisorDesk } from '#projections/desk/supervisor.js';
import { eventsBehind } from '#projections/drill-down.js';
import { eventsBehindSchema } from '#projections/drill-down-schema.js';
import { overseers, staffAndAuditor } from '../edge/access.js';
import { calendarDay, id, text } from '../edge/parameters.js';
import { asOf, paging, timeTravel } from './common-parameters.js';
import { needed } from './needed.js';
import { view } from './view-definition.js';

export const deskViews = [
  view({
    name: 'desk',
    path: '/views/desk',
    summary: "A curator's day: the plan, overdue contacts and promises, customers to hear from us, the portfolio",
    roles: staffAndAuditor,
    reads: ['desk', 'churn'],
    parameters: {
      ...timeTravel,
      curatorId: id('Whose desk; a curator sees the own.'),
      date: calendarDay('The day to plan; that of `asOf` when absent.'),
      ...paging,
    },
    answers: deskSchema,
    async answer({ identity, query, context }) {
      const mine = identity.role === 'curator' ? identity.actorId : undefined;
      if (mine !== undefined && query.curatorId !== undefined && query.curatorId !== mine) throw new Problem('not-found');
      const body = await desk(context, { ...query, curatorId: needed('curatorId', mine ?? query.curatorId) });
      return { body, next: body.portfolio.next };
    },
  }),
  view({
    name: 'desk-supervisor',
    path: '/views/desk/supervisor',
    summary: 'Plan against fact, coverage, norms kept and load, credited to the curator at the time of the event',
    roles: overseers,
    reads: ['desk'],
    parameters: {
      ...timeTravel,
      from: calendarDay('First day; that of `to` when absent.'),
      to: calendarDay('Last day; today when absent.'),
      curatorId: id('One curator only.'),
    },
    answers: supervisorDeskSchema,
    async answer({ query, context }) {
      const to = query.to ?? (query.asOf ?? context.now).slice(0, 10);
      return { body: await supervisorDesk(context, { ...query, from: query.from ?? to, to }) };
    },
  }),
  view({
    name: 'events-behind',
    path: '/views/:view/events',
    summary: 'The events behind a number, by customer; `series` as the view names it',
    roles: overseers,
    reads: [],
    parameters: { series: text('Series, or the beginning of one.', 1_000), asOf, ...paging },
    answers: eventsBehindSchema,
    async answer({ path, query, context }) {
      const name = viewNames.find((candidate) => candidate === path.view);
      if (name === undefined) throw new Problem('not-found', `The views are ${viewNames.join(', ')}.`);
      const { next, ...body } = await eventsBehind(context, { ...query, series: needed('series', query.series), view: name });
      return { body, next };
    },
  }),
];
