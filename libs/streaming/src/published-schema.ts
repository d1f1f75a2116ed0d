import { type EventDefinition, schemasAt } from '#event-log';
import { PERSONAL } from '#relationship/kernel/personal.js';
import { SEALED, sealedSchema } from './sealed-value.js';

/** JSON Schema. */
export type Schema = Readonly<Record<string, unknown>>;
/** The mark of a member that is personal in some events only. */
const IN_SOME_DATA = 'depends on other members';

interface Sending {
  /** Whether personal fields go along, encrypted. */
  readonly personal: boolean;
}

/** What of a shape is sent: without its personal members, which are encrypted in a member of their own or omitted. */
export const schemaAsSent = (schema: object, { personal }: Sending): Schema => {
  const sent = impersonal(JSON.parse(JSON.stringify(schema))) as Schema;
  const { properties } = sent as { readonly properties?: Schema };
  return personal && hasPersonal(schema) ? { ...sent, properties: { ...properties, [SEALED]: sealedSchema } } : sent;
};

const hasPersonal = (schema: object): boolean => JSON.stringify(schema).includes(`"${PERSONAL}":`);

/** The shape of an event's data in the events topic. */
export const publishedSchema = ({ type, schema, personal: pointers, personalWhere = {} }: EventDefinition, sending: Sending): Schema => {
  const marked = JSON.parse(JSON.stringify(schema)) as object;
  for (const pointer of pointers) {
    const members = schemasAt(marked, pointer) as Record<string, unknown>[];
    if (members.length === 0) throw new Error(`${type}: the personal field ${pointer} is not in its schema`);
    for (const member of members) member[PERSONAL] = pointer in personalWhere ? IN_SOME_DATA : true;
  }
  return schemaAsSent(marked, sending);
};

const impersonal = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(impersonal);
  if (typeof node !== 'object' || node === null) return node;
  // Of a list or a record, none of whose items go along.
  if ((node as Schema)[PERSONAL] === true) return false;
  const { properties, required, ...rest } = node as Schema & { readonly properties?: Schema; readonly required?: readonly string[] };
  const all = Object.entries(properties ?? {}) as readonly (readonly [string, Schema])[];
  const kept = all.filter(([, member]) => member[PERSONAL] !== true);
  const names = new Set(all.filter(([, member]) => member[PERSONAL] !== undefined).map(([name]) => name));
  const stillRequired = required?.filter((name) => !names.has(name)) ?? [];
  return {
    ...Object.fromEntries(Object.entries(rest).map(([keyword, value]) => [keyword, impersonal(value)])),
    ...(properties && { properties: Object.fromEntries(kept.map(([name, member]) => [name, impersonal(member)])) }),
    ...(stillRequired.length > 0 && { required: stillRequired }),
  };
};
