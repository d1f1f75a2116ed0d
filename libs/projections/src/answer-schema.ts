import { type Static, type TObject, type TProperties, type TSchema, Type } from 'typebox';
import { LARGEST_SUM } from './exact.js';

/**
 * The words in which the answers of the views are described as JSON Schema (2020-12). A schema is next to the type that it describes and
 * `describing` holds the two together, so that neither changes without the other.
 */

type Plain<Value> = Value extends readonly (infer Item)[]
  ? Plain<Item>[]
  : Value extends object
    ? { -readonly [Member in keyof Value]: Plain<Value[Member]> }
    : Value;
type Same<One, Other> = (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;
type Differing<One, Other> = {
  [Member in keyof One | keyof Other]: Member extends keyof One & keyof Other
    ? Same<Plain<One[Member]>, Plain<Other[Member]>> extends true
      ? never
      : Member
    : Member;
}[keyof One | keyof Other];

/** What a schema describes, as nobody is to change it. */
export type Described<Schema extends TSchema> = Frozen<Static<Schema>>;
type Frozen<Value> = Value extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : Value extends object
    ? { readonly [Member in keyof Value]: Frozen<Value[Member]> }
    : Value;

/** Does not compile unless the schema and the type have the same members; the error names those that differ. */
export const describing =
  <Answer>() =>
  <Schema extends TSchema>(
    schema: Same<Plain<Static<Schema>>, Plain<Answer>> extends true ? Schema : { readonly differ: Differing<Static<Schema>, Answer> },
  ): Schema =>
    schema as Schema;

/** Members beyond these there are none. */
export const strict = <const Properties extends TProperties>(properties: Properties, description?: string): TObject<Properties> =>
  Type.Object(properties, { additionalProperties: false, ...(description !== undefined && { description }) });

/** A shape that clients know by a name. */
export const named = <Schema extends TSchema>(title: string, schema: Schema): Schema => ({ ...schema, title });

const saying = (description?: string) => (description === undefined ? {} : { description });

export const text = (description?: string) => Type.String(saying(description));
export const id = (description?: string) => Type.String({ minLength: 1, ...saying(description) });
export const customerId = () => id('Id of the customer.');
export const curatorId = (description = 'Id of the curator.') => id(description);
export const eventId = (description = 'Id of the event that recorded it.') => id(description);
export const eventIds = (description = 'Ids of the events that recorded it.') => Type.Array(id(), { description });
export const instant = (description?: string) => Type.String({ format: 'date-time', ...saying(description) });
export const day = (description?: string) => Type.String({ format: 'date', ...saying(description) });
export const month = (description: string) => Type.String({ pattern: '^\\d{4}-\\d{2}$', description: `${description} \`YYYY-MM\`.` });
export const flag = (description?: string) => Type.Boolean(saying(description));
export const count = (description?: string) => Type.Integer({ minimum: 0, ...saying(description) });
/** Of a list with pages. */
export const total = (what: string) => Type.Optional(count(`${what} on all pages, with \`total=true\`.`));
export const whole = (description?: string) => Type.Integer(saying(description));
export const number = (description?: string) => Type.Number(saying(description));
export const minor = (description: string) => Type.Integer({ description: `${description} Minor units of the currency (cents).` });
const beyond = (description: string) =>
  `${description} Null if it exceeds ${LARGEST_SUM}, up to which JSON numbers are exact: narrow the query.`;
/** What many amounts add up to. */
export const sum = (description: string) => Type.Unsafe<number>({ type: ['integer', 'null'], description: beyond(description) });
export const minorSum = (description: string) => sum(`${description} Minor units of the currency (cents).`);
/** What is computed from such a sum. */
export const numberOfSum = (description: string) => Type.Unsafe<number>({ type: ['number', 'null'], description: beyond(description) });
/** A part of one; null if there is nothing to divide by. */
export const share = (description: string) =>
  orNull(Type.Number({ description: `${description} From 0 to 1; null if there is nothing to divide by.` }));
export const series = (description = 'Identifies the events behind the number: `GET /views/{view}/events?series=…`.') =>
  Type.String({ description });

export const oneOf = <const Value extends string>(values: readonly Value[], description?: string) =>
  Type.Unsafe<Value>({ type: 'string', enum: values, ...saying(description) });

export const orNull = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);

/** Says what a shape with a name is in this place. */
export const described = <Schema extends TSchema>(schema: Schema, description: string) =>
  Type.Unsafe<Static<Schema>>({ allOf: [schema], description });

/** An object whose members are named by what the description says. */
export const by = <Schema extends TSchema>(description: string, schema: Schema) =>
  Type.Unsafe<Record<string, Static<Schema>>>({ type: 'object', additionalProperties: schema, description });

export const money = named(
  'Money',
  strict(
    {
      minor: Type.Integer({ description: 'Minor units of the currency (cents).' }),
      currency: Type.String({ pattern: '^[A-Z]{3}$', description: 'ISO 4217 code.' }),
    },
    'An amount; never added up across currencies.',
  ),
);

export const moneySum = named(
  'MoneySum',
  strict(
    { minor: minorSum('Sum of the amounts.'), currency: Type.String({ pattern: '^[A-Z]{3}$', description: 'ISO 4217 code.' }) },
    'Amounts of one currency, added up.',
  ),
);

/** What an answer says of itself that does not take `knownAt`. */
export const presentTimes = {
  asOf: instant('The answer shows what was true at this instant.'),
  zone: Type.Optional(text('Time zone of the company, which decides the days of the answer; absent: UTC.')),
  policies: by('Version at `asOf` of each policy that was used, by its name.', Type.Integer({ minimum: 1 })),
};
export const answerTimes = {
  ...presentTimes,
  knownAt: Type.Optional(instant('The answer shows what was known at this instant; absent: everything known now.')),
};
