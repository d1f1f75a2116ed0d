import { churnCustomersSchema, churnSummarySchema, cohortRetentionSchema } from '#projections/churn/answer-schema.js';
import { cohortRetention } from '#projections/churn/cohort-retention.js';
import { churnCustomers, churnSorts } from '#projections/churn/customers.js';
import { churnSummary } from '#projections/churn/summary.js';
import { overseers, staffAndAuditor } from '../edge/access.js';
import { curatorAskedFor } from '../edge/own-portfolio.js';
import { id, matching, oneOf } from '../edge/parameters.js';
import { asOf, paging, timeTravel } from './common-parameters.js';
import { view } from './view-definition.js';

const month = matching(/^\d{4}-(0[1-9]|1[0-2])$/, 'a month, such as 2026-11');

export const churnViews = [
  view({
    name: 'churn',
    path: '/views/churn',
    summary: 'How many customers are silent, lapsed and at risk, and churn by its causes',
    roles: overseers,
    reads: ['churn'],
    parameters: timeTravel,
    answers: churnSummarySchema,
    answer: async ({ query, context }) => ({ body: await churnSummary(context, query) }),
  }),
  view({
    name: 'churn-customers',
    path: '/views/churn/customers',
    summary:
      'Customers with their buying figures, RFM scores and risk, by the facts known now; a curator finds the own portfolio of that day, as far as it is so now',
    roles: staffAndAuditor,
    reads: ['churn'],
    parameters: {
      asOf,
      sort: oneOf(churnSorts, 'By the id of the customer when absent.'),
      direction: oneOf(['asc', 'desc'], '`desc` when absent.'),
      risk: oneOf(['low', 'elevated', 'high'], 'Only of this risk.'),
      lapsed: oneOf(['true', 'false'], 'Only lapsed customers, or only others.'),
      curatorId: id('Who answered for the customer; a curator finds the own.'),
      ...paging,
    },
    refused: { knownAt: 'everybody is read as known now; the churn of each customer, /customers/{customerId}/churn, takes it' },
    answers: churnCustomersSchema,
    async answer({ identity, query: { lapsed, ...query }, context, within }) {
      const curatorId = curatorAskedFor(identity, query.curatorId);
      const { next, ...body } = await churnCustomers(context, {
        ...query,
        ...(lapsed !== undefined && { lapsed: lapsed === 'true' }),
        ...(curatorId !== undefined && { curatorId }),
        ...(identity.role === 'curator' && { portfolioOf: identity.actorId }),
      });
      return { body: { ...body, customers: await within(body.customers) }, next };
    },
  }),
  view({
    name: 'churn-retention',
    path: '/views/churn/retention',
    summary: 'Of those who first bought in a month, how many bought again in each month after',
    roles: overseers,
    reads: ['churn'],
    parameters: { ...timeTravel, from: month('First cohort.'), to: month('Last cohort.') },
    answers: cohortRetentionSchema,
    answer: async ({ query, context }) => ({ body: await cohortRetention(context, query) }),
  }),
];
