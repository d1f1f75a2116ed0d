import { Type } from 'typebox';
import {
  answerTimes,
  by,
  curatorId,
  customerId,
  eventIds,
  flag,
  id,
  instant,
  named,
  oneOf,
  orNull,
  strict,
  text,
  whole,
} from '../answer-schema.js';

export const actorSchema = named(
  'Actor',
  strict(
    {
      kind: oneOf(['curator', 'supervisor', 'customer', 'service', 'import', 'system']),
      id: id(),
      name: Type.Optional(text('As displayed at that time. In events of earlier versions only; no longer stored.')),
    },
    'Who did it.',
  ),
);

const kinds = ['contact', 'promise', 'deal', 'purchase', 'attitude', 'care', 'identity', 'partnership', 'correction'] as const;

const entry = {
  eventId: id(),
  revision: whole("Place in the customer's stream, from 0."),
  position: text('Position in the log.'),
  type: text('Name of the event.'),
  at: instant('When it was true.'),
  recordedAt: instant('When it was recorded.'),
  actor: actorSchema,
  data: Type.Unsafe<unknown>({
    type: 'object',
    description:
      'As in the event of this type, see the schema `RecordedEvent`; of an erased customer without personal members, to a customer as in `OwnEvent`.',
  }),
  regarding: by('Ids of related records, by `dealId`, `contactId`, `promiseId`, `purchaseId` etc.', text()),
  kind: oneOf(kinds),
};

/** As a live feed sends it, which does not look at what came later. */
export const timelineFrameSchema = named('TimelineFrame', strict(entry));

const entrySchema = named(
  'TimelineEntry',
  strict({
    ...entry,
    curatorId: orNull(curatorId('Curator responsible at that time.')),
    retractedBy: Type.Optional(
      strict(
        { eventId: id('Of the retraction.'), replacedBy: Type.Optional(id('Of the event that takes its place.')) },
        'Present where the event no longer counts.',
      ),
    ),
  }),
);

const planned = named(
  'PlannedItem',
  strict({
    kind: oneOf(['contact', 'promise']),
    id: id('Of the contact or the promise.'),
    channel: Type.Optional(text()),
    purpose: Type.Optional(text()),
    text: Type.Optional(text('Summary of the contact, or text of the promise.')),
    dueAt: instant(),
    curatorId: orNull(curatorId('Assigned curator.')),
    overdue: flag('Due before `asOf`.'),
    because: eventIds('Ids of the events that opened it and set its current date.'),
  }),
);

export const timelineSchema = named(
  'Timeline',
  strict({
    ...answerTimes,
    customerId: customerId(),
    order: oneOf(['newest', 'oldest']),
    entries: Type.Array(entrySchema, { description: 'By when it was true, then by revision.' }),
    planned: Type.Array(planned, { description: 'Open planned contacts and promises, by date.' }),
  }),
);
