import { Type } from 'typebox';
import type { Position } from '#event-log';
import { describing, id, named, strict, text } from '#projections/answer-schema.js';
import type { ParkedCustomer } from '#projections/runner/index.js';

/** A view that cannot go on with a customer. */
export const parkedSchema = named(
  'Parked',
  describing<ParkedCustomer>()(
    strict(
      {
        view: text(),
        customerId: id(),
        eventId: text('The event at which the view stands; `<stream>@<revision>` where its body cannot be read.'),
        eventType: text(),
        position: Type.Unsafe<Position>(Type.String({ pattern: '^[0-9A-Za-z]+$', description: 'Of that event.' })),
        error: text('`event-not-understood: unreadable`, `unknown-type` or `newer-version`; else the error and its place in the code.'),
      },
      'A customer whose events wait behind one that a view cannot take in. Everyone else goes on.',
    ),
  ),
);

export const parkedCustomers = Type.Optional(
  Type.Array(parkedSchema, { description: 'The first of them, with the event at which each stands; absent where there is none.' }),
);
