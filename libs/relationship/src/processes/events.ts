import { Type } from 'typebox';
import { code, type EventOf, event, id, instant, optional, personal, plain, strict, text } from '../kernel/event.js';

/** Of one input at most. */
export const MOST_COMMANDS = 500;

export const processBegun = event(
  'process-begun',
  'A process was started on this chronicle for the first time: it ignores what was due before.',
  strict({}),
);
export const processCommandsIssued = event(
  'process-commands-issued',
  'A process handled an input and issues these commands for it.',
  strict({
    /** What it was, in the words of the process; each is taken in once. */
    input: plain(text(400), 'made of ids by the process'),
    commands: Type.Array(
      strict({
        name: code('the name of a command'),
        targetId: id(),
        occurredAt: optional(instant()),
        // Of the customer that it is about; the input names them by id.
        body: personal(Type.Object({})),
      }),
      { maxItems: MOST_COMMANDS },
    ),
  }),
);
export const processCommandsAnswered = event(
  'process-commands-answered',
  'The results of the commands that a process issued for an input: they are not sent again.',
  strict({
    input: plain(text(400), 'made of ids by the process'),
    /** In the order of the commands; without a code where the command was accepted. */
    outcomes: Type.Array(strict({ rejectedWith: optional(code('a rejection code')) }), { maxItems: MOST_COMMANDS }),
  }),
);

export const processEvents = [processBegun, processCommandsIssued, processCommandsAnswered] as const;
export type ProcessEvent = EventOf<(typeof processEvents)[number]>;
