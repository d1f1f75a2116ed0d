import { type Static, type TObject, type TSchema, Type } from 'typebox';
import { BIRTH_DATE } from './calendar.js';
import { IN_FIELDS, PERSONAL, PLAIN, personalMembers } from './personal.js';

/** An event of one customer's stream as the domain sees it; whatever else the log keeps of it stands beside. */
export interface TypedEvent<EventType extends string = string, Data = unknown> {
  readonly type: EventType;
  readonly data: Data;
}

/** An event with the instants at which it was true and at which it was recorded: what `evolve` folds. */
export type Dated<SomeEvent> = SomeEvent & { readonly occurredAt: string; readonly recordedAt?: string };

/** What an audience outside the company sees of an event; the same shape as the event log's `Disclosure`, which explains the members. */
export interface Disclosure<Data = never> {
  readonly shows: readonly string[];
  hides?(data: Data): boolean;
  about?(data: Data): string | undefined;
  withdraws?(data: Data): boolean;
  readonly stillShows?: readonly string[];
  readonly forgets?: boolean;
}

/** Who stands in the place of what a customer is not given, as it is about somebody else (Art. 15(4), 20(4) GDPR). */
export type Another = 'a curator' | 'another customer' | 'another person';

/** What a customer is given of an event who asks for the own data; pointers are like those of `Disclosure`. */
export interface Exported<Data = never> {
  /**
   * Art. 20 GDPR: what the customer provided, whoever recorded it, or what comes of the customer using the service. Of an event that the customer
   * recorded with an own key all members count. Every event of a customer's stream says it; `[]`: nothing.
   */
  readonly provided: readonly string[];
  /** Only where this holds. */
  providedIf?(data: Data): boolean;
  /** Members that name or identify somebody else. */
  readonly others?: Readonly<Record<string, Another>>;
  /** Members that are left out, as they are about the company: costs. */
  readonly withheld?: readonly string[];
}

/** A version of before; the same shape as the event log's `FormerVersion`, which explains the members. */
export interface FormerVersion {
  readonly personal: readonly string[];
  readonly upcast: (data: never) => unknown;
}

/** One entry of the event registry; the same shape as the event log's `EventDefinition`. */
export interface EventSpec<EventType extends string, Schema extends TObject> {
  readonly type: EventType;
  readonly version: number;
  readonly schema: Schema;
  readonly personal: readonly string[];
  readonly personalWhere?: Readonly<Record<string, (data: never) => boolean>>;
  readonly former: readonly FormerVersion[];
  readonly published: string | null;
  readonly description: string;
  readonly audiences: { readonly customer?: Disclosure };
  readonly exported?: Exported;
  /** Absent where it cannot be taken back. */
  readonly retraction?: Retraction;
}

/** What belongs to a customer under an id of its own. */
export type ItemKind =
  | 'contact'
  | 'promise'
  | 'deal'
  | 'contract'
  | 'purchase'
  | 'answer'
  | 'recommendation'
  | 'referral'
  | 'review'
  | 'complaint'
  | 'agreement';

/** JSON pointers into `data` to the ids of items, by their kind. Copies of what was so before, such as `from`, are none. */
export type Items = Readonly<Partial<Record<ItemKind, string>>>;

/** Of an event that can be taken back, or replaced. */
export interface Retraction {
  /** That records it: what takes its place is decided by the same rules. */
  readonly command: string;
  /** The one item that it creates, if any. */
  readonly creates?: Items;
  /** Items that have to be there before. */
  readonly refersTo?: Items;
  /** The member that names the version of a policy by which it was decided. */
  readonly policyVersion?: { readonly policy: string; readonly member: string };
  /** Members that the decider derives from what came before where the command leaves them out. Unlike copies they have to stay right. */
  readonly derives?: readonly string[];
}

export type EventOf<Spec> = Spec extends EventSpec<infer EventType, infer Schema> ? TypedEvent<EventType, Static<Schema>> : never;

