import { roles, viewNames } from '#platform';
import { timelineFrameSchema } from '#projections/timeline/answer-schema.js';
import { commandCatalogue, opaqueId, openAggregates } from '#relationship';
import { commanding, everyone, keepers, overseers } from '../edge/access.js';
import { logFeedParameters, logPageParameters } from '../feeds/log-parameters.js';
import { reconcileParameters } from '../feeds/reconcile-parameters.js';
import { paging } from '../views/common-parameters.js';
import { keySchema, keysSchema, newKeySchema } from '../views/record-schemas.js';
import { pathParameter } from './command-operations.js';
import { type Operation, openTo } from './operation.js';
import { recordedEventSchema, whoSeesUnpublished } from './recorded-event-schema.js';
import {
  bulkAnswerSchema,
  commandProblems,
  commonProblems,
  jsonResponse,
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
import { link, queryParameters } from './view-operations.js';

const lastEventId = { name: 'Last-Event-ID', in: 'header', schema: { type: 'string' }, description: 'Goes on after this frame.' };
/** OpenAPI 3.1 cannot describe the frames of a stream, so the shape of their `data` stands in an extension. */
const feed = (description: string, data: object) => ({
  200: { description, content: { 'text/event-stream': { schema: { type: 'string' }, 'x-frame-data': data } } },
  ...commonProblems,
});

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
    body: { type: 'object', description: 'As of the route of the command, ids of its path included.' },
    occurredAt: { type: 'string', format: 'date-time' },
    idempotencyKey: { type: 'string', pattern: '^[!-~]{1,200}$' },
    source: sourceSchema,
    formerly: {
      ...sourceSchema,
      description: '`source` under which an import knew the same command before imports had numbers: executed as that, it is repeated.',
    },
    remember: {
      type: 'boolean',
      default: true,
      description:
        '`false`, for imports (`Letopis-Actor`) only: a command that changes nothing appends nothing, and is not known when it is repeated.',
    },
    append: {
      type: 'boolean',
      default: true,
      description: '`false`, for imports only: a command that would append events is answered with 409 `events-withheld` instead.',
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
    name: { type: 'string', maxLength: 200, description: 'What the key is for.' },
  },
};

