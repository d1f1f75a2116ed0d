import { Type } from 'typebox';
import type { Described } from '../answer-schema.js';
import {
  answerTimes,
  count,
  curatorId,
  customerId,
  day,
  described,
  eventId,
  eventIds,
  flag,
  id,
  instant,
  month,
  named,
  number,
  oneOf,
  orNull,
  presentTimes,
  series,
  strict,
  text,
  whole,
} from '../answer-schema.js';
import { riskSchema, silenceSchema } from '../churn/answer-schema.js';
import { deskStates } from './on-desk.js';

const item = named(
  'DeskItem',
  strict(
    {
      customerId: customerId(),
      mergedInto: Type.Optional(id('The surviving customer.')),
      kind: oneOf(['contact', 'promise', 'complaint']),
      id: id('Of the contact, the promise or the complaint.'),
      channel: Type.Optional(text()),
      purpose: Type.Optional(text()),
      text: Type.Optional(text('Summary of the contact or the complaint, or text of the promise.')),
      severity: Type.Optional(text('Of a complaint.')),
      dueAt: instant('Of a complaint: when it was raised.'),
      openedAt: instant('When it was planned, promised or raised.'),
      state: oneOf(deskStates, 'At `asOf`; `erased`: it was open when the customer was erased.'),
      overdue: flag('Open and due before `asOf`; false for a complaint.'),
      because: eventIds(
        'Ids of the events that opened it, set its date or responsible curator and, where it is closed by then, closed it.',
      ),
    },
    'A planned contact, a promise or a complaint.',
  ),
);
const items = (description: string) => Type.Array(item, { description });

export const deskSchema = named(
  'Desk',
  strict({
    ...presentTimes,
    curatorId: curatorId(),
    date: day('The day that is planned.'),
    plan: items('Due on `date`, open or done, by time.'),
    overdueContacts: items('Open and due before `asOf`, the oldest first.'),
    overduePromises: items('Open and due before `asOf`, the oldest first.'),
    complaints: items('Open complaints, the oldest first.'),
    toContact: Type.Array(strict({ customerId: customerId(), silence: silenceSchema, risk: riskSchema }), {
      description: 'Customers due for a contact by the cadence norm by the end of `date`, longest overdue first.',
    }),
    portfolio: strict({
      count: count('Customers of the curator at the end of the day of `asOf`.'),
      series: series(),
      customers: Type.Array(strict({ customerId: customerId(), from: instant('Since when.'), event: eventId() })),
    }),
    cut: Type.Array(text(), { description: 'Names of the lists that were truncated to `limit`.' }),
  }),
);

const curatorCount = {
  amount: whole(),
  series: orNull(series('Identifies the events behind the number: `GET /views/desk/events?series=…`; null if there is nothing to count.')),
};
const counted = named('CuratorCount', strict(curatorCount));
const countedAs = (description: string) => described(counted, description);

export const supervisorDeskSchema = named(
  'SupervisorDesk',
  strict({
    ...answerTimes,
    from: day('First day of the period.'),
    to: day('Last day of the period.'),
    curators: Type.Array(
      named(
        'CuratorLine',
        strict({
          curatorId: curatorId('Curator responsible at the time; `none`: nobody.'),
          planned: strict(
            {
              ...curatorCount,
              ahead: count('Appointments on future days of the period.'),
              aheadSeries: orNull(series('Identifies the events behind `ahead`.')),
            },
            'Appointments on past days of the period.',
          ),
          completed: counted,
          missed: counted,
          cancelled: counted,
          rescheduled: counted,
          contacts: countedAs('Everything that took place, planned or not.'),
          promises: strict({ made: counted, kept: counted, broken: counted }),
          portfolio: countedAs('Customers at the end of the period or of the day of `asOf`, whichever comes first.'),
          overdueErasures: countedAs(
            'Customers whose erasure was requested and is neither carried out nor rejected a month later, at the same time as `portfolio`.',
          ),
          overdueReceipts: countedAs(
            'Receipts for erasures that subscribers did not give in time and have not given since, at the same time as `portfolio`.',
          ),
          listedForErasure: strict({
            view: oneOf(['retention'], 'Of which the series is.'),
            amount: count(
              'Customers listed for erasure by the policy `retention`, at the same time as `portfolio`; `GET /retention` names those of now.',
            ),
            series: orNull(series()),
          }),
          coverage: Type.Array(
            strict({
              month: month('The month,'),
              covered: count('Customers of the portfolio with a contact in the month.'),
              series: orNull(series('Identifies the events behind `covered`; null if nobody was contacted.')),
              portfolio: count('Customers of the portfolio at any time of the month.'),
              portfolioSeries: series('Identifies the events behind `portfolio`.'),
              share: number('`covered` of `portfolio`, from 0 to 1.'),
            }),
            { description: 'Every month in which there was a portfolio.' },
          ),
        }),
      ),
      { description: 'Everything is credited to the curator at the time of the event.' },
    ),
  }),
);

export type SupervisorDeskAnswer = Described<typeof supervisorDeskSchema>;
