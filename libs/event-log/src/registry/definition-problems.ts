import type { Disclosure, EventDefinition } from '../event-definition.js';
import { tokensOf } from './pointer.js';

/** What is wrong with a definition before its schema is compiled. */
export function definitionProblems({ type, version, schema, personal, audiences = {}, upcasters = {} }: EventDefinition): string[] {
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
    if (placesAt(schema, pointer).length === 0) problems.push(`the personal field ${pointer} is not in its schema`);
  }
  for (const [audience, disclosure] of Object.entries(audiences)) {
    if (disclosure) problems.push(...disclosureProblems(schema, disclosure).map((problem) => `to the audience ${audience} ${problem}`));
  }
  return problems;
}

function disclosureProblems(schema: unknown, { shows, about, withdraws, stillShows = [] }: Disclosure): string[] {
  const problems: string[] = [];
  for (const pointer of shows) {
    const places = placesAt(schema, pointer);
    if (places.length === 0) problems.push(`it shows ${pointer}, which is not in its schema`);
    if (places.some(hasMembers)) problems.push(`it shows ${pointer} with all members that it will ever have; name them`);
  }
  for (const pointer of stillShows) {
    if (!shows.includes(pointer)) problems.push(`it still shows ${pointer}, which it never showed`);
  }
  if (!about && (withdraws || stillShows.length > 0)) problems.push('it withdraws something and does not say what');
  return problems;
}

function hasMembers(schema: unknown): boolean {
  if (!isRecord(schema)) return false;
  const { properties = {}, items, prefixItems, additionalProperties, patternProperties, anyOf, oneOf, allOf } = schema;
  const open = [items, prefixItems, patternProperties].some((each) => each !== undefined) || isRecord(additionalProperties);
  return open || Object.keys(properties as object).length > 0 || [anyOf, oneOf, allOf].flat().some(hasMembers);
}

/**
 * What the schema says of what a pointer leads to. A mistyped one would send personal data to everyone who reads the topics, so each has to
 * lead to something.
 */
function placesAt(schema: unknown, pointer: string): unknown[] {
  if (!pointer.startsWith('/')) return [];
  return tokensOf(pointer).reduce<unknown[]>((nodes, token) => nodes.flatMap((node) => children(node, token)), [schema]);
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
