/** Keywords of a schema. */
export const PERSONAL = 'x-personal';
/** Beside it: the values of the member `field` of the event in which it is personal. */
export const IN_FIELDS = 'x-personal-in';
/** Why a string is not personal. */
export const PLAIN = 'x-plain';

interface Marked {
  readonly properties?: Readonly<Record<string, Marked>>;
  readonly required?: readonly string[];
  readonly items?: Marked;
  readonly patternProperties?: Readonly<Record<string, Marked>>;
  readonly additionalProperties?: boolean | Marked;
  readonly [PERSONAL]?: true;
  readonly [IN_FIELDS]?: readonly string[];
  readonly [PLAIN]?: string;
}

/** What an event definition says of personal fields, by the marks of its schema. */
export function personalMembers(schema: object) {
  const marked = markedMembers(schema);
  const dependent = marked.flatMap(([pointer, { [IN_FIELDS]: fields }]) => (fields ? [[pointer, isOneOf(fields)] as const] : []));
  return {
    personal: marked.map(([pointer]) => pointer),
    ...(dependent.length > 0 && { personalWhere: Object.fromEntries(dependent) }),
  };
}

const isOneOf =
  (fields: readonly string[]) =>
  ({ field }: { readonly field: string }): boolean =>
    fields.includes(field);

/** Personal members, with the pointers to them. */
export function markedMembers(schema: object, at = ''): readonly (readonly [pointer: string, member: Marked])[] {
  if ((schema as Marked)[PERSONAL]) return [[at, schema]];
  return membersOf(schema, at).flatMap(([pointer, member]) => markedMembers(member, pointer));
}

/** The shape of what is shown, where a personal member may be absent: an erased customer has none. `changed` describes such a member. */
export function withPersonalOptional(schema: object, changed: (member: object) => object = (member) => member): object {
  const { properties, required, items, patternProperties, additionalProperties } = schema as Marked;
  const inner = (member: Marked): object => {
    const each = withPersonalOptional(member, changed);
    return member[PERSONAL] ? changed(each) : each;
  };
  const each = (members: Readonly<Record<string, Marked>>) =>
    Object.fromEntries(Object.entries(members).map(([name, one]) => [name, inner(one)]));
  const names = required?.filter((name) => !properties?.[name]?.[PERSONAL]);
  const { required: _, ...others } = schema as Marked;
  return {
    ...others,
    ...(names !== undefined && names.length > 0 && { required: names }),
    ...(properties !== undefined && { properties: each(properties) }),
    ...(patternProperties !== undefined && { patternProperties: each(patternProperties) }),
    ...(items !== undefined && { items: inner(items) }),
    ...(typeof additionalProperties === 'object' && { additionalProperties: inner(additionalProperties) }),
  };
}

/** Strings that are not personal, with why not. */
export function plainMembers(schema: object, at = ''): readonly (readonly [pointer: string, why: string])[] {
  const { [PLAIN]: why, [PERSONAL]: isPersonal } = schema as Marked;
  if (isPersonal) return [];
  if (why !== undefined) return [[at, why]];
  return membersOf(schema, at).flatMap(([pointer, member]) => plainMembers(member, pointer));
}

/** With the pointers to them, `*` for each item of a list and each member of a record. */
function membersOf(schema: Marked, at: string): readonly (readonly [pointer: string, member: Marked])[] {
  const { properties = {}, items, patternProperties = {}, additionalProperties } = schema;
  const each = [items, ...Object.values(patternProperties), additionalProperties].filter((one) => typeof one === 'object');
  return [
    ...Object.entries(properties).map(([name, member]) => [`${at}/${name}`, member] as const),
    ...each.map((member) => [`${at}/*`, member] as const),
  ];
}
