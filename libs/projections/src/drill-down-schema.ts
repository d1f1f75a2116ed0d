import { Type } from 'typebox';
import { answerTimes, customerId, describing, eventIds, named, series, strict, sum, text } from './answer-schema.js';
import type { EventsBehindAnswer } from './drill-down.js';

export const eventsBehindSchema = named(
  'EventsBehind',
  describing<Omit<EventsBehindAnswer, 'next'>>()(
    strict({
      ...answerTimes,
      view: text(),
      series: series('As asked for.'),
      contributors: Type.Array(
        strict({
          customerId: customerId(),
          amount: sum(
            'What this customer adds to the number at the end of the day of `asOf`; of money in minor units, of durations in milliseconds.',
          ),
          events: eventIds('Ids of every event that the number stands on, so that what was added and taken away again can be followed.'),
          series: series('The series of the number.'),
        }),
        { description: 'By series, then by customer.' },
      ),
    }),
  ),
);
