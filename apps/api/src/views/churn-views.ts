import { churnCustomersSchema, churnSummarySchema, cohortRetentionSchema } from '#projections/churn/answer-schema.js';
import { cohortRetention } from '#projections/churn/cohort-retention.js';
import { churnCustomers, churnSorts } from '#projections/churn/customers.js';
import { churnSummary } from '#projections/churn/summary.js';
import { numbersTable } from '../csv/numbers-table.js';
import { overseers, staffAndAuditor } from '../edge/access.js';
import { curatorAskedFor } from '../edge/own-portfolio.js';
import { flag, id, matching, oneOf } from '../edge/parameters.js';
import { asOf, paging, sorting, timeTravel } from './common-parameters.js';
import { view } from './view-definition.js';

const month = matching(/^\d{4}-(0[1-9]|1[0-2])$/, 'a month, such as 2026-11');

export const churnViews = [
  view({
    name: 'churn',
    path: '/views/churn',
    summary: 'Number of silent, lapsed and at-risk customers, and churn by cause',
    roles: overseers,
    reads: ['churn'],
    parameters: timeTravel,
    answers: churnSummarySchema,
    tables: [numbersTable],
    answer: async ({ query, context }) => ({ body: await churnSummary(context, query) }),
  }),
  view({
    name: 'churn-customers',
    path: '/views/churn/customers',
    summary:
      'Customers with purchase figures, RFM scores and risk, by what is known now; a curator sees the own portfolio of that day, limited to current customers',
    roles: staffAndAuditor,
    reads: ['churn'],
    parameters: {
      asOf,
      ...sorting(churnSorts, 'By the id of the customer', {
        descending: true,
        note: 'Customers without the value come last.',
        directionNote: '; `asc` without `sort`',
      }),
      risk: oneOf(['low', 'elevated', 'high'], 'Only of this risk.'),
      lapsed: flag('Only lapsed customers, or only others.'),
      curatorId: id('Responsible curator; a curator sees the own portfolio.'),
      ...paging,
    },
    rejected: { knownAt: 'the list shows what is known now; use /customers/{customerId}/churn' },
    answers: churnCustomersSchema,
    async answer(ask) {
      const { identity, query, context, within } = ask;
      const curatorId = curatorAskedFor(ask, query.curatorId);
      const { next, ...body } = await churnCustomers(context, {
        ...query,
        ...(curatorId !== undefined && { curatorId }),
        ...(identity.role === 'curator' && { portfolioOf: identity.actorId }),
      });
      return { body: { ...body, customers: await within(body.customers) }, next };
    },
  }),
  view({
    name: 'churn-retention',
    path: '/views/churn/retention',
    summary: 'Retention by month of the first purchase',
    roles: overseers,
    reads: ['churn'],
    parameters: { ...timeTravel, from: month('First cohort.'), to: month('Last cohort.') },
    answers: cohortRetentionSchema,
    answer: async ({ query, context }) => ({ body: await cohortRetention(context, query) }),
  }),
];
