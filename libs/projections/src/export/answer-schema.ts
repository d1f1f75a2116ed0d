import { Type } from 'typebox';
import { customerId, eventId, flag, id, instant, named, oneOf, orNull, strict, text, whole } from '../answer-schema.js';
import { churnOfSchema } from '../churn/answer-schema.js';
import { ladderOfSchema } from '../ladder/answer-schema.js';

/** Raised when a member changes its meaning or goes; a new member does not raise it. */
export const EXPORT_VERSION = 1 as const;

const version = () => Type.Literal(EXPORT_VERSION, { description: 'Version of this format.' });
const upTo = () => strict({ revision: whole('Of the last event that was looked at.'), recordedAt: instant('When that was recorded.') });
const event = {
  eventId: eventId('Id of the event.'),
  type: text('What happened; `/openapi.json` describes each type in `RecordedEvent`.'),
  occurredAt: instant('When it was true.'),
  recordedAt: instant('When it was learned.'),
};
const data = (description: string) => Type.Unsafe<Readonly<Record<string, unknown>>>({ type: 'object', description });
const OTHERS = 'Who else is named is `a curator`, `another customer` or `another person`.';

export const providedDataSchema = named(
  'ProvidedData',
  strict(
    {
      version: version(),
      kind: Type.Literal('provided'),
      customerId: customerId(),
      upTo: upTo(),
      events: Type.Array(strict({ ...event, data: data(`Members that the customer provided. ${OTHERS}`) }), {
        description: 'Oldest first, without events that were taken back.',
      }),
    },
    'What the customer provided (Art. 20 GDPR).',
  ),
);

export const keptDataSchema = (roles: readonly string[]) =>
  named(
    'KeptData',
    strict(
      {
        version: version(),
        kind: Type.Literal('kept'),
        customerId: customerId(),
        releasedAt: orNull(instant('When it was released to the customer; null for what a release now would give.')),
        upTo: upTo(),
        events: Type.Array(
          strict({
            ...event,
            by: oneOf(['curator', 'supervisor', 'customer', 'service', 'import', 'system'], 'Role of whoever did it.'),
            source: Type.Optional(text('System from which it came.')),
            counts: flag('False if it was taken back or replaced by a later event.'),
            data: data(`All members but costs. ${OTHERS} Free text that was withheld at the release is \`[withheld]\`.`),
          }),
          { description: 'All events, oldest first.' },
        ),
        profiling: strict(
          { ladder: orNull(ladderOfSchema), churn: orNull(churnOfSchema) },
          'What is derived about the customer, as of the last event.',
        ),
        reads: Type.Array(
          strict({
            at: instant('When data of the customer were read.'),
            role: oneOf(roles, 'Role of whoever read them.'),
            operation: text('What was asked for: `operationId` in `/openapi.json`.'),
            reason: Type.Optional(text('As stated.')),
            actorId: Type.Optional(id('Who read them; only if the policy `privacy` says so.')),
          }),
          { description: 'From the access log, oldest first.' },
        ),
        recipients: Type.Array(strict({ subscriberId: id('Id of the subscriber.'), at: instant('When it was first given the key.') }), {
          description: 'Subscribers that were given the key to what is published of the customer.',
        }),
      },
      'All that is kept of the customer (Art. 15 GDPR), without data of others and costs.',
    ),
  );
