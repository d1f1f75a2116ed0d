import type { EventDefinition } from '../event-definition.js';

/** What is wrong with a definition before its schema is compiled. */
export function definitionProblems({ type, version, schema, personal, upcasters = {} }: EventDefinition): string[] {
  const problems: string[] = [];
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(type)) problems.push('its name is not kebab-case');
  if (!Number.isSafeInteger(version) || version < 1) return [...problems, 'its version is not a whole number from 1'];
  for (let from = 1; from < version; from++) {
    if (typeof upcasters[from] !== 'function') problems.push(`no upcaster from version ${from} to ${from + 1}`);
  }
  for (const from of Object.keys(upcasters)) {
    if (!(Number(from) >= 1 && Number(from) < version)) problems.push(`an upcaster from version ${from}, which is not before ${version}`);
  }
  for (const pointer of personal) {
    if (!leadsSomewhere(schema, pointer)) problems.push(`the personal field ${pointer} is not in its schema`);
  }
  return problems;
}

/** A mistyped pointer would send personal data to everyone who reads the topics, so each has to lead to something that the schema knows. */
function leadsSomewhere(schema: unknown, pointer: string): boolean {
  if (!pointer.startsWith('/')) return false;
  const tokens = pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
  return tokens.reduce<unknown[]>((nodes, token) => nodes.flatMap((node) => children(node, token)), [schema]).length > 0;
}

function children(node: unknown, token: string): unknown[] {
  if (typeof node !== 'object' || node === null) return [];
  const { properties, items, prefixItems, additionalProperties, patternProperties, anyOf, oneOf, allOf, ...rest } = node as Record<
    string,
    unknown
  >;
  const found: unknown[] = [];
  if (isRecord(properties) && Object.hasOwn(properties, token)) found.push(properties[token]);
  if (isRecord(items) && /^(\*|-|\d+)$/.test(token)) found.push(items);
  if (Array.isArray(prefixItems) && prefixItems[Number(token)] !== undefined) found.push(prefixItems[Number(token)]);
  if (isRecord(additionalProperties)) found.push(additionalProperties);
  if (isRecord(patternProperties)) found.push(...Object.values(patternProperties));
  for (const branch of [anyOf, oneOf, allOf].flat()) found.push(...children(branch, token));
  // A reference or a conditional is not followed: what lies behind it is taken to be there.
  if ('$ref' in rest || 'if' in rest) found.push({});
  // A schema that says nothing of its members allows all of them.
  if (found.length === 0 && Object.keys(node).length === 0) found.push({});
  return found;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
