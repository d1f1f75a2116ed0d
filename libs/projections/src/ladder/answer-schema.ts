import { Type } from 'typebox';
import {
  answerTimes,
  count,
  customerId,
  day,
  describing,
  eventIds,
  flag,
  instant,
  named,
  oneOf,
  orNull,
  series,
  strict,
  whole,
} from '../answer-schema.js';
import type { LadderCustomersAnswer, LadderDistributionAnswer, LadderMovesAnswer, LadderOfAnswer } from './query.js';
import { rungs } from './rungs.js';

const rung = (description?: string) => oneOf(rungs, description);

const missing = named(
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
    rung: rung('For which rung.'),
    lapsed: flag('It was met, and nothing but time has taken it away.'),
    facts: Type.Unsafe<Record<string, unknown>>({
      type: 'object',
      additionalProperties: true,
      description: 'What is and what is needed, such as `have` and `need`.',
    }),
    instead: Type.Optional(oneOf(['active-contract'], 'What would do instead.')),
  }),
);

export const ladderOfSchema = named(
  'CustomerLadder',
  describing<LadderOfAnswer>()(
    strict({
      ...answerTimes,
      customerId: customerId(),
      rung: orNull(rung('Null for one who was no customer then: not registered yet, merged away or erased.')),
      since: orNull(instant()),
      because: eventIds('Ids of the events that carry the rung.'),
      missing: Type.Array(missing, { description: 'For the next rung; empty for a partner whose evidence is fresh.' }),
      lapsesAt: orNull(instant('When time alone will lower the rung if nothing happens; null if never.')),
      lapsesTo: orNull(rung()),
      policyVersion: whole('Version of the policy `ladder`.'),
      steps: Type.Array(strict({ from: instant(), rung: rung(), cause: oneOf(['event', 'time']), because: eventIds() }), {
        description: 'Steps up to `asOf`, and those that time alone will bring.',
      }),
    }),
  ),
);

const customers = () => count('How many customers.');

export const ladderDistributionSchema = named(
  'LadderDistribution',
  describing<LadderDistributionAnswer>()(
    strict({
      ...answerTimes,
      rungs: Type.Array(strict({ rung: rung(), customers: customers(), series: series() }), { description: 'From the lowest rung.' }),
      customers: count('On all rungs.'),
      series: series('Names the events behind `customers`.'),
    }),
  ),
);

export const ladderMovesSchema = named(
  'LadderMoves',
  describing<LadderMovesAnswer>()(
    strict({
      ...answerTimes,
      from: day('Moves after the end of this day'),
      to: day('until the end of this one.'),
      moves: Type.Array(strict({ from: rung(), to: rung(), customers: customers(), series: series() })),
      up: count('Customers who rose.'),
      down: count('Customers who fell.'),
      series: strict({ up: series(), down: series() }),
      rungs: Type.Array(
        strict({
          rung: rung(),
          before: customers(),
          in: count('Came from another rung.'),
          out: count('Went to another rung.'),
          joined: whole('New to the ladder, less those who left it.'),
          after: customers(),
          series: strict({ before: series(), in: series(), out: series(), joined: series(), after: series() }),
        }),
        { description: 'before + in − out + joined = after, on every rung.' },
      ),
    }),
  ),
);

export const ladderCustomersSchema = named(
  'LadderCustomers',
  describing<Omit<LadderCustomersAnswer, 'next'>>()(
    strict({
      ...answerTimes,
      rung: rung(),
      customers: Type.Array(
        strict({ customerId: customerId(), events: eventIds('Ids of the events that brought the customer on the rung and away from it.') }),
        { description: 'By id.' },
      ),
    }),
  ),
);