/**
 * Its personal fields are those that the schema marks; see `personal` and `plain`. `customer`: what the customer sees of it with an own
 * key, nothing without `shows`, and what an export of the own data has. `former`: its versions before this one, the first first. Unknown
 * members are rejected.
 */
export const event = <const EventType extends string, Schema extends TObject>(
  type: EventType,
  description: string,
  schema: Schema,
  customer: Partial<Disclosure<Static<Schema>> & Exported<Static<Schema>>> = {},
  former: readonly FormerVersion[] = [],
): EventSpec<EventType, Schema> => {
  const { provided, providedIf, others, withheld, ...disclosure } = customer;
  return {
    type,
    version: former.length + 1,
    schema,
    ...personalMembers(schema),
    former,
    published: type,
    description,
    audiences: disclosure.shows ? { customer: disclosure as Disclosure } : {},
    ...(provided && {
      exported: { provided, ...(providedIf && { providedIf }), ...(others && { others }), ...(withheld && { withheld }) },
    }),
  };
};

/** As its slice lists it. */
export const retractable = <const Spec extends EventSpec<string, TObject>>(spec: Spec, retraction: Retraction): Spec => ({
  ...spec,
  retraction,
});

/**
 * Marks a member, whole, as personal: it is absent once its subject is erased, so its type says that it may be. Nothing may depend on it but
 * what shows it, finds by it or decides about that very field: no total, no filter of totals, no rung.
 */
export const personal = <Schema extends TSchema>(schema: Schema) =>
  Type.Unsafe<Static<Schema> | undefined>({ ...schema, [PERSONAL]: true });
/** Personal in events whose member `field` is one of these. */
export const personalIn = <Schema extends TSchema>(schema: Schema, ...fields: readonly string[]) =>
  Type.Unsafe<Static<Schema> | undefined>({ ...schema, [PERSONAL]: true, [IN_FIELDS]: fields });
/** A string that callers choose and that is not personal, and why not: it stays when its subject is erased. */
export const plain = <Schema extends TSchema>(schema: Schema, why: string): Schema => ({ ...schema, [PLAIN]: why });

export const id = () => plain(Type.String({ minLength: 1, maxLength: 128 }), 'an id, never a name or an address');
export const optional = Type.Optional;
export const text = (maxLength = 4000) => Type.String({ maxLength });
export const word = () => Type.String({ minLength: 1, maxLength: 100 });
/** A word of the company's own, such as a channel. */
export const code = (why: string) => plain(word(), why);
export const channel = () => code('a channel: contacts are allowed and counted by it');
export const purpose = () => code('a purpose: contacts are allowed and counted by it');
/** One of a few words. */
export const oneOf = <const Values extends readonly string[]>(...values: Values) =>
  Type.Unsafe<Values[number]>({ type: 'string', enum: values });
/** A calendar date, or one without its year. */
export const birthDate = () => Type.String({ pattern: BIRTH_DATE });
/** ISO 8601 instant in UTC with milliseconds. */
export const instant = () => Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$' });
/** Members that name a curator. */
export const ofCurators = (...pointers: readonly string[]) =>
  Object.fromEntries(pointers.map((pointer) => [pointer, 'a curator' as const]));
/** Integer minor units and an ISO 4217 code. */
export const money = () =>
  Type.Object({ minor: Type.Integer(), currency: Type.String({ pattern: '^[A-Z]{3}$' }) }, { additionalProperties: false });
/** Pointers to the members of an amount. */
export const amountAt = (pointer: string): readonly string[] => [`${pointer}/minor`, `${pointer}/currency`];
export const acquisitionMethod = () =>
  Type.Object(
    {
      source: code('acquisition is counted by it'),
      medium: optional(code('acquisition is counted by it')),
      campaign: optional(code('acquisition is counted by it')),
      referrer: optional(personal(text(500))),
    },
    { additionalProperties: false },
  );
export const strict = <const Properties extends Parameters<typeof Type.Object>[0]>(properties: Properties) =>
  Type.Object(properties, { additionalProperties: false });
