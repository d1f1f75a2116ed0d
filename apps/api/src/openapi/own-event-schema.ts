import { Type } from 'typebox';
import type { RecordedEvent } from '#event-log';
import { named, strict } from '#projections/answer-schema.js';
import { relationshipEvents } from '#relationship';
import { discriminated, envelope, nameOf } from './recorded-event-schema.js';

/** Members of an event that a customer sees beside its data. */
const shownMembers = ['id', 'schemaVersion', 'occurredAt', 'recordedAt', 'actor', 'stream', 'revision', 'position'] as const;
export type OwnEvent = Pick<RecordedEvent, (typeof shownMembers)[number] | 'type' | 'data'>;

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
}: RecordedEvent): OwnEvent => ({ id, type, schemaVersion, occurredAt, recordedAt, actor, stream, revision, position, data });

type Json = Readonly<Record<string, unknown>>;
type Paths = readonly (readonly string[])[];

const pathsOf = (pointers: readonly string[]): Paths => pointers.map((pointer) => pointer.slice(1).split('/'));
const under = (paths: Paths, token: string): Paths => paths.filter(([first]) => first === token).map(([, ...rest]) => rest);

/** What is left of a schema where only the values at these paths are shown, and those at `always` whenever they are there. */
const shownSchema = (schema: Json, paths: Paths, always: Paths): Json => {
  if (paths.some(({ length }) => length === 0)) return schema;
  const inner = (members: unknown, token?: string): Json =>
    Object.fromEntries(
      Object.entries((members ?? {}) as Record<string, Json>).flatMap(([name, member]) => {
        const mine = under(paths, token ?? name);
        return mine.length === 0 ? [] : [[name, shownSchema(member, mine, under(always, token ?? name))]];
      }),
    );
  const { items, properties, patternProperties, required } = schema as { readonly required?: readonly string[] } & Json;
  return {
    ...schema,
    ...(items !== undefined && { items: inner({ items }, '*').items }),
    ...(properties !== undefined && { properties: inner(properties) }),
    ...(patternProperties !== undefined && { patternProperties: inner(patternProperties, '*') }),
    ...(required !== undefined && { required: required.filter((name) => under(always, name).length > 0) }),
  };
};

const shownTo = relationshipEvents.flatMap(({ type, schema, description, personal, audiences: { customer } }) => {
  if (!customer) return [];
  const { shows, stillShows = shows } = customer;
  // Of an erased record nothing personal is shown.
  const always = stillShows.filter((pointer) => !personal.some((each) => `${pointer}/`.startsWith(`${each}/`)));
  const data = shownSchema(schema as unknown as Json, pathsOf(shows), pathsOf(always));
  const members = Object.fromEntries(shownMembers.map((name) => [name, envelope[name]]));
  const name = nameOf(type).replace(/Event$/, 'OwnEvent');
  return [
    { type, name, schema: named(name, strict({ type: Type.Literal(type), ...members, data: Type.Unsafe<unknown>(data) }, description)) },
  ];
});

/** An event as the customer sees it. */
export const ownEventSchema = named(
  'OwnEvent',
  discriminated<OwnEvent>('An event as a customer sees it with an own key: what is internal is left out.', shownTo),
);
