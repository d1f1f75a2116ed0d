import { type Static, type TProperties, type TSchema, Type } from 'typebox';
import { PERSONAL } from '#relationship/kernel/personal.js';

const strict = <const Properties extends TProperties>(properties: Properties) => Type.Object(properties, { additionalProperties: false });
const id = () => Type.String({ minLength: 1 });
const text = () => Type.String();
const personalText = () => Type.Optional(Type.String({ [PERSONAL]: true }));
const instant = () => Type.String({ format: 'date-time' });
/** The event that says so. */
const event = () => Type.String({ minLength: 1, description: 'Id of the event that recorded it.' });
const count = () => Type.Integer({ minimum: 0 });
const money = () => strict({ minor: Type.Integer({ description: 'Minor units.' }), currency: Type.String({ pattern: '^[A-Z]{3}$' }) });
const orNull = <const Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);
const by = <const Schema extends TSchema>(key: string, schema: Schema) => Type.Record(Type.String(), schema, { description: `By ${key}.` });

/** A record of the customers topic: the card as of its last event. */
export const customerSchema = strict({
  customerId: id(),
  revision: Type.Integer({ minimum: 0, description: 'Of the last event that the card reflects.' }),
  status: Type.Enum(['unknown', 'active'], { type: 'string', description: '`unknown` until the registration.' }),
  mergedInto: orNull(strict({ customerId: id(), at: instant(), event: event() })),
  registration: orNull(strict({ kind: text(), role: text(), at: instant(), event: event() })),
  displayName: personalText(),
  segment: Type.Optional(text()),
  language: Type.Optional(text()),
  identifiers: Type.Optional(
    Type.Array(strict({ kind: text(), value: text(), label: Type.Optional(text()), since: instant(), event: event() }), {
      [PERSONAL]: true,
    }),
  ),
  profile: Type.Optional(Type.Object({}, { [PERSONAL]: true, description: '`person`, `organisation`, `attributes`, as far as known.' })),
  consents: by(
    '`channel|purpose`, which applies to the purpose, or `channel`, which applies to all others',
    strict({
      channel: text(),
      purpose: orNull(text()),
      granted: Type.Boolean(),
      via: personalText(),
      at: instant(),
      event: event(),
    }),
  ),
  acquisition: Type.Array(
    strict({
      source: text(),
      medium: Type.Optional(text()),
      campaign: Type.Optional(text()),
      referrer: personalText(),
      at: instant(),
      event: event(),
    }),
    { description: 'In order of `at`: the first is how the customer was acquired.' },
  ),
  assignments: Type.Array(strict({ curatorId: id(), from: instant(), event: event() }), {
    description: 'In order of `from`: each curator is responsible for the customer until the next one is.',
  }),
  channels: by('channel', strict({ inbound: count(), outbound: count(), internal: count(), missed: count() })),
  lastContact: orNull(strict({ at: instant(), channel: text(), direction: text(), event: event() })),
  value: by(
    'currency, in minor units',
    strict({ purchased: Type.Integer(), returned: Type.Integer(), purchases: count(), returns: count() }),
  ),
  deals: Type.Array(
    strict({
      dealId: id(),
      title: personalText(),
      stage: text(),
      stageSince: instant(),
      value: Type.Optional(money()),
      state: Type.Enum(['open', 'won', 'lost'], { type: 'string' }),
      openedAt: instant(),
      events: strict({ opened: event(), stage: event(), value: Type.Optional(event()) }),
    }),
  ),
  promises: Type.Array(
    strict({ promiseId: id(), text: personalText(), dueAt: instant(), madeAt: instant(), curatorId: Type.Optional(id()), event: event() }),
    { description: 'Open promises only, as for complaints and planned contacts.' },
  ),
  complaints: Type.Array(
    strict({ complaintId: id(), summary: personalText(), severity: Type.Optional(text()), raisedAt: instant(), event: event() }),
  ),
  planned: Type.Array(
    strict({
      contactId: id(),
      channel: text(),
      purpose: text(),
      plannedFor: instant(),
      summary: personalText(),
      curatorId: Type.Optional(id()),
      event: event(),
    }),
  ),
});

type Deep<Value> = Value extends readonly (infer Item)[]
  ? readonly Deep<Item>[]
  : Value extends object
    ? { readonly [Member in keyof Value]: Deep<Value[Member]> }
    : Value;
export type CustomerValue = Deep<Static<typeof customerSchema>>;
