import { Type } from 'typebox';
import { code, type EventOf, event, id, instant, oneOf, optional, personal, plain, strict, text } from '../kernel/event.js';

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
    /** Effects outside the log that follow the commands, by their names. */
    steps: optional(Type.Array(code('the name of a step'), { maxItems: MOST_COMMANDS })),
  }),
  undefined,
  // Processes had no steps in version 1.
  [{ personal: ['/commands/*/body'], upcast: (data) => data }],
);
export const processCommandsAnswered = event(
  'process-commands-answered',
  'The results of the commands that a process issued for an input: they are not sent again.',
  strict({
    input: plain(text(400), 'made of ids by the process'),
    /** In the order of the commands, then of the steps; without a code where the command was accepted or the step done. */
    outcomes: Type.Array(strict({ rejectedWith: optional(code('a rejection code')) }), { maxItems: MOST_COMMANDS }),
  }),
);

/** One place that may hold something of an erased customer. */
const certifiedPlace = () =>
  strict({
    place: code('a place, such as views'),
    /** `destroyed`, `recorded`, `removed`: done; `kept`: it remains, until `until` where that is known; `nothing`: none was there. */
    outcome: oneOf('destroyed', 'recorded', 'removed', 'kept', 'nothing'),
    /** In words, without personal data. */
    detail: plain(text(500), 'said by the program, without personal data'),
    at: optional(instant()),
    until: optional(instant()),
  });
/** A key that a subscriber was given, and its receipt for the erasure: `receiptAt` is absent where it gave none by `receiptDueAt`. */
const disclosure = () =>
  strict({ subscriberId: id(), keyId: id(), disclosedAt: instant(), receiptDueAt: optional(instant()), receiptAt: optional(instant()) });
export const erasureCertified = event(
  'erasure-certified',
  'The certificate of an erasure: every place, what happened there, and what remains until when. Its hash is the SHA-256 of its canonical JSON (RFC 8785).',
  strict({
    certificate: strict({
      version: Type.Literal(1),
      customerId: id(),
      code: code('the ground of the erasure'),
      requestedAt: optional(instant()),
      confirmedAt: optional(instant()),
      erasedAt: instant(),
      issuedAt: instant(),
      places: Type.Array(certifiedPlace(), { maxItems: 100 }),
      disclosures: optional(
        Type.Array(disclosure(), {
          description: 'Subscribers that were given the key to what was published; absent where there are none.',
        }),
      ),
    }),
  }),
  undefined,
  // There were no subscribers in version 1.
  [{ personal: [], upcast: (data) => data }],
);
export type ErasureCertificate = EventOf<typeof erasureCertified>['data']['certificate'];

export const processEvents = [processBegun, processCommandsIssued, processCommandsAnswered, erasureCertified] as const;
export type ProcessEvent = EventOf<(typeof processEvents)[number]>;
