import fc from 'fast-check';
import type { CommandRequest } from '#platform';
import { type CatalogueEntry, commandCatalogue, defaultPolicies, type PolicyName } from '#relationship';
import { requestSchema, type Schema, shapes } from '../../apps/api/src/openapi/body-schemas.js';

/** A command of the catalogue as a client sends it, without who sends it. */
export type Asked = Pick<CommandRequest, 'name' | 'targetId' | 'body' | 'occurredAt'>;

/** So few that commands meet one another. A member that is not listed has a value by its type. */
const values: Readonly<Record<string, readonly unknown[]>> = {
  customerId: ['c1', 'c1', 'c1', 'c1', 'c1', 'c1', 'c2', 'c2', 'c3'],
  referredCustomerId: ['c1', 'c2'],
  curatorId: ['ann', 'ann', 'bea'],
  /** The name of one of those who send: a subscriber gives its own receipts. */
  subscriberId: ['spec'],
  channel: ['email', 'phone'],
  purpose: ['service'],
  stage: ['lead', 'qualified'],
  reason: ['price', 'timing'],
  currency: ['EUR'],
  zone: ['Europe/Berlin'],
  minor: [100, 200],
  score: [1, 5],
  quantity: [1, 2],
};
const instants: Readonly<Record<string, readonly string[]>> = {
  activeFrom: ['2026-01-01T00:00:00.000Z'],
  effectiveFrom: ['2027-01-01T00:00:00.000Z'],
};
const texts = ['one', 'two'];
const ahead = ['2126-01-01T00:00:00.000Z', '2126-02-01T00:00:00.000Z'];

const all = shapes();

const arbitraryOf = (schema: Schema, name: string): fc.Arbitrary<unknown> => {
  const ref = schema.$ref ?? schema.allOf?.find((part) => part.$ref)?.$ref;
  if (ref !== undefined) return arbitraryOf(all[ref.slice(ref.lastIndexOf('/') + 1)] as Schema, name);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.properties !== undefined) return bodyOf(schema);
  if (schema.format === 'date-time') return fc.constantFrom(...(instants[name] ?? ahead));
  if (schema.type === 'array') return fc.array(arbitraryOf(schema.items as Schema, name), { maxLength: 2 });
  if (schema.type === 'object') return fc.constant({});
  if (values[name] !== undefined) return fc.constantFrom(...values[name]);
  const pattern = typeof schema.pattern === 'string' && !/Id$/.test(name) ? new RegExp(schema.pattern) : undefined;
  if (pattern && !texts.every((text) => pattern.test(text))) return fc.stringMatching(pattern);
  if (schema.type === 'boolean') return fc.boolean();
  if (schema.type === 'integer' || schema.type === 'number') return fc.constantFrom(1, 2);
  return /Id$/.test(name) ? fc.constantFrom(...[1, 2, 3, 4].map((n) => `${name}-${n}`)) : fc.constantFrom(...texts);
};

/** What may be left out mostly is: it often names something that is not there. */
const seldom = (value: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });

function bodyOf({ properties = {}, required = [] }: Schema, given?: string): fc.Arbitrary<Record<string, unknown>> {
  const members = Object.entries(properties).filter(([name]) => name !== 'occurredAt');
  return fc.record(
    Object.fromEntries(
      members.map(([name, member]) => {
        const value = arbitraryOf(member, name);
        return [name, required.includes(name) || name === given ? value : seldom(value)];
      }),
    ),
  );
}

const oneMatching = (pattern: string): readonly string[] => fc.sample(fc.stringMatching(new RegExp(pattern)), { numRuns: 1, seed: 1 });

function asked(definition: CatalogueEntry): fc.Arbitrary<Asked> {
  const { name, aggregate, generatedId } = definition;
  const { idMember, idSchema } = aggregate;
  const ids = 'enum' in idSchema ? idSchema.enum : ((values[idMember] ?? oneMatching(idSchema.pattern)) as readonly string[]);
  const body = bodyOf(requestSchema({ ...definition, path: '' }, all), generatedId);
  const occurredAt = fc.constantFrom(undefined, undefined, undefined, '2026-06-01T00:00:00.000Z');
  return fc
    .record({ targetId: fc.constantFrom(...ids), body, occurredAt })
    .map(({ targetId, body: { [idMember]: id, ...rest }, occurredAt }) => {
      const document = name === 'publish-policy' && { document: defaultPolicies[targetId as PolicyName][0]?.document };
      const made =
        generatedId === idMember
          ? { targetId: undefined, body: { ...rest, [idMember]: id } }
          : { targetId, body: { ...rest, ...document } };
      return { name, ...made, occurredAt };
    });
}

/** Of every command as often as of any other. */
export const arbitraryCommand: fc.Arbitrary<Asked> = fc.oneof(...commandCatalogue.map(asked));
