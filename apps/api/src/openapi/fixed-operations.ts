import { roles, viewNames } from '#platform';
import { timelineFrameSchema } from '#projections/timeline/answer-schema.js';
import { commandCatalogue, opaqueId, openAggregates, type Role } from '#relationship';
import { FOREIGN_KEYS, KEY_TEXTS } from '../commands/derived-ids.controller.js';
import { commanding, everyone, followers, importers, keepers, overseers } from '../edge/access.js';
import { logFeedParameters, logPageParameters } from '../feeds/log-parameters.js';
import { reconcileParameters } from '../feeds/reconcile-parameters.js';
import { paging } from '../views/common-parameters.js';
import {
  derivedIdsSchema,
  importHashKeySchema,
  keySchema,
  keysSchema,
  newKeySchema,
  publishingKeySchema,
} from '../views/record-schemas.js';
import { pathParameter } from './command-operations.js';
import { type Operation, openTo } from './operation.js';
import { recordedEventSchema, whoSeesUnpublished } from './recorded-event-schema.js';
import {
  bulkAnswerSchema,
  commandProblems,
  commonProblems,
  customerProblems,
  jsonResponse,
  keyProblems,
  liveSchema,
  logPageSchema,
  openProblems,
  operatorProblems,
  projectionSchema,
  projectionsSchema,
  publishedCustomerSchema,
  publishedEventSchema,
  readySchema,
  reconciledSchema,
  reconcileProblems,
} from './schemas.js';
import { link, queryParameters, reason } from './view-operations.js';

const lastEventId = { name: 'Last-Event-ID', in: 'header', schema: { type: 'string' }, description: 'Resume after this frame.' };
/** OpenAPI 3.1 cannot describe the frames of a stream, so an extension gives the shape of their `data`. */
const feed = (description: string, data: object) => ({
  200: { description, content: { 'text/event-stream': { schema: { type: 'string' }, 'x-frame-data': data } } },
});
const jsonBody = (schema: object, example: unknown) => ({ required: true, content: { 'application/json': { schema, example } } });

interface Fixed {
  readonly summary: string;
  /** Open to everyone when absent. */
  readonly roles?: readonly Role[];
  /** What there is to say beside the roles. */
  readonly note?: string;
  readonly tag: string;
  readonly parameters?: readonly object[];
  readonly requestBody?: object;
  readonly answers: Readonly<Record<number, object>>;
  readonly problems?: object;
}

const described =
  (method: Operation['method']) =>
  (path: string, operationId: string, { roles, note, tag, answers, problems = commonProblems, ...others }: Fixed): Operation => ({
    path,
    method,
    operation: {
      operationId,
      ...others,
      ...(roles ? { description: [openTo(roles), ...(note === undefined ? [] : [note])].join(' ') } : { security: [] }),
      tags: [tag],
      responses: { ...answers, ...problems },
    },
  });
const get = described('get');
const post = described('post');

const viewParameter = { ...pathParameter('view'), schema: { type: 'string', enum: viewNames } };

const text = { type: 'string' };
const sourceText = { type: 'string', minLength: 1, maxLength: 1_000 };
const sourceSchema = {
  type: 'object',
  required: ['system', 'id'],
  additionalProperties: false,
  properties: { system: sourceText, id: sourceText },
};
const bulkItem = {
  type: 'object',
  required: ['name', 'body'],
  additionalProperties: false,
  properties: {
    name: { type: 'string', enum: commandCatalogue.map(({ name }) => name) },
    ...Object.fromEntries(openAggregates.map(({ idMember }) => [idMember, text])),
    body: { type: 'object', description: 'The body of the route of the command, with the ids of its path.' },
    occurredAt: { type: 'string', format: 'date-time' },
    idempotencyKey: { type: 'string', pattern: '^[!-~]{1,200}$' },
    source: sourceSchema,
    formerly: {
      ...sourceSchema,
      description: '`source` of the same command before imports had numbers: if it was executed under that source, it is a repetition.',
    },
    remember: {
      type: 'boolean',
      default: true,
      description:
        '`false`, for imports (`Letopis-Actor`) only: a command that changes nothing appends nothing and is not stored for repetitions.',
    },
    append: {
      type: 'boolean',
      default: true,
      description: '`false`, for imports only: a command that would append events is rejected with 409 `events-withheld`.',
    },
  },
};
const bulkExample = [
  { name: 'register-customer', body: { customerId: '01JD9Z7Y3N8Q4T1V6W2X5R0KMP', kind: 'person', displayName: 'Nadia Ward' } },
  {
    name: 'record-contact',
    customerId: '01JD9Z7Y3N8Q4T1V6W2X5R0KMP',
    occurredAt: '2026-01-20T10:15:00Z',
    source: { system: 'mailbox', id: '4711' },
    body: { channel: 'email', direction: 'inbound', purpose: 'information', summary: 'Asked for the new price list' },
  },
];

