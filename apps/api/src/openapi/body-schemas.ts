import { createRequire } from 'node:module';
import { validationMetadatasToSchemas } from 'class-validator-jsonschema';
import { type CatalogueEntry, commandCatalogue, PublishPolicy, policyNames, policySchema } from '#relationship';
import { pathParameters } from './path-parameters.js';

export interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly [keyword: string]: unknown;
}

const require = createRequire(import.meta.url);
/** Where class-transformer keeps what `@Type` says; it is not exported, and without it nested shapes would be unknown. */
const { defaultMetadataStorage } = require('class-transformer/cjs/storage.js') as { readonly defaultMetadataStorage: never };

const instant = { type: 'string', format: 'date-time' } as const;

/** Every shape that a body is made of, by the name of its class, as class-validator knows them. */
export const shapes = (): Readonly<Record<string, Schema>> => {
  const schemas = validationMetadatasToSchemas({
    classTransformerMetadataStorage: defaultMetadataStorage,
    refPointerPrefix: '#/components/schemas/',
    additionalConverters: {
      isInstant: () => instant,
      isBirthDate: ({ constraints: [pattern] = [] }) => ({
        pattern,
        description: 'A calendar date such as `1985-05-15`, or `--05-15` where the year is not known.',
      }),
      isObject: () => ({ type: 'object' }),
      // Without a type, which would stand in the place of `integer`.
      min: (meta) => ({ minimum: meta.constraints?.[0] }),
      max: (meta) => ({ maximum: meta.constraints?.[0] }),
      isPositive: () => ({ exclusiveMinimum: 0 }),
      isLabels: ({ constraints: [maxLength, name, maxProperties] = [] }) => ({
        type: 'object',
        maxProperties,
        propertyNames: { pattern: name.source },
        additionalProperties: { type: 'string', maxLength },
      }),
    },
  }) as Record<string, Schema>;
  const closed = Object.entries(schemas).map(([name, schema]) => [name, { ...schema, additionalProperties: false }] as const);
  return Object.fromEntries(closed.filter(([name]) => reachable(schemas).has(name)));
};

/** The tests of other parts may have decorated classes of their own. */
const reachable = (schemas: Readonly<Record<string, Schema>>): ReadonlySet<string> => {
  const names = new Set<string>();
  for (const { body } of commandCatalogue) for (let at = body; at?.name; at = Object.getPrototypeOf(at)) names.add(at.name);
  return new Set([
    ...names,
    ...referred(
      [...names].map((name) => schemas[name]),
      schemas,
    ),
  ]);
};

/** Names of the shapes that schemas refer to, and of those that these refer to. */
export const referred = (from: unknown, schemas: Readonly<Record<string, Schema>>): ReadonlySet<string> => {
  const found = new Set<string>();
  const visit = (schema: unknown): void => {
    for (const [, name] of JSON.stringify(schema ?? {}).matchAll(/#\/components\/schemas\/([A-Za-z0-9]+)/g)) {
      if (name === undefined || found.has(name)) continue;
      found.add(name);
      visit(schemas[name]);
    }
  };
  visit(from);
  return found;
};

/** A class without members of its own has the shape of the one that it extends. */
const shapeOf = (body: { readonly name: string }, all: Readonly<Record<string, Schema>>): Schema => {
  for (let at = body; at?.name; at = Object.getPrototypeOf(at)) if (all[at.name] !== undefined) return all[at.name] as Schema;
  return {};
};

/** The body that a client sends: without the members in the path, with `occurredAt`, and with an optional id where one is made. */
export const requestSchema = (definition: CatalogueEntry, all: Readonly<Record<string, Schema>>): Schema => {
  const shape = shapeOf(definition.body, all);
  const inPath = new Set<string>(pathParameters(definition.path));
  const { idMember, idSchema } = definition.aggregate;
  if (definition.generatedId !== idMember) inPath.delete(idMember);
  const properties = Object.fromEntries(Object.entries(shape.properties ?? {}).filter(([name]) => !inPath.has(name)));
  // What names the record itself is narrower than the ids within it.
  if (definition.generatedId === idMember) properties[idMember] = { ...properties[idMember], ...idSchema };
  if (definition.body === PublishPolicy)
    properties.document = { description: 'The complete document of the policy.', anyOf: policyNames.map(policySchema) };
  const required = (shape.required ?? []).filter((name) => !inPath.has(name) && name !== definition.generatedId);
  return {
    type: 'object',
    additionalProperties: false,
    properties: {
      ...properties,
      occurredAt: { ...instant, description: 'When it was true; default now. Back-dated events are normal.' },
    },
    ...(required.length > 0 && { required }),
  };
};
