import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

// biome-ignore lint/suspicious/noExplicitAny: an OpenAPI document
type Document = any;
type Schema = Readonly<Record<string, unknown>>;

/** Judges answers by the OpenAPI document, and remembers which of what it describes it has seen. */
export interface DescribedAnswers {
  /** What is wrong with the body, as far as the document says; also when it says nothing of such an answer. */
  faults(method: string, path: string, status: number, body: unknown): readonly string[];
  /** As `faults`, for a body that a shape of the document describes. */
  faultsOf(shape: string, body: unknown): readonly string[];
  /** `GET /customers` and the like: what answers with JSON, and never did what it is for. */
  missed(): readonly string[];
  /** Members of answers that never had a value, as `Shape.member.member`. */
  unseen(): readonly string[];
}

const JSON_TYPES = ['application/json', 'application/problem+json'];

export const describedAnswers = (document: Document): DescribedAnswers => {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(document, 'api');
  const checks = new Map<string, ValidateFunction>();
  const answered = new Set<string>();
  const seen = new Set<string>();
  const shapes: Readonly<Record<string, Schema>> = document.components.schemas;
  const described = responsesOf(document);
  const good = new Map([...described].filter(([key]) => / 2\d\d$/.test(key)));

  const judge = (schema: Schema, name: string, body: unknown): readonly string[] => {
    const check = checks.get(name) ?? ajv.compile(absolute(schema));
    checks.set(name, check);
    if (!check(body))
      return (check.errors ?? []).map((error) => `${name}${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`);
    walk(schema, name, body, (member) => seen.add(member));
    return [];
  };

  const walk = (schema: Schema, at: string, body: unknown, on: (member: string) => void): void => {
    const { $ref, properties, items, additionalProperties, anyOf, oneOf } = schema as Walkable;
    if ($ref !== undefined) walk(shapes[nameIn($ref)] as Schema, nameIn($ref), body, on);
    for (const branch of anyOf ?? oneOf ?? []) if (body === EVERYTHING || fits(branch, body, shapes)) walk(branch, at, body, on);
    for (const [member, inner] of Object.entries(properties ?? {})) {
      const value = body === EVERYTHING ? EVERYTHING : (body as Record<string, unknown> | null)?.[member];
      if (value === undefined || value === null) continue;
      on(`${at}.${member}`);
      walk(inner, `${at}.${member}`, value, on);
    }
    const inner = items ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);
    if (inner === undefined) return;
    const each = body === EVERYTHING ? [EVERYTHING] : Object.values((body ?? {}) as object);
    for (const value of each) walk(inner, at, value, on);
  };

  return {
    faults(method, path, status, body) {
      const key = `${method} ${path} ${status}`;
      const schema = described.get(key);
      if (schema === undefined) return [`${key} is not described`];
      if (status < 300) answered.add(`${method} ${path}`);
      return judge(schema, key, body);
    },
    faultsOf: (shape, body) => judge({ $ref: `#/components/schemas/${shape}` }, shape, body),
    missed: () => [...good.keys()].map((key) => key.slice(0, -4)).filter((route) => !answered.has(route)),
    unseen() {
      const all = new Set<string>();
      for (const [key, schema] of good) walk(schema, key, EVERYTHING, (member) => all.add(member));
      return [...all].filter((member) => !seen.has(member)).sort();
    },
  };
};

const EVERYTHING = Symbol('every value that there may be');

interface Walkable {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: boolean | Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

const nameIn = (reference: string) => reference.slice(reference.lastIndexOf('/') + 1);

const absolute = (schema: Schema): Schema => JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"api#/components'));

/** Which of several shapes a body has: one whose members are there, and whose constants it has. */
const fits = (branch: Schema, body: unknown, shapes: Readonly<Record<string, Schema>>): boolean => {
  const shape = typeof branch.$ref === 'string' ? (shapes[nameIn(branch.$ref)] as Schema) : branch;
  const required = (shape.required ?? []) as readonly string[];
  const properties = (shape.properties ?? {}) as Readonly<Record<string, Schema>>;
  if (typeof body !== 'object' || body === null) return false;
  return required.every((member) => {
    const value = (body as Record<string, unknown>)[member];
    const { const: constant } = properties[member] ?? {};
    return value !== undefined && (constant === undefined || constant === value);
  });
};

const responsesOf = (document: Document): ReadonlyMap<string, Schema> => {
  const found = new Map<string, Schema>();
  for (const [path, methods] of Object.entries<Document>(document.paths))
    for (const [method, operation] of Object.entries<Document>(methods))
      for (const [status, given] of Object.entries<Document>(operation.responses)) {
        const response = given.$ref === undefined ? given : document.components.responses[nameIn(given.$ref)];
        const type = JSON_TYPES.find((each) => response.content?.[each] !== undefined);
        if (type !== undefined) found.set(`${method.toUpperCase()} ${path} ${status}`, response.content[type].schema);
      }
  return found;
};