const newKeyBody = {
  title: 'CreateKeyBody',
  type: 'object',
  required: ['role', 'actorId'],
  additionalProperties: false,
  properties: {
    role: { type: 'string', enum: roles },
    actorId: opaqueId,
    team: {
      type: 'string',
      minLength: 1,
      maxLength: 100,
      description: 'Of a supervisor: the team to whose customers the key is limited; all customers when absent.',
    },
    name: { type: 'string', maxLength: 200, description: 'What the key is for.' },
  },
};

const foreignKeysBody = {
  title: 'DeriveIdsBody',
  type: 'object',
  required: ['of'],
  additionalProperties: false,
  properties: {
    of: {
      type: 'array',
      minItems: 1,
      maxItems: FOREIGN_KEYS,
      items: {
        type: 'array',
        minItems: 1,
        maxItems: KEY_TEXTS,
        items: text,
        description: 'The system, the kind of what it names, and its key there.',
      },
    },
  },
};

/** The few routes that come from no table. */
export const fixedOperations: readonly Operation[] = [
  post('/commands', 'bulk', {
    summary: 'Execute up to 1,000 commands; those of one record in their order, results in the order of the items',
    roles: commanding,
    tag: 'commands',
    requestBody: jsonBody({ type: 'array', minItems: 1, maxItems: 1_000, items: bulkItem }, bulkExample),
    answers: { 200: jsonResponse('`status` and `result` or `problem` of each item', bulkAnswerSchema) },
    problems: commandProblems,
  }),
  post('/derived-ids', 'derive-ids', {
    summary: 'The ids of up to 10,000 foreign keys',
    roles: importers,
    note: 'The same key has the same id for ever; it cannot be computed elsewhere. Limited to 20 requests a second per API key.',
    tag: 'commands',
    requestBody: jsonBody(foreignKeysBody, { of: [['shop', 'customer', '4711']] }),
    answers: { 200: jsonResponse('The ids', derivedIdsSchema) },
    problems: commandProblems,
  }),
  get('/import-sources/{importSourceId}/hash-key', 'import-hash-key', {
    summary: 'The key under which the imports of a system hash what they remember',
    roles: importers,
    note: 'HMAC-SHA256 under this key gives the hashes in the commands of imports. It never changes.',
    tag: 'import-sources',
    parameters: [pathParameter('importSourceId')],
    answers: { 200: jsonResponse('The key', importHashKeySchema) },
  }),
  get('/keys', 'keys', {
    summary: 'List API keys, including revoked ones, oldest first, without tokens',
    roles: keepers,
    tag: 'keys',
    parameters: queryParameters(paging),
    answers: { 200: { ...jsonResponse('The keys', keysSchema), headers: { Link: link } } },
  }),
  post('/keys', 'create-key', {
    summary: 'Create an API key; its token is returned only once',
    roles: keepers,
    note: 'Rejected for a curator who has left; allowed for a curator who is not registered yet.',
    tag: 'keys',
    requestBody: jsonBody(newKeyBody, { role: 'curator', actorId: 'cur-ward', name: "Ward's laptop" }),
    answers: { 201: jsonResponse('The key', newKeySchema) },
    problems: commandProblems,
  }),
  described('delete')('/keys/{keyId}', 'revoke-key', {
    summary: 'Revoke an API key permanently; repeating it changes nothing',
    roles: keepers,
    tag: 'keys',
    parameters: [pathParameter('keyId')],
    answers: { 200: jsonResponse('The key', keySchema) },
  }),
  get('/events', 'log-page', {
    summary: 'The log after a position',
    roles: overseers,
    note: whoSeesUnpublished,
    tag: 'feeds',
    parameters: [...queryParameters(logPageParameters), reason],
    answers: { 200: { ...jsonResponse('`events` and the `head` of the log', logPageSchema), headers: { Link: link } } },
  }),
  get('/events/stream', 'log-feed', {
    summary: 'The log, live',
    roles: overseers,
    note: whoSeesUnpublished,
    tag: 'feeds',
    parameters: [...queryParameters(logFeedParameters), lastEventId, reason],
    answers: feed('One frame per event: `id` is its position, `event` its type, `data` a `RecordedEvent` as JSON', recordedEventSchema),
  }),
  get('/feeds/relationship-events/reconcile', 'reconcile', {
    summary: 'Count and rolling hash of published events, to verify a copy of the events topic',
    roles: followers,
    note: [
      'Either `customer` or `range`. The hash over n events: h(0) is 32 zero bytes, h(n) = SHA-256(h(n-1) followed by the 32 bytes of the',
      "content hash of event n, `ce_contenthash` in Kafka), over a customer's events in their order, over a range by position.",
      'Only published events are included. A range of more than 100,000 events or 100 MB is truncated; `next` is the remaining range.',
      'Every event is verified; the problem `event-not-verified` names the first one that was changed or moved.',
    ].join(' '),
    tag: 'feeds',
    parameters: queryParameters(reconcileParameters),
    answers: { 200: jsonResponse('Count and hash', reconciledSchema) },
    problems: reconcileProblems,
  }),
  get('/feeds/relationship-events/{stream}/{revision}', 'published-event', {
    summary: 'The value of a record of the events topic',
    roles: followers,
    note: 'Target of `ce_dataref` of a record that was too large for its topic and was published without its value.',
    tag: 'feeds',
    parameters: [
      { ...pathParameter('stream'), schema: { type: 'string' }, description: '`ce_subject` of the record.' },
      { ...pathParameter('revision'), schema: { type: 'integer', minimum: 0 }, description: '`ce_sequence` of the record.' },
      reason,
    ],
    answers: { 200: jsonResponse('The data of the event', publishedEventSchema) },
  }),
  get('/feeds/customers/{customerId}/{revision}', 'published-customer', {
    summary: 'The value of a record of the customers topic',
    roles: followers,
    note:
      'The card after an event of the customer: target of `ce_dataref` of a record that was too large ' +
      'for its topic and was published without its value. 404 if the customer has been erased since.',
    tag: 'feeds',
    parameters: [
      pathParameter('customerId'),
      { ...pathParameter('revision'), schema: { type: 'integer', minimum: 0 }, description: '`letopis_sequence` of the record.' },
      reason,
    ],
    answers: { 200: jsonResponse('The card', publishedCustomerSchema) },
  }),
  get('/customers/{customerId}/publishing-key', 'publishing-key', {
    summary: 'The key to the personal fields of one customer in Kafka',
    roles: ['subscriber'],
    note:
      'For registered subscribers. AES-256, derived for publishing from the data key `keyId` of the customer; `docs/kafka.md` says how to decrypt. ' +
      'The first time it is recorded as `publishing-key-disclosed`, and every time in the access log; from then on the subscriber has to confirm ' +
      'the erasure of the customer. 404 where no personal data of the customer has been recorded, 409 `key-lost` where the key is lost or ' +
      'damaged, 410 after the erasure.',
    tag: 'subscribers',
    parameters: [pathParameter('customerId'), reason],
    problems: keyProblems,
    answers: { 200: jsonResponse('The key', publishingKeySchema) },
  }),
  get('/customers/{customerId}/timeline/stream', 'timeline-feed', {
    summary: 'Live timeline of one customer; a customer sees the own timeline',
    roles: everyone,
    tag: 'feeds',
    parameters: [pathParameter('customerId'), lastEventId, reason],
    problems: customerProblems,
    answers: feed('One frame per event: `id` is its revision, `event` its type, `data` a `TimelineFrame` as JSON', timelineFrameSchema),
  }),
  get('/health/live', 'live', {
    summary: 'The process is alive',
    tag: 'operation',
    answers: { 200: jsonResponse('Up', liveSchema) },
    problems: openProblems,
  }),
  get('/health/ready', 'ready', {
    summary: 'Ready for requests, with the lag of each view',
    tag: 'operation',
    answers: { 200: jsonResponse('Ready', readySchema), 503: jsonResponse('Not ready', readySchema) },
    problems: openProblems,
  }),
  get('/projections', 'projections', {
    summary: 'State of the views: current build, running rebuild, progress',
    roles: overseers,
    tag: 'operation',
    answers: { 200: jsonResponse('Every view', projectionsSchema) },
    problems: operatorProblems,
  }),
  post('/projections/{view}/rebuild', 'rebuild-projection', {
    summary: 'Rebuild a view from the log beside the current build, and replace it when complete',
    roles: keepers,
    tag: 'operation',
    parameters: [viewParameter],
    answers: { 202: jsonResponse('Started, or running already; `GET /projections` reports the progress', projectionSchema) },
    problems: operatorProblems,
  }),
  post('/projections/{view}/rollback', 'roll-back-projection', {
    summary: 'Return a view to its previous build, brought up to date, until the next rebuild',
    roles: keepers,
    tag: 'operation',
    parameters: [viewParameter],
    answers: { 200: jsonResponse('The view', projectionSchema) },
    problems: operatorProblems,
  }),
  post('/projections/customers/{customerId}/rebuild', 'rebuild-customer', {
    summary: 'Rebuild one customer in every view, and resume a parked one',
    roles: keepers,
    tag: 'operation',
    parameters: [pathParameter('customerId')],
    answers: { 200: jsonResponse('Every view', projectionsSchema) },
    problems: operatorProblems,
  }),
  get('/metrics', 'metrics', {
    summary: 'Prometheus metrics',
    roles: overseers,
    tag: 'operation',
    answers: { 200: { description: 'Text format', content: { 'text/plain': { schema: { type: 'string' } } } } },
  }),
];
