import { Type } from 'typebox';
import { type DomainEvent, isWithin, type Selection, selectionOf } from '#event-log';
import { named, strict } from '#projections/answer-schema.js';
import { relationshipEvents } from '#relationship';
import { discriminated, envelope, nameOf } from './recorded-event-schema.js';

/** Without what tells of the command, nor the hash, by which a hidden value could be guessed. */
const shownMembers = [
  'id',
  'type',
  'schemaVersion',
  'occurredAt',
  'recordedAt',
  'actor',
  'stream',
  'revision',
  'position',
  'data',
] as const;
export type OwnEvent = Pick<DomainEvent, (typeof shownMembers)[number]>;

export const ownEventOf = (event: DomainEvent): OwnEvent =>
  Object.fromEntries(shownMembers.map((name) => [name, event[name]])) as unknown as OwnEvent;

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
  const members = { ...envelope, type: Type.Literal(type), data: Type.Unsafe<unknown>(data) };
  const name = nameOf(type).replace(/Event$/, 'OwnEvent');
  const shown = Object.fromEntries(shownMembers.map((member) => [member, members[member]]));
  return [{ type, name, schema: named(name, strict(shown, description)) }];
});

/** An event as the customer sees it. */
export const ownEventSchema = named(
  'OwnEvent',
  discriminated<OwnEvent>('An event as shown to the customer: internal members are omitted.', shownTo),
);
