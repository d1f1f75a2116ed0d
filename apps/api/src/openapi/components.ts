type Json = Readonly<Record<string, unknown>>;

/** Shapes that have a name, and how to refer to them. */
export interface Components {
  /** The schema with a reference for every shape in it that has a name (`title`). */
  refer(schema: object): Json;
  readonly schemas: Readonly<Record<string, object>>;
}

/** @throws when two shapes have one name, `taken` ones included */
export const createComponents = (taken: Readonly<Record<string, object>> = {}): Components => {
  const schemas: Record<string, object> = {};
  const refer = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(refer);
    if (typeof node !== 'object' || node === null) return node;
    const members = Object.entries(node).map(([keyword, value]) => [keyword, /^examples?$/.test(keyword) ? value : refer(value)] as const);
    const shape = simpler(Object.fromEntries(members));
    const { title, ...rest } = shape;
    // Where it is no text, it is a member that is called so.
    return typeof title === 'string' ? add(title, rest) : shape;
  };
  const add = (name: string, shape: object): Json => {
    const known = schemas[name] ?? taken[name];
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(shape)) throw new Error(`two shapes are called ${name}`);
    schemas[name] = shape;
    return { $ref: `#/components/schemas/${name}` };
  };
  // Through JSON, which leaves behind what TypeBox keeps for itself.
  return { schemas, refer: (schema) => refer(JSON.parse(JSON.stringify(schema))) as Json };
};

/** The same in fewer words, which generators of clients and readers understand better. */
const simpler = (shape: Json): Json => {
  const { anyOf, allOf, ...rest } = shape as Json & { readonly anyOf?: readonly Json[]; readonly allOf?: readonly Json[] };
  if (allOf?.length === 1) return { ...allOf[0], ...rest };
  const [value, none] = anyOf ?? [];
  if (anyOf?.length !== 2 || typeof value?.type !== 'string' || none?.type !== 'null') return shape;
  return { ...value, type: [value.type, 'null'], ...(Array.isArray(value.enum) && { enum: [...value.enum, null] }), ...rest };
};
