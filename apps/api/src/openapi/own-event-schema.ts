import { Type } from 'typebox';
import { type DomainEvent, isWithin, type Selection, selectionOf } from '#event-log';
import { named, strict } from '#projections/answer-schema.js';
import { relationshipEvents } from '#relationship';
import { discriminated, envelope, nameOf } from './recorded-event-schema.js';

/** Members of an event that a customer sees beside its data. */
const shownMembers = ['id', 'schemaVersion', 'occurredAt', 'recordedAt', 'actor', 'stream', 'revision', 'position'] as const;
export type OwnEvent = Pick<DomainEvent, (typeof shownMembers)[number] | 'type' | 'data'>;

/** Without what tells of the command, nor the hash, by which a hidden value could be guessed. */
export const ownEventOf = ({
  id,
  type,
  schemaVersion,
  occurredAt,
  recordedAt,
  actor,
  stream,
  revision,
  position,
  data,
}: DomainEvent): OwnEvent => ({ id, type, schemaVersion, occurredAt, recordedAt, actor, stream, revision, position, data });

type Json = Readonly<Record<string, unknown>>;
type Selected = Selection | null | undefined;

/** What is left of a schema where only these values are shown, and those of `always` whenever they are there. */
const shownSchema = (schema: Json, shown: Selection | null, always: Selected): Json => {
  if (shown === null) return schema;
  const inner = (members: unknown, token?: string): Json =>
    Object.fromEntries(
      Object.entries((members ?? {}) as Record<string, Json>).flatMap(([name, member]) => {
        const mine = shown[token ?? name];
        return mine === undefined ? [] : [[name, shownSchema(member, mine, always?.[token ?? name])]];
      }),
    );
  const { items, properties, patternProperties, required } = schema as { readonly required?: readonly string[] } & Json;
  return {
    ...schema,
    ...(items !== undefined && { items: inner({ items }, '*').items }),
    ...(properties !== undefined && { properties: inner(properties) }),
    ...(patternProperties !== undefined && { patternProperties: inner(patternProperties, '*') }),
    ...(required !== undefined && { required: required.filter((name) => always?.[name] !== undefined) }),
  };
};

const shownTo = relationshipEvents.flatMap(({ type, schema, description, personal, audiences: { customer } }) => {
  if (!customer) return [];
  const { shows, stillShows = shows } = customer;
  // Of an erased record nothing personal is shown.
  const always = stillShows.filter((pointer) => !isWithin(pointer, personal));
  const data = shownSchema(schema as unknown as Json, selectionOf(shows), selectionOf(always));
  const members = Object.fromEntries(shownMembers.map((name) => [name, envelope[name]]));
  const name = nameOf(type).replace(/Event$/, 'OwnEvent');
  return [
    { type, name, schema: named(name, strict({ type: Type.Literal(type), ...members, data: Type.Unsafe<unknown>(data) }, description)) },
  ];
});

/** An event as the customer sees it. */
export const ownEventSchema = named(
  'OwnEvent',
  discriminated<OwnEvent>('An event as shown to the customer: internal members are omitted.', shownTo),
);
