import { hash } from 'node:crypto';
import { type TObject, Type } from 'typebox';
import type { DomainEvent, EventLog } from '#event-log';
import { canonicalJson } from '#event-log/canonical-json.js';
import { certificateOf, Problem } from '#platform';
import { customerId, flag, id, instant, named, oneOf, orNull, strict, text } from '#projections/answer-schema.js';
import { erasureCertified, erasureExceptions, erasureGrounds, type RelationshipEvent, relationshipStream } from '#relationship';
import { everyone, keepers, staffAndAuditor } from '../edge/access.js';
import { pageAfter, paging } from './common-parameters.js';
import { found } from './found.js';
import { subscriberSchema, subscribersSchema } from './record-schemas.js';
import { view } from './view-definition.js';

const statuses = ['none', 'requested', 'confirmed', 'rejected', 'erased', 'completed'] as const;

const erasureSchema = named(
  'Erasure',
  strict({
    customerId: customerId(),
    status: oneOf(statuses, '`erased`: personal fields are unreadable, and what remains to be done is being done.'),
    ground: orNull(oneOf(erasureGrounds, 'Art. 17(1) GDPR.')),
    requestedAt: orNull(instant()),
    dueAt: orNull(instant('End of the month that Art. 12(3) GDPR allows.')),
    overdue: flag(),
    confirmedAt: orNull(instant()),
    rejectedAt: orNull(instant()),
    exception: orNull(oneOf(erasureExceptions, 'Art. 17(3) GDPR.')),
    receipts: Type.Array(
      strict({ subscriberId: id(), dueAt: instant(), receivedAt: orNull(instant()), overdue: flag('None came by `dueAt`.') }),
      { description: 'Confirmations of subscribers that were given the key to what was published; late ones included.' },
    ),
    legalHolds: Type.Array(id(), { description: 'Ids of the legal holds in force; none to a customer.' }),
    erasedAt: orNull(instant()),
    completedAt: orNull(instant()),
    certificateHash: orNull(text('SHA-256 of the canonical JSON (RFC 8785) of the certificate.')),
    certificate: orNull(erasureCertified.schema.properties.certificate as TObject),
  }),
);

interface ReceiptState {
  readonly subscriberId: string;
  readonly dueAt: string;
  readonly receivedAt: string | null;
  readonly overdue: boolean;
}

interface State {
  readonly status: (typeof statuses)[number];
  readonly ground: (typeof erasureGrounds)[number] | null;
  readonly requestedAt: string | null;
  readonly dueAt: string | null;
  readonly overdue: boolean;
  readonly confirmedAt: string | null;
  readonly rejectedAt: string | null;
  readonly exception: (typeof erasureExceptions)[number] | null;
  readonly receipts: readonly ReceiptState[];
  readonly legalHolds: readonly string[];
  readonly erasedAt: string | null;
  readonly completedAt: string | null;
}

const none: State = {
  status: 'none',
  ground: null,
  requestedAt: null,
  dueAt: null,
  overdue: false,
  confirmedAt: null,
  rejectedAt: null,
  exception: null,
  receipts: [],
  legalHolds: [],
  erasedAt: null,
  completedAt: null,
};

const evolve = (state: State, event: DomainEvent): State => {
  const { type, data, occurredAt: at } = event as DomainEvent & RelationshipEvent;
  switch (type) {
    case 'erasure-requested':
      return { ...none, legalHolds: state.legalHolds, status: 'requested', ground: data.ground, requestedAt: at, dueAt: data.dueAt };
    case 'erasure-confirmed':
      return { ...state, status: 'confirmed', confirmedAt: at };
    case 'erasure-rejected':
      return { ...state, status: 'rejected', rejectedAt: at, exception: data.exception };
    case 'erasure-overdue':
      return { ...state, overdue: true };
    case 'legal-hold-placed':
      return { ...state, legalHolds: [...state.legalHolds, data.holdId] };
    case 'legal-hold-lifted':
      return { ...state, legalHolds: state.legalHolds.filter((hold) => hold !== data.holdId) };
    case 'customer-erased':
      return { ...state, status: 'erased', ground: data.code, legalHolds: [], erasedAt: at };
    case 'erasure-receipts-requested':
      return { ...state, receipts: data.receipts.map((each) => ({ ...each, receivedAt: null, overdue: false })) };
    case 'erasure-receipt-given':
      return withReceipt(state, data.subscriberId, { receivedAt: at });
    case 'erasure-receipt-overdue':
      return withReceipt(state, data.subscriberId, { overdue: true });
    case 'erasure-completed':
      return { ...state, status: 'completed', completedAt: at };
    default:
      return state;
  }
};

const withReceipt = (state: State, subscriberId: string, change: Partial<ReceiptState>): State => ({
  ...state,
  receipts: state.receipts.map((each) => (each.subscriberId === subscriberId ? { ...each, ...change } : each)),
});

/** Undefined where there is no such customer. */
const stateOf = async (log: Pick<EventLog, 'readStream'>, customerId: string) => {
  let state: State | undefined;
  let revision = -1;
  for await (const batch of log.readStream(relationshipStream(customerId))) {
    state = batch.reduce(evolve, state ?? none);
    revision = batch.at(-1)!.revision;
  }
  return state && { state, revision };
};

export const privacyViews = [
  view({
    name: 'subscribers',
    path: '/subscribers',
    summary: 'Services that are registered to read personal data from Kafka, including those that have ended',
    roles: keepers,
    reads: [],
    parameters: paging,
    answers: subscribersSchema,
    async answer({ query: { limit = 100, cursor }, services }) {
      const all = [...services.subscribers.current().values()];
      const { page, next } = pageAfter(all, ({ subscriberId }) => subscriberId, { cursor, limit });
      return { body: { subscribers: page }, next };
    },
  }),
  view({
    name: 'subscriber',
    path: '/subscribers/:subscriberId',
    summary: 'One subscriber',
    roles: keepers,
    reads: [],
    parameters: {},
    answers: subscriberSchema,
    answer: async ({ path, services }) => ({ body: found(services.subscribers.current().get(path.subscriberId ?? '')) }),
  }),
  view({
    name: 'erasure',
    path: '/customers/:customerId/erasure',
    summary:
      'The erasure of a customer: its request, legal holds in force, and its certificate once it is complete; a customer reads the own one until it is done',
    roles: everyone,
    ofErased: staffAndAuditor,
    reads: [],
    parameters: {},
    answers: erasureSchema,
    async answer({ path, context }) {
      const { customerId = '' } = path;
      const found = await stateOf(context.log, customerId);
      if (found === undefined) throw new Problem('not-found');
      const { state, revision } = found;
      const certificate = state.erasedAt === null ? undefined : await certificateOf(context.log, customerId);
      const certificateHash = certificate ? hash('sha256', canonicalJson(certificate), 'hex') : null;
      const body = {
        customerId,
        ...state,
        legalHolds: [...state.legalHolds],
        receipts: [...state.receipts],
        certificateHash,
        certificate: certificate ?? null,
      };
      return { body: body as never, revision };
    },
  }),
];
