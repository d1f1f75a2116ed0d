import { type TSchema, Type } from 'typebox';
import type { DomainEvent } from '#event-log';
import { roles } from '#platform';
import {
  count,
  curatorId,
  customerId,
  describing,
  id,
  instant,
  named,
  oneOf,
  orNull,
  strict,
  text,
  total,
} from '#projections/answer-schema.js';
import { customerCardSchema } from '#projections/card/answer-schema.js';
import { churnOfSchema } from '#projections/churn/answer-schema.js';
import { ladderOfSchema } from '#projections/ladder/answer-schema.js';
import { policyNames, policySchema, type ShownCurator, type ShownPolicyVersion } from '#relationship';
import { type OwnEvent, ownEventSchema } from '../openapi/own-event-schema.js';
import { parkedSchema } from '../openapi/parked-schema.js';
import { discriminated, recordedEventSchema, whoSeesUnpublished } from '../openapi/recorded-event-schema.js';

export const customerSchema = named(
  'Customer',
  strict(
    {
      ...customerCardSchema.properties,
      ladder: orNull(ladderOfSchema),
      churn: orNull(churnOfSchema),
      parked: Type.Optional(parkedSchema),
    },
    'The card of one customer, with the rung of the ladder and the figures of churn. For the customer it is derived from what `OwnEvent` shows: ' +
      '`segment` and `churn` are null, `acquisition` and `aliases` are empty, open deals have no expected value.',
  ),
);

const eventsOf = (kind: 'recorded' | 'own', name: string, item: TSchema, description: string) => ({
  type: kind,
  name,
  schema: named(
    name,
    strict({
      kind: Type.Literal(kind),
      stream: text('`relationship-<customerId>`.'),
      events: Type.Array(item, { description }),
    }),
  ),
});
type CustomerEvents = { readonly stream: string } & (
  | { readonly kind: 'recorded'; readonly events: readonly DomainEvent[] }
  | { readonly kind: 'own'; readonly events: readonly OwnEvent[] }
);
export const customerEventsSchema = named(
  'CustomerEvents',
  discriminated<CustomerEvents>(
    'Events of a customer; to the customer, the own ones.',
    [
      eventsOf('recorded', 'RecordedEvents', recordedEventSchema, `In order of the revision. ${whoSeesUnpublished}`),
      eventsOf('own', 'OwnEvents', ownEventSchema, 'In order of the revision.'),
    ],
    'kind',
  ),
);

export const curatorSchema = named(
  'Curator',
  describing<ShownCurator>()(
    strict({
      curatorId: curatorId(),
      displayName: Type.Optional(text()),
      supervisorId: Type.Optional(text('Id of the supervisor.')),
      team: Type.Optional(text()),
      registeredAt: instant(),
      departingSince: Type.Optional(instant('Start of the transfer of customers and open work to `to`; absent once the curator has left.')),
      departedAt: Type.Optional(instant('When the curator left.')),
      to: Type.Optional(curatorId('Curator who takes over customers and open work.')),
    }),
  ),
);

export const departureSchema = named(
  'Departure',
  strict({
    curatorId: curatorId(),
    status: oneOf(
      ['active', 'departing', 'departed'],
      '`departing`: customers and open work go to `to`, nothing more is assigned to the curator.',
    ),
    to: Type.Optional(curatorId('Curator who takes over customers and open work.')),
    left: count('Customers and open items that the curator is responsible for.'),
    first: Type.Array(
      strict({
        kind: oneOf(['customer', 'contact', 'promise', 'deal']),
        customerId: customerId(),
        id: Type.Optional(id('Of the contact, the promise or the deal.')),
        since: text('When it was assigned; empty if the curator registered the customer.'),
        stuck: Type.Optional(
          Type.Literal(true, { description: 'An event of the customer is not understood: nothing can be transferred until it is.' }),
        ),
      }),
      { description: 'The first 100; all are listed at `/customers?curatorId=…` and `/customers?workOf=…`.' },
    ),
  }),
);

const ofKey = {
  keyId: id('Id of the key; the part of its token that may be shown and logged.'),
  role: oneOf(roles),
  actorId: id('Id of the curator, supervisor, customer, service or subscriber that uses the key.'),
  team: Type.Optional(text('Of a supervisor: the team to whose customers the key is limited.')),
  name: text('What the key is for.'),
  created: instant(),
};
export const keySchema = named('Key', strict({ ...ofKey, revoked: orNull(instant('When it was revoked.')) }));
export const keysSchema = named('Keys', strict({ keys: Type.Array(keySchema) }));
export const newKeySchema = named('NewKey', strict({ ...ofKey, token: text('The key itself; it cannot be shown again.') }));

export const publishingKeySchema = named(
  'PublishingKey',
  strict({
    customerId: customerId(),
    keyId: id('Of the data key that it is derived from, as `sealed.keyId` of records names it.'),
    key: text('32 bytes in base64.'),
    algorithm: Type.Literal('AES-256-GCM'),
    derivation: text('What it is derived for; its end is the version.'),
  }),
);

export const subscriberSchema = named(
  'Subscriber',
  strict({
    subscriberId: id('Id of the subscriber, which is the `actorId` of its key.'),
    contact: text('Where its operator is reached.'),
    deadlineDays: count('Days after an erasure in which it confirms that it has deleted the customer.'),
    registeredAt: instant(),
    endedAt: Type.Optional(instant('It gets no more keys; receipts that are due remain due.')),
  }),
);
export const subscribersSchema = named('Subscribers', strict({ subscribers: Type.Array(subscriberSchema) }));

export const derivedIdsSchema = named(
  'DerivedIds',
  strict({ ids: Type.Array(Type.String({ format: 'uuid' }), { description: 'Of the foreign keys, in their order.' }) }),
);

export const importHashKeySchema = named(
  'ImportHashKey',
  strict({ key: Type.String({ pattern: '^[0-9a-f]{64}$', description: '32 bytes in hex; HMACs are taken under these 64 characters.' }) }),
);

export const curatorsSchema = named('Curators', strict({ total: total('Curators'), curators: Type.Array(curatorSchema) }));

const policyVersion = discriminated<ShownPolicyVersion>(
  'A version of a policy, by its name.',
  policyNames.map((name) => {
    const document = policySchema(name);
    const schema = strict({
      name: Type.Literal(name),
      version: Type.Integer({ minimum: 1 }),
      effectiveFrom: orNull(instant('In force from this instant until a higher version is; null: from the beginning, as version 1.')),
      document,
    });
    const called = `${(document as { readonly title?: string }).title}Version`;
    return { type: name, name: called, schema: named(called, schema) };
  }),
  'name',
);

export const policyHistorySchema = named(
  'PolicyHistory',
  strict({
    name: oneOf(policyNames),
    versions: Type.Array(policyVersion, { description: 'The oldest first.' }),
  }),
);
