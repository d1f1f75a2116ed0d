import type { Disclosure, EventDefinition } from '../event-definition.js';
import { isWithin, schemasAt } from './pointers.js';

/** What is wrong with a definition before its schema is compiled. */
export function definitionProblems({
  type,
  version,
  schema,
  personal,
  personalWhere = {},
  audiences = {},
  former = [],
  exported,
}: EventDefinition): string[] {
  const problems: string[] = [];
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(type)) problems.push('its name is not kebab-case');
  if (!Number.isSafeInteger(version) || version < 1) return [...problems, 'its version is not a whole number from 1'];
  if (former.length !== version - 1) problems.push(`it is of version ${version} and has ${former.length} former versions`);
  for (const pointer of personal) {
    if (pointer.endsWith('/*')) problems.push(`the personal field ${pointer} is an item of a list or record: name the whole`);
    if (
      isWithin(
        pointer,
        personal.filter((other) => other !== pointer),
      )
    )
      problems.push(`the personal field ${pointer} is within another`);
    if (schemasAt(schema, pointer).length === 0) problems.push(`the personal field ${pointer} is not in its schema`);
  }
  const { provided = [], others = {}, withheld = [] } = exported ?? {};
  for (const pointer of [...provided, ...Object.keys(others), ...withheld])
    if (schemasAt(schema, pointer).length === 0) problems.push(`it exports ${pointer}, which is not in its schema`);
  const unknown = Object.keys(personalWhere).filter((pointer) => !personal.includes(pointer));
  for (const pointer of unknown) problems.push(`it says where ${pointer} is personal, which is no personal field`);
  for (const [audience, disclosure] of Object.entries(audiences)) {
    if (disclosure) problems.push(...disclosureProblems(schema, disclosure).map((problem) => `to the audience ${audience} ${problem}`));
  }
  return problems;
}

function disclosureProblems(schema: unknown, { shows, about, withdraws, stillShows = [] }: Disclosure): string[] {
  const problems: string[] = [];
  for (const pointer of shows) {
    const places = schemasAt(schema, pointer);
    if (places.length === 0) problems.push(`it shows ${pointer}, which is not in its schema`);
    if (places.some(hasMembers)) problems.push(`it shows ${pointer} with all future members; list the members`);
  }
  for (const pointer of stillShows) {
    if (!shows.includes(pointer)) problems.push(`it still shows ${pointer}, which it never showed`);
  }
  if (!about && (withdraws || stillShows.length > 0)) problems.push('it withdraws something without `about`');
  return problems;
}

function hasMembers(schema: unknown): boolean {
  if (!isRecord(schema)) return false;
  const { properties = {}, items, prefixItems, additionalProperties, patternProperties, anyOf, oneOf, allOf } = schema;
  const open = [items, prefixItems, patternProperties].some((each) => each !== undefined) || isRecord(additionalProperties);
  return open || Object.keys(properties as object).length > 0 || [anyOf, oneOf, allOf].flat().some(hasMembers);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
