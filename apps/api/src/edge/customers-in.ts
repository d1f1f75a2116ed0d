import type { TSchema } from 'typebox';
import type { DomainEvent } from '#event-log';
import { commandByName, processCommandByName, relationship, relationshipPrefix } from '#relationship';

type Schema = Readonly<Record<string, unknown>>;
type Take = (value: unknown, take: (customerId: string) => void) => void;

const taking = new WeakMap<object, Take | null>();

/** Follows what the schema describes to every `customerId`; null where there is none. */
const takeOf = (schema: Schema): Take | null => {
  const known = taking.get(schema);
  if (known !== undefined) return known;
  const take = madeOf(schema);
  taking.set(schema, take);
  return take;
};

const madeOf = ({ anyOf, oneOf, allOf, properties = {}, items, additionalProperties }: Schema): Take | null => {
  const takes: Take[] = [anyOf, oneOf, allOf].flatMap((some) => ((some ?? []) as readonly Schema[]).flatMap((each) => takeOf(each) ?? []));
  const members = Object.entries(properties as Readonly<Record<string, Schema>>).flatMap(([name, member]) => {
    const take: Take | null = name === 'customerId' ? (value, found) => typeof value === 'string' && found(value) : takeOf(member);
    return take === null ? [] : [[name, take] as const];
  });
  if (members.length > 0)
    takes.push((value, found) => {
      for (const [name, take] of members) take((value as Schema | null | undefined)?.[name], found);
    });
  const inner = [items, additionalProperties].find((each) => typeof each === 'object' && each !== null);
  const each = inner === undefined ? null : takeOf(inner as Schema);
  if (each !== null)
    takes.push((value, found) => {
      for (const item of Object.values((value ?? {}) as object)) each(item, found);
    });
  if (takes.length === 0) return null;
  return (value, found) => {
    if (typeof value === 'object' && value !== null) for (const take of takes) take(value, found);
  };
};

/** Whether an answer of this shape names customers. */
export const namesCustomers = (answers: TSchema): boolean => takeOf(answers as unknown as Schema) !== null;

/** Every customer that an answer of this shape names. */
export const customersIn = (answers: TSchema, body: unknown): ReadonlySet<string> => {
  const found = new Set<string>();
  takeOf(answers as unknown as Schema)?.(body, (customerId) => found.add(customerId));
  return found;
};

/** Whose data an event holds: of its stream, or of commands that a process issues. */
export const customersOfEvent = ({ stream, data }: Pick<DomainEvent, 'stream' | 'data'>): readonly string[] => {
  if (stream.startsWith(relationshipPrefix)) return [stream.slice(relationshipPrefix.length)];
  const { commands } = (data ?? {}) as { readonly commands?: unknown };
  return Array.isArray(commands) ? commands.filter(isOfCustomer).map(({ targetId }) => targetId) : [];
};

const isOfCustomer = (
  command: { readonly name?: unknown; readonly targetId?: unknown } | null,
): command is { readonly targetId: string } => {
  const definition = commandByName(String(command?.name)) ?? processCommandByName(String(command?.name));
  return definition?.aggregate.category === relationship.category && typeof command?.targetId === 'string';
};
