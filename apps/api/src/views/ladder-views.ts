import { ladderCustomersSchema, ladderDistributionSchema, ladderMovesSchema, ladderOfSchema } from '#projections/ladder/answer-schema.js';
import { ladderCustomers, ladderDistribution, ladderMoves, ladderOf } from '#projections/ladder/query.js';
import { rungs } from '#projections/ladder/rungs.js';
import { everyone, overseers } from '../edge/access.js';
import { instant, oneOf, required } from '../edge/parameters.js';
import { paging, timeTravel, totalParameter } from './common-parameters.js';
import { found } from './found.js';
import { view } from './view-definition.js';

export const ladderViews = [
  view({
    name: 'customer-ladder',
    path: '/customers/:customerId/ladder',
    summary: 'Rung of a customer, the events behind it, what is missing for the next one, and when it lapses',
    roles: everyone,
    reads: ['ladder'],
    parameters: timeTravel,
    answers: ladderOfSchema,
    answer: async ({ path, query, context }) => ({
      body: found(await ladderOf(context, { ...query, customerId: path.customerId ?? '' })),
    }),
  }),
  view({
    name: 'ladder',
    path: '/views/ladder',
    summary: 'Customers by rung of the loyalty ladder, on any day, including future ones',
    roles: overseers,
    reads: ['ladder'],
    parameters: timeTravel,
    answers: ladderDistributionSchema,
    answer: async ({ query, context }) => ({ body: await ladderDistribution(context, query) }),
  }),
  view({
    name: 'ladder-moves',
    path: '/views/ladder/moves',
    summary: 'Customers who moved up or down between two days',
    roles: overseers,
    reads: ['ladder'],
    parameters: {
      knownAt: timeTravel.knownAt,
      from: required(instant('The day after which moves count.')),
      to: instant('The last day; default today.'),
    },
    rejected: { asOf: 'moves are counted until the day `to`' },
    answers: ladderMovesSchema,
    answer: async ({ query, context }) => ({ body: await ladderMoves(context, query) }),
  }),
  view({
    name: 'ladder-customers',
    path: '/views/ladder/customers',
    summary: 'Customers on one rung, by id',
    roles: overseers,
    reads: ['ladder'],
    parameters: { ...timeTravel, rung: required(oneOf(rungs, 'The rung.')), total: totalParameter(), ...paging },
    answers: ladderCustomersSchema,
    async answer({ query, context, within }) {
      const { next, ...body } = await ladderCustomers(context, query);
      return { body: { ...body, customers: await within(body.customers) }, next };
    },
  }),
];
