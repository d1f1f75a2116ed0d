import type { EventDefinition } from '#event-log';

/** JSON Schema. */
export type Schema = Readonly<Record<string, unknown>>;
/** Marks a member that holds personal data. */
export const PERSONAL = 'x-personal';

interface Sending {
  /** Whether personal fields go along. */
  readonly personal: boolean;
}

/** What of a shape is sent: with its personal members, marked, or without. */
export const schemaAsSent = (schema: object, { personal }: Sending): Schema => {
  const copy = JSON.parse(JSON.stringify(schema)) as Schema;
  return personal ? copy : (impersonal(copy) as Schema);
};

/** The shape of an event's data in the events topic. */
export const publishedSchema = ({ type, schema, personal: pointers }: EventDefinition, sending: Sending): Schema => {
  const marked = JSON.parse(JSON.stringify(schema)) as Holder;
  for (const pointer of pointers) {
    const path = pointer.split('/').slice(1);
    const member = path.reduce<Holder | undefined>((holder, name) => holder?.properties?.[name], marked);
    if (member === undefined) throw new Error(`${type}: the personal field ${pointer} is not under plain properties of its schema`);
    member[PERSONAL] = true;
  }
  return schemaAsSent(marked, sending);
};

interface Holder {
  readonly properties?: Readonly<Record<string, Holder>>;
  [PERSONAL]?: true;
}

const impersonal = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(impersonal);
  if (typeof node !== 'object' || node === null) return node;
  const { properties, required, ...rest } = node as Schema & { readonly properties?: Schema; readonly required?: readonly string[] };
  const all = Object.entries(properties ?? {}) as readonly (readonly [string, Schema])[];
  const kept = all.filter(([, member]) => member[PERSONAL] !== true);
  const names = new Set(all.filter((entry) => !kept.includes(entry)).map(([name]) => name));
  const stillRequired = required?.filter((name) => !names.has(name)) ?? [];
  return {
    ...Object.fromEntries(Object.entries(rest).map(([keyword, value]) => [keyword, impersonal(value)])),
    ...(properties && { properties: Object.fromEntries(kept.map(([name, member]) => [name, impersonal(member)])) }),
    ...(stillRequired.length > 0 && { required: stillRequired }),
  };
};
