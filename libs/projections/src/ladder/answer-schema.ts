import { Type } from 'typebox';
import { customerRoles } from '#relationship/read-side.js';
import type { Described } from '../answer-schema.js';
import {
  answerTimes,
  count,
  customerId,
  day,
  eventIds,
  flag,
  instant,
  named,
  oneOf,
  orNull,
  series,
  strict,
  total,
  whole,
} from '../answer-schema.js';
import { rungs } from './rungs.js';

const rung = (description?: string) => oneOf(rungs, description);

export const missingSchema = named(
  'MissingCondition',
  strict({
    code: oneOf([
      'purchase',
      'purchase-days',
      'recent-purchase',
      'positive-attitude',
      'complaint-resolved',
      'observed-act',
      'agreement-in-force',
    ]),
    rung: rung('The rung that requires it.'),
    lapsed: flag('It was met before and lapsed by elapsed time.'),
    facts: Type.Unsafe<Record<string, unknown>>({
      type: 'object',
      additionalProperties: true,
      description: 'Actual and required values, such as `have` and `need`.',
    }),
    instead: Type.Optional(oneOf(['active-contract'], 'An alternative that meets the condition.')),
  }),
);

export const ladderOfSchema = named(
  'CustomerLadder',
  strict({
    ...answerTimes,
    customerId: customerId(),
    rung: orNull(rung('Null if the record was not a customer then (not registered yet, merged or erased), or if its role has no rung.')),
    excludedRole: Type.Optional(
      oneOf(customerRoles, 'The role then, if the policy `ladder` does not apply to it: the customer has no rung.'),
    ),
    since: orNull(instant()),
    because: eventIds('Ids of the events behind the rung.'),
    missing: Type.Array(missingSchema, { description: 'Conditions of the next rung; empty for a partner with all evidence in force.' }),
    lapsesAt: orNull(instant('When elapsed time lowers the rung; null if never.')),
    lapsesTo: orNull(rung()),
    policyVersion: whole('Version of the policy `ladder`.'),
    steps: Type.Array(strict({ from: instant(), rung: rung(), cause: oneOf(['event', 'time']), because: eventIds() }), {
      description: 'Steps up to `asOf`, and future steps by elapsed time.',
    }),
  }),
);

const customers = () => count('Number of customers.');

export const ladderDistributionSchema = named(
  'LadderDistribution',
  strict({
    ...answerTimes,
    rungs: Type.Array(strict({ rung: rung(), customers: customers(), series: series() }), { description: 'From the lowest rung.' }),
    customers: count('On all rungs.'),
    series: series('Identifies the events behind `customers`.'),
  }),
);

export const ladderMovesSchema = named(
  'LadderMoves',
  strict({
    ...answerTimes,
    from: day('Moves after the end of this day'),
    to: day('until the end of this one.'),
    moves: Type.Array(strict({ from: rung(), to: rung(), customers: customers(), series: series() })),
    up: count('Customers who moved up.'),
    down: count('Customers who moved down.'),
    series: strict({ up: series(), down: series() }),
    rungs: Type.Array(
      strict({
        rung: rung(),
        before: customers(),
        in: count('From another rung.'),
        out: count('To another rung.'),
        joined: whole('New to the ladder, less those who left it.'),
        after: customers(),
        series: strict({ before: series(), in: series(), out: series(), joined: series(), after: series() }),
      }),
      { description: 'before + in − out + joined = after, on every rung.' },
    ),
  }),
);

export const ladderCustomersSchema = named(
  'LadderCustomers',
  strict({
    ...answerTimes,
    rung: rung(),
    total: total('Customers'),
    customers: Type.Array(
      strict({ customerId: customerId(), events: eventIds('Ids of the events that moved the customer to the rung and away from it.') }),
      { description: 'By id.' },
    ),
  }),
);

/** What a rung requires; `facts` say what is and what is needed. */
export type MissingCondition = Described<typeof missingSchema>;

export type LadderOfAnswer = Described<typeof ladderOfSchema>;

export type LadderDistributionAnswer = Described<typeof ladderDistributionSchema>;

export type LadderMovesAnswer = Described<typeof ladderMovesSchema>;