/** The few routes that come from no table. */
export const fixedOperations: readonly Operation[] = [
  {
    path: '/commands',
    method: 'post',
    operation: {
      operationId: 'bulk',
      summary: 'Up to 1,000 commands; those of one record in their order, each answered at its own place',
      description: openTo(commanding),
      tags: ['commands'],
      requestBody: {
        required: true,
        content: { 'application/json': { schema: { type: 'array', minItems: 1, maxItems: 1_000, items: bulkItem }, example: bulkExample } },
      },
      responses: {
        200: jsonResponse('Of each item its `status` and its `result` or `problem`', bulkAnswerSchema),
        ...commandProblems,
      },
    },
  },
  {
    path: '/keys',
    method: 'get',
    operation: {
      operationId: 'keys',
      summary: 'Every API key, revoked ones too, the oldest first; never a token',
      description: openTo(keepers),
      tags: ['keys'],
      parameters: queryParameters(paging),
      responses: { 200: { ...jsonResponse('The keys', keysSchema), headers: { Link: link } }, ...commonProblems },
    },
  },
  {
    path: '/keys',
    method: 'post',
    operation: {
      operationId: 'create-key',
      summary: 'Make an API key; its token is in this answer alone',
      description: `${openTo(keepers)} None for a curator who has left; one for a curator who is not registered yet is possible.`,
      tags: ['keys'],
      requestBody: {
        required: true,
        content: {
          'application/json': { schema: newKeyBody, example: { role: 'curator', actorId: 'cur-ward', name: "Ward's laptop" } },
        },
      },
      responses: { 201: jsonResponse('The key', newKeySchema), ...commandProblems },
    },
  },
  {
    path: '/keys/{keyId}',
    method: 'delete',
    operation: {
      operationId: 'revoke-key',
      summary: 'Take an API key out of use for ever; done twice it stays as it was',
      description: openTo(keepers),
      tags: ['keys'],
      parameters: [pathParameter('keyId')],
      responses: { 200: jsonResponse('The key', keySchema), ...commonProblems },
    },
  },
  {
    path: '/events',
    method: 'get',
    operation: {
      operationId: 'log-page',
      summary: 'The log after a position',
      description: `${openTo(overseers)} ${whoSeesUnpublished}`,
      tags: ['feeds'],
      parameters: queryParameters(logPageParameters),
      responses: {
        200: { ...jsonResponse('`events` and the `head` of the log', logPageSchema), headers: { Link: link } },
        ...commonProblems,
      },
    },
  },
  {
    path: '/events/stream',
    method: 'get',
    operation: {
      operationId: 'log-feed',
      summary: 'The log, live',
      description: `${openTo(overseers)} ${whoSeesUnpublished}`,
      tags: ['feeds'],
      parameters: [...queryParameters(logFeedParameters), lastEventId],
      responses: feed('One frame an event: `id` is its position, `event` its type, `data` a `RecordedEvent` as JSON', recordedEventSchema),
    },
  },
  {
    path: '/feeds/relationship-events/reconcile',
    method: 'get',
    operation: {
      operationId: 'reconcile',
      summary: 'What a reader of the events topic should have: a count and a rolling hash',
      description: [
        openTo(overseers),
        'Either `customer` or `range`. The hash over n events: h(0) is 32 zero bytes, h(n) = SHA-256(h(n-1) followed by the 32 bytes of the',
        "content hash of event n, `ce_contenthash` in Kafka), over a customer's events in their order, over a range by position.",
        'The events that are published count. A range of more than 100,000 events, or 100 MB of them, is cut; `next` is the range that is left.',
        'Every event is verified from its body; the first that was changed, or moved, is named by the problem `event-not-verified`.',
      ].join(' '),
      tags: ['feeds'],
      parameters: queryParameters(reconcileParameters),
      responses: {
        200: jsonResponse('Count and hash', reconciledSchema),
        ...reconcileProblems,
      },
    },
  },
  {
    path: '/feeds/relationship-events/{stream}/{revision}',
    method: 'get',
    operation: {
      operationId: 'published-event',
      summary: 'The value of a record of the events topic',
      description: `${openTo(overseers)} Where \`ce_dataref\` leads from a record that was too large for its topic and went without its value.`,
      tags: ['feeds'],
      parameters: [
        { ...pathParameter('stream'), schema: { type: 'string' }, description: '`ce_subject` of the record.' },
        { ...pathParameter('revision'), schema: { type: 'integer', minimum: 0 }, description: '`ce_sequence` of the record.' },
      ],
      responses: { 200: jsonResponse('The data of the event', publishedEventSchema), ...commonProblems },
    },
  },
  {
    path: '/feeds/customers/{customerId}/{revision}',
    method: 'get',
    operation: {
      operationId: 'published-customer',
      summary: 'The value of a record of the customers topic',
      description:
        `${openTo(overseers)} The card as it was after an event of the customer: where \`ce_dataref\` leads from a record that was too large ` +
        'for its topic and went without its value. 404 where the customer was erased since.',
      tags: ['feeds'],
      parameters: [
        pathParameter('customerId'),
        { ...pathParameter('revision'), schema: { type: 'integer', minimum: 0 }, description: '`letopis_sequence` of the record.' },
      ],
      responses: { 200: jsonResponse('The card', publishedCustomerSchema), ...commonProblems },
    },
  },
  {
    path: '/customers/{customerId}/timeline/stream',
    method: 'get',
    operation: {
      operationId: 'timeline-feed',
      summary: 'The timeline of one customer, live; the customer sees the entries of the own timeline',
      description: openTo(everyone),
      tags: ['feeds'],
      parameters: [pathParameter('customerId'), lastEventId],
      responses: feed('One frame an event: `id` is its revision, `event` its type, `data` a `TimelineFrame` as JSON', timelineFrameSchema),
    },
  },
  {
    path: '/health/live',
    method: 'get',
    operation: {
      operationId: 'live',
      summary: 'The process answers',
      tags: ['operation'],
      security: [],
      responses: { 200: jsonResponse('Up', liveSchema), ...openProblems },
    },
  },
  {
    path: '/health/ready',
    method: 'get',
    operation: {
      operationId: 'ready',
      summary: 'Requests may be sent here; with the lag of each view',
      tags: ['operation'],
      security: [],
      responses: { 200: jsonResponse('Ready', readySchema), 503: jsonResponse('Not ready', readySchema), ...openProblems },
    },
  },
  {
    path: '/projections',
    method: 'get',
    operation: {
      operationId: 'projections',
      summary: 'How the views are kept: what answers, what is being filled, how far each is',
      description: openTo(overseers),
      tags: ['operation'],
      responses: { 200: jsonResponse('Every view', projectionsSchema), ...operatorProblems },
    },
  },
  {
    path: '/projections/{view}/rebuild',
    method: 'post',
    operation: {
      operationId: 'rebuild-projection',
      summary: 'Fill a view anew from the log beside the one that answers, which it then takes the place of',
      description: openTo(keepers),
      tags: ['operation'],
      parameters: [viewParameter],
      responses: {
        202: jsonResponse('Begun, or going on already; `GET /projections` says how far it is', projectionSchema),
        ...operatorProblems,
      },
    },
  },
  {
    path: '/projections/{view}/rollback',
    method: 'post',
    operation: {
      operationId: 'roll-back-projection',
      summary: 'Let a view answer from its filling before, brought up to date, until the next rebuild',
      description: openTo(keepers),
      tags: ['operation'],
      parameters: [viewParameter],
      responses: { 200: jsonResponse('The view', projectionSchema), ...operatorProblems },
    },
  },
  {
    path: '/projections/customers/{customerId}/rebuild',
    method: 'post',
    operation: {
      operationId: 'rebuild-customer',
      summary: 'Fold one customer anew in every view, and let a parked one go on',
      description: openTo(keepers),
      tags: ['operation'],
      parameters: [pathParameter('customerId')],
      responses: { 200: jsonResponse('Every view', projectionsSchema), ...operatorProblems },
    },
  },
  {
    path: '/metrics',
    method: 'get',
    operation: {
      operationId: 'metrics',
      summary: 'Prometheus metrics',
      description: openTo(overseers),
      tags: ['operation'],
      responses: { 200: { description: 'Text format', content: { 'text/plain': { schema: { type: 'string' } } } }, ...commonProblems },
    },
  },
];
