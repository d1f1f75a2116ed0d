import { Type } from 'typebox';
import type { Position } from '#event-log';
import { describing, id, named, strict, text } from '#projections/answer-schema.js';
import type { ParkedSubject } from '#projections/runner/index.js';

/** A view that cannot continue with a customer. */
export const parkedSchema = named(
  'Parked',
  describing<ParkedSubject>()(
    strict(
      {
        view: text(),
        subject: id('Id of the customer, or of the other record that the view is about.'),
        eventId: text('The event that failed; `<stream>@<revision>` if its body cannot be read.'),
        eventType: text(),
        position: Type.Unsafe<Position>(Type.String({ pattern: '^[0-9A-Za-z]+$', description: 'Of that event.' })),
        error: text(
          '`event-not-understood: unreadable`, `unknown-type`, `newer-version`, `key-lost` or `sealed-differs`; else the error and its location in the code.',
        ),
      },
      'A customer, or another record, whose events wait behind one that a view cannot apply. All others are not affected.',
    ),
  ),
);

export const parkedSubjects = Type.Optional(
  Type.Array(parkedSchema, { description: 'The first of them, with the event that failed; absent if there is none.' }),
);
