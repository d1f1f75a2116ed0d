import { countries } from '../kernel/countries.js';
import { isZone, ZONE } from '../kernel/zones.js';
import { type PolicyName, policySchema, SEGMENT } from './policy.js';

/** One thing that is wrong with a policy document: where, and what would be right. */
export interface DocumentFault {
  /** As in `stages[2]` or `reasons[0].code`; `document` for the whole. */
  readonly path: string;
  readonly message: string;
}
type Faults = readonly DocumentFault[];

/** What the schemas of policies say. */
interface Schema {
  readonly type: 'boolean' | 'number' | 'integer' | 'string' | 'array' | 'object';
  readonly minimum: number;
  readonly maximum: number;
  readonly pattern: string;
  readonly maxLength: number;
  readonly enum?: readonly unknown[];
  readonly not?: { readonly enum: readonly unknown[] };
  readonly maxItems: number;
  readonly items: Schema;
  readonly properties: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

/** Everything that is wrong with a document; none where it may be published. */
export const faultsOf = (name: PolicyName, document: unknown): Faults => faultsIn(policySchema(name) as unknown as Schema, document, '');

const fault = (path: string, message: string): Faults => [{ path: path || 'document', message }];

const faultsIn = (schema: Schema, value: unknown, path: string): Faults => {
  const { type, minimum, maximum, pattern, maxLength, not, maxItems } = schema;
  const isWithin = typeof value === 'number' && value >= minimum && value <= maximum;
  switch (type) {
    case 'boolean':
      return typeof value === 'boolean' ? [] : fault(path, 'must be true or false');
    case 'number':
      return isWithin ? [] : fault(path, `must be a number from ${minimum} to ${maximum}`);
    case 'integer':
      return isWithin && Number.isInteger(value) ? [] : fault(path, `must be a whole number from ${minimum} to ${maximum}`);
    case 'string':
      if (pattern === ZONE) return isZone(value) ? [] : fault(path, `must be an IANA time zone such as Europe/Berlin${instead(value)}`);
      if (schema.enum === countries)
        return countries.includes(value as string)
          ? []
          : fault(path, `must be an ISO 3166-1 alpha-2 country code such as DE${instead(value)}`);
      if (schema.enum) return schema.enum.includes(value) ? [] : fault(path, `must be one of ${schema.enum.join(', ')}`);
      if (pattern === SEGMENT)
        return typeof value === 'string' && /\S/.test(value) && value.length <= maxLength
          ? []
          : fault(path, `must be a text of 1 to ${maxLength} characters`);
      if (typeof value !== 'string' || !new RegExp(pattern).test(value) || value.length > maxLength)
        return fault(path, `must be a code of 1 to ${maxLength} small letters, digits and single hyphens`);
      return not?.enum.includes(value) ? fault(path, `must not be ${value}, which is reserved`) : [];
    case 'array':
      return Array.isArray(value) && value.length >= 1 && value.length <= maxItems
        ? itemFaults(schema.items, value, path)
        : fault(path, `must be a list of 1 to ${maxItems}`);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
        ? memberFaults(schema, value as Readonly<Record<string, unknown>>, path ? `${path}.` : '')
        : fault(path, 'must be an object');
  }
};

const instead = (value: unknown): string => (value === undefined ? '' : `, not ${JSON.stringify(value)}`);

const itemFaults = (items: Schema, values: readonly unknown[], path: string): Faults => {
  const keys = values.map((value) => (items.type === 'object' ? (value as { readonly code?: unknown } | null)?.code : value));
  return values.flatMap((value, index) => [
    ...faultsIn(items, value, `${path}[${index}]`),
    ...(keys.indexOf(keys[index]) < index ? fault(`${path}[${index}]`, 'must not repeat an earlier one') : []),
  ]);
};

const memberFaults = ({ properties, required = [] }: Schema, given: Readonly<Record<string, unknown>>, prefix: string): Faults => [
  ...Object.entries(properties).flatMap(([name, member]) =>
    given[name] === undefined && !required.includes(name) ? [] : faultsIn(member, given[name], prefix + name),
  ),
  ...Object.keys(given)
    .filter((name) => !Object.hasOwn(properties, name))
    .flatMap((name) => fault(prefix + name, `is unknown; known are ${Object.keys(properties).join(', ')}`)),
  // A rule of retention.
  ...(properties.segment && given.role === undefined && given.segment === undefined
    ? fault(prefix.slice(0, -1), 'must name a role, a segment or both')
    : []),
  // A loss reason.
  ...(given.code === 'other' && given.needsNote === false ? fault(`${prefix}needsNote`, 'must be true for other') : []),
];
