import { Type } from 'typebox';
import { answerTimes, customerId, eventIds, named, series, strict, sum, text } from './answer-schema.js';

export const eventsBehindSchema = named(
  'EventsBehind',
  strict({
    ...answerTimes,
    view: text(),
    series: series('The requested series.'),
    contributors: Type.Array(
      strict({
        customerId: customerId(),
        amount: sum(
          'Contribution of this customer to the number at the end of the day of `asOf`; money in minor units, durations in milliseconds.',
        ),
        events: eventIds('Ids of all events behind the number, including those whose contribution was reversed.'),
        series: series('The series of the number.'),
      }),
      { description: 'By series, then by customer.' },
    ),
  }),
);
