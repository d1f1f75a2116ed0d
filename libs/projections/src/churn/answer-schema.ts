import { type TSchema, Type } from 'typebox';
import { customerRoles } from '#relationship/read-side.js';
import type { Described } from '../answer-schema.js';
import {
  answerTimes,
  by,
  count,
  customerId,
  day,
  described,
  eventIds,
  flag,
  minorSum,
  month,
  named,
  number,
  numberOfSum,
  oneOf,
  orNull,
  presentTimes,
  series,
  share,
  strict,
  text,
  total,
  whole,
} from '../answer-schema.js';

export const riskSchema = oneOf(
  ['low', 'elevated', 'high'],
  'From the days since the last purchase and the silence, compared with the usual intervals.',
);

export const silenceSchema = named(
  'Silence',
  strict(
    {
      lastContactDay: orNull(day('Null for a customer never contacted: the silence then starts at the registration.')),
      days: count('Days without a contact.'),
      contactsPerYear: number('The norm of the policy `cadence`.'),
      normDays: number('Days between contacts by the norm.'),
      dueDay: day('Day by which the next contact is due.'),
      overdueDays: count('Days since `dueDay`; 0 if it is in the future.'),
      ratio: number('`days` by `normDays`.'),
    },
    'Silence against the cadence norm; null if the policy `cadence` does not apply to the role.',
  ),
);

const score = (description: string) => Type.Integer({ minimum: 1, maximum: 5, description });
const rfmSchema = named(
  'RfmScores',
  strict(
    {
      recency: score('By the days since the last purchase.'),
      frequency: score('By the number of purchase days.'),
      monetary: by('By currency (ISO 4217): by the value net of returns.', score('1 to 5')),
    },
    '1 (worst) to 5 (best) among all customers with an active purchase, one that was not returned.',
  ),
);

const figures = {
  customerId: customerId(),
  buying: orNull(
    strict(
      {
        x: count('Repeat purchases: days with an active purchase, less one.'),
        tx: number('Weeks from the first to the last purchase day.'),
        T: number('Weeks from the first purchase day until `asOf`.'),
        zbar: by('By currency (ISO 4217): mean spend of a repeat day, in minor units, not rounded.', numberOfSum('The mean.')),
        firstDay: day('First purchase day.'),
        lastDay: day('Last purchase day.'),
        daysSinceLast: count('Days since the last purchase day.'),
      },
      'Inputs of purchase models (BG/NBD, Gamma-Gamma); null without an active purchase.',
    ),
  ),
  purchases: count('Active purchases: not returned.'),
  purchaseDays: count('Days with an active purchase.'),
  value: by('By currency (ISO 4217); without currencies in which everything was refunded.', minorSum('Net of returns.')),
  medianInterval: orNull(number('Days between neighbouring purchase days; null below two of them.')),
  silence: orNull(silenceSchema),
  lapsed: flag('Bought before and has lapsed.'),
  risk: riskSchema,
};

const asOfPosition = () =>
  text('Position in the log that this reflects. In a company of more than some 20,000 purchases it may be up to 60 s old.');

export const churnOfSchema = named(
  'CustomerChurn',
  strict({
    ...answerTimes,
    customerId: customerId(),
    figures: orNull(
      named(
        'ChurnFigures',
        strict(figures, 'Null if the record was not a customer on that day: not known yet, merged, erased, or of another role.'),
      ),
    ),
    excludedRole: Type.Optional(
      oneOf(customerRoles, 'The role on that day, if the policy `ladder` does not apply to it: there are no figures.'),
    ),
    rfm: Type.Optional(orNull(rfmSchema)),
    rfmPosition: Type.Optional(asOfPosition()),
    because: strict({
      purchases: eventIds('Purchases and returns in order of time.'),
      lastContact: orNull(text('Id of the event.')),
      registered: orNull(text('Id of the event.')),
    }),
  }),
);

export const countedSchema = named(
  'Counted',
  strict({ amount: whole(), series: series() }, 'A number and the series of the events behind it.'),
);
const revenue = strict({ amount: minorSum('Net of returns.'), series: series() });
const distribution = <Of extends TSchema>(of: Of) => {
  const scores = (description: string) => by(`${description}, by score: number of customers.`, of);
  return {
    customers: of,
    risk: strict({ low: of, elevated: of, high: of }, 'Number of customers of each risk.'),
    recency: scores('Recency'),
    frequency: scores('Frequency'),
    monetary: by('By currency (ISO 4217).', scores('Money')),
    cells: by('By currency (ISO 4217).', by('By the three scores, such as `555`: number of customers.', of)),
  };
};

export const churnSummarySchema = named(
  'ChurnSummary',
  strict({
    ...answerTimes,
    customers: described(countedSchema, 'Customers with an active purchase.'),
    purchases: countedSchema,
    purchaseDays: countedSchema,
    revenue: by('By currency (ISO 4217).', revenue),
    contactsByChannel: by('By channel.', countedSchema),
    silent: described(countedSchema, 'Customers and potential customers without a contact within the cadence norm.'),
    lapsed: strict({ amount: whole(), series: series(), share: share('Of `customers`.') }, 'Customers who bought before and have lapsed.'),
    distribution: orNull(
      strict(
        {
          ...distribution(count()),
          position: asOfPosition(),
          series: strict(distribution(series()), 'Series of the events behind each of these numbers.'),
        },
        'Null with `knownAt`: it is computed from what is known now.',
      ),
    ),
  }),
);

export const churnCustomersSchema = named(
  'ChurnCustomers',
  strict({
    ...presentTimes,
    position: asOfPosition(),
    total: total('Customers'),
    customers: Type.Array(named('ChurnCustomer', strict({ ...figures, rfm: orNull(rfmSchema) }))),
  }),
);

export const cohortRetentionSchema = named(
  'CohortRetention',
  strict({
    ...answerTimes,
    cohorts: Type.Array(
      strict({
        cohort: month('Month of the first purchase,'),
        size: count('Number of customers who first bought in it.'),
        series: series(),
        months: Type.Array(
          strict({
            offset: count('Months since the first purchase; 0 is its own month.'),
            month: month('The month,'),
            active: count('Number of them who bought in it.'),
            retention: number('`active` of `size`, from 0 to 1.'),
            series: series(),
          }),
          { description: 'Months in which at least one of them bought.' },
        ),
      }),
      { description: 'The oldest first.' },
    ),
  }),
);

/** `rfm` only when asked for, as of the end of the UTC day and by what is known now. */
export type ChurnOfAnswer = Described<typeof churnOfSchema>;

export type ChurnFigures = NonNullable<ChurnOfAnswer['figures']>;

/** 1 (worst) to 5 (best) among customers with an active purchase; money by currency, for it is never added across them. */
export type RfmScores = NonNullable<ChurnOfAnswer['rfm']>;

export type Silence = Described<typeof silenceSchema>;

/** A number and the series of the churn view whose contributors are the events behind it. */
export type Counted = Described<typeof countedSchema>;

export type ChurnSummary = Described<typeof churnSummarySchema>;
