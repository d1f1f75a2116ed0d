import { expect, it } from '@jest/globals';
import { viewCatalogue } from './catalogue.js';

interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}

/** Pointers to texts of any form; ids, codes and instants have one. */
const textsIn = (schema: Schema, at = ''): readonly string[] => {
  const { properties = {}, patternProperties = {}, additionalProperties, items, anyOf = [], oneOf = [], allOf = [] } = schema;
  const isFree =
    schema.type === 'string' && !schema.enum && schema.const === undefined && !schema.pattern && !schema.format && !schema.minLength;
  const each = [...Object.values(patternProperties), ...(typeof additionalProperties === 'object' ? [additionalProperties] : [])];
  return [
    ...(isFree ? [at] : []),
    ...[...anyOf, ...oneOf, ...allOf].flatMap((one) => textsIn(one, at)),
    ...Object.entries(properties).flatMap(([name, member]) => textsIn(member, `${at}/${name}`)),
    ...[...each, ...(items ? [items] : [])].flatMap((one) => textsIn(one, `${at}/*`)),
  ];
};

/** Last members of pointers to what is not personal: codes, ids, names of our own things. */
const plain = new Set(
  `agreed campaign channel code currency cut cursor curator curatorId customerId dimension direction error eventId eventType from kind key labels
  language lastContact medium next observed operation source segment stage purpose position reason  region registered regarding rfmPosition role
  severity since status stream subject supervisorId system team through to type via view zone`.split(/\s+/),
);
const lastOf = (text: string): string => text.split('/').findLast((step) => step !== '*') ?? '';
const shapes = ['identifier', 'correction', 'profile-members', 'event', 'profile'];

it.each(viewCatalogue)('$name says where its answer is personal', ({ path, answers, personal = {} }) => {
  const isMarked = (text: string) =>
    Object.entries(personal).some(([at, member]) => text === at || (shapes.includes(member) && text.startsWith(`${at}/`)));
  // Names of curators are the company's.
  const isPlain = (text: string) =>
    plain.has(lastOf(text)) ||
    text.startsWith('/channels/declared/') ||
    /series/i.test(text) ||
    // The certificate of an erasure holds nothing personal.
    /^\/certificate/.test(text) ||
    // Where the operator of a subscriber is reached is the company's.
    (path.startsWith('/subscribers') && lastOf(text) === 'contact') ||
    (path.startsWith('/curators') && lastOf(text) === 'displayName');
  expect(textsIn(answers as Schema).filter((text) => !isMarked(text) && !isPlain(text))).toEqual([]);
});
