import { type TSchema, Type } from 'typebox';
import type { DomainEvent, EventDefinition } from '#event-log';
import { eventCatalogue, MASKED } from '#platform';
import { id, instant, named, oneOf, strict, text, whole } from '#projections/answer-schema.js';
import { actorSchema } from '#projections/timeline/answer-schema.js';
import { aggregates } from '#relationship';
import { withPersonalOptional } from '#relationship/kernel/personal.js';
import { auditing } from '../edge/access.js';

const sha256 = (description: string) => Type.String({ pattern: '^[0-9a-f]{64}$', description });

export const envelope = {
  id: id('Unique in the log.'),
  schemaVersion: whole('Version of the shape of `data`.'),
  occurredAt: instant('When it was true.'),
  recordedAt: instant('When it was learned.'),
  actor: actorSchema,
  correlationId: text('Of the request that caused it.'),
  causationId: Type.Optional(text('Of its direct cause.')),
  commandId: text('Of the command that recorded it.'),
  commandHash: Type.Optional(text('Fingerprint of that command; absent if the command has no idempotency key or source.')),
  source: Type.Optional(
    strict(
      { system: text(), id: Type.Optional(text('Id of the event in that system; absent if the customer or curator was erased.')) },
      'Origin of the event.',
    ),
  ),
  stream: text(`${aggregates.map(({ category, idMember }) => `\`${category}-<${idMember}>\``).join(', ')}.`),
  revision: whole('Index in the stream, from 0.'),
  position: text('Position in the order of all events; sorts as a string.'),
  hash: Type.Optional(
    sha256(
      'SHA-256 of the RFC 8785 canonical JSON of the event as written, without `hash` and `position`; of version 1 of the envelope also ' +
        'without `revision`. An event that was written under an earlier `schemaVersion` is shown at the current one, which its hash does not cover. Personal fields are encrypted where the event is stored, and so in what is hashed. ' +
        'Absent for a role from which anything is hidden.',
    ),
  ),
  envelopeVersion: Type.Optional(Type.Literal(2, { description: 'How `hash` is computed. Absent in version 1.' })),
  previousHash: Type.Optional(
    sha256('From version 2 on: `hash` of the event before it in the stream, 64 zeros for the first event. Absent where `hash` is.'),
  ),
  published: Type.Optional(text('From version 2 on: published name of the event; absent if it is not published.')),
};

/** `deal-won` → `DealWonEvent` */
export const nameOf = (type: string): string => `${type.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase())}Event`;

type Json = Readonly<Record<string, unknown>>;

const saying = (member: Json, what: string): Json => ({
  ...member,
  description: [member.description, what].filter((each) => each !== undefined).join(' '),
});

/** The shape of a personal member, each text of which may be hidden. */
const orMasked = (schema: Json): Json => {
  if (['pattern', 'format', 'enum', 'const'].some((keyword) => keyword in schema)) return { anyOf: [schema, { const: MASKED }] };
  const each = (members: unknown) =>
    Object.fromEntries(Object.entries(members as Record<string, Json>).map(([name, one]) => [name, orMasked(one)]));
  const { items, properties, patternProperties } = schema;
  return {
    ...schema,
    ...(items !== undefined && { items: orMasked(items as Json) }),
    ...(properties !== undefined && { properties: each(properties) }),
    ...(patternProperties !== undefined && { patternProperties: each(patternProperties) }),
  };
};

/** Data as they are shown to the staff, by the marks of their schema. */
const shownToStaff = (schema: object): Json =>
  withPersonalOptional(schema, (member) =>
    saying(
      orMasked(member as Json),
      `Personal: absent if the customer or curator was erased; where the policy \`masking\` hides it, each text is "${MASKED}".`,
    ),
  ) as Json;

const ofType = ({ type, schema, description }: EventDefinition) =>
  named(nameOf(type), strict({ type: Type.Literal(type), ...envelope, data: Type.Unsafe<unknown>(shownToStaff(schema)) }, description));

const unpublished = eventCatalogue.definitions.filter(({ published }) => published === null).map(({ type }) => `\`${type}\``);
export const whoSeesUnpublished = `Only ${auditing.join(', ')} see the events that are not published: ${unpublished.join(', ')}.`;

/** One of several shapes, known by a member. */
export const discriminated = <Value>(
  description: string,
  shapes: readonly { readonly type: string; readonly name: string; readonly schema: TSchema }[],
  propertyName = 'type',
) =>
  Type.Unsafe<Value>({
    description,
    oneOf: shapes.map(({ schema }) => schema),
    discriminator: {
      propertyName,
      mapping: Object.fromEntries(shapes.map(({ type, name }) => [type, `#/components/schemas/${name}`])),
    },
  });

const understood = named(
  'UnderstoodEvent',
  discriminated<DomainEvent>(
    'An event of a type and version that this version of Letopis knows.',
    eventCatalogue.definitions.map((definition) => ({ type: definition.type, name: nameOf(definition.type), schema: ofType(definition) })),
  ),
);
const base64 = (description: string) => Type.String({ contentEncoding: 'base64', description });
const sealed = Type.Array(
  strict({
    subject: text('Stream of the customer or curator whose personal fields these are.'),
    keyId: text('Of the key that they are encrypted with.'),
    nonce: base64('96 bits.'),
    ciphertext: base64('AES-256-GCM, with the tag at its end.'),
    commitment: base64('SHA-256 over 32 random bytes and the plaintext.'),
  }),
  { description: 'The personal fields, which could not be decrypted.' },
);
const { id: eventId, stream, revision, position, hash, ...ofBody } = envelope;
const notUnderstood = named(
  'NotUnderstoodEvent',
  strict(
    {
      ...{ id: eventId, type: text(), stream, revision, position, hash },
      notUnderstood: oneOf(
        ['unreadable', 'unknown-type', 'newer-version', 'key-lost', 'sealed-differs'],
        'Why this version of Letopis does not understand the event.',
      ),
      ...Object.fromEntries(Object.entries(ofBody).map(([name, schema]) => [name, Type.Optional(schema)])),
      data: Type.Optional(Type.Unknown({ description: 'As it was written.' })),
      sealed: Type.Optional(sealed),
    },
    'An event that this version of Letopis does not understand. An unreadable one has the required members only.',
  ),
);

/** An event as stored in the log: one with `notUnderstood`, or else one by its type. */
export const recordedEventSchema = named(
  'RecordedEvent',
  Type.Unsafe<DomainEvent>({ description: 'An event as stored in the log.', anyOf: [understood, notUnderstood] }),
);
