import { Type } from 'typebox';
import type { Position } from '#event-log';
import { type CommandAnswer, problemPages, problemType } from '#platform';
import { by, count, described, describing, flag, id, named, oneOf, orNull, strict, text, whole } from '#projections/answer-schema.js';
import type { ViewState } from '../projecting/operator.js';
import { parkedSubjects } from './parked-schema.js';
import { recordedEventSchema } from './recorded-event-schema.js';

const position = (description: string) => Type.String({ pattern: '^[0-9A-Za-z]+$', description });

const lag = {
  lagSeconds: Type.Number({ minimum: 0, description: 'Age of the oldest event that the view has not applied; 0 when caught up.' }),
  lagEvents: Type.Optional(count('Events that it has not applied; absent if the log does not count them.')),
};
const buildProgress = {
  events: Type.Optional(count('Events read so far; absent if they are not counted.')),
  totalEvents: Type.Optional(count('Events to be read; absent if the log does not count them.')),
};

const commandAnswer = {
  position: position('Of the last event; send it as Min-Position.'),
  revision: whole('Of the record; the ETag.'),
  ids: by('Ids of the records of the command, generated ones included, such as `customerId`, `dealId`.', text()),
  events: Type.Array(id(), { description: 'Ids of the events.' }),
  replayed: flag('Whether this is the stored first answer.'),
  opensTo: Type.Optional(
    Type.Array(id(), { description: 'Curators who may open the customer while the work assigned by this command is open.' }),
  ),
  customersDue: Type.Optional(count('After the publication of the policy `retention`: customers whom it makes due at once.')),
};

export const commandAnswerSchema = named(
  'CommandAnswer',
  describing<Omit<CommandAnswer, 'stream' | 'position' | 'unfinished'> & { readonly position: string }>()(strict(commandAnswer)),
);

export const problemSchema = {
  ...named(
    'Problem',
    Type.Object(
      {
        type: oneOf(
          problemPages.map(({ code }) => problemType(code)),
          'Stable identifier, and the address of a page that explains it.',
        ),
        title: text('The same for every problem of this type.'),
        status: Type.Integer({ minimum: 400, maximum: 599 }),
        detail: Type.Optional(text('What is wrong in this request, and what would be valid.')),
        requestId: Type.Optional(text('Id of the request in the log of the server.')),
        errors: Type.Optional(
          Type.Array(strict({ pointer: text('JSON pointer into the body, or the name of the parameter.'), detail: text() }), {
            description: 'Every error of a body or a query, up to a limit.',
          }),
        ),
        errorsLeftOut: Type.Optional(Type.Integer({ minimum: 1, description: 'Number of errors that are not listed.' })),
      },
      {
        description:
          'Problem details (RFC 9457). Clients branch on `type`. Further members contain the values of `detail`, such as `dealId` or `expectedRevision`.',
      },
    ),
  ),
  examples: [{ type: '/problems/deal-closed', title: 'The deal is closed', status: 409, detail: 'The deal was won; reopen it first.' }],
};

/** One shape, not a choice of two: nothing but `status` would tell them apart, and generators of clients need a word that does. */
export const bulkAnswerSchema = named(
  'BulkAnswer',
  strict({
    results: Type.Array(
      strict({
        status: Type.Integer({ minimum: 200, maximum: 599, description: 'Status of the route of the command.' }),
        result: Type.Optional(described(commandAnswerSchema, 'If `status` is below 300.')),
        problem: Type.Optional(described(problemSchema, 'If `status` is 400 or more.')),
      }),
      { description: 'One result per item, in the order of the items.' },
    ),
  }),
);

export const reconciledSchema = named(
  'Reconciled',
  strict({
    customer: Type.Optional(id('Id of the requested customer.')),
    range: Type.Optional(text('The requested range, with omitted ends filled in.')),
    events: count('Number of published events.'),
    hash: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'Rolling hash of these events.' }),
    through: orNull(position('Position of the last included event.')),
    next: Type.Optional(orNull(text('With `range`: the remaining range, if the answer was truncated.'))),
  }),
);

/** Their shapes depend on the type of the event, and on whether personal fields go to Kafka: AsyncAPI tells them. */
export const publishedEventSchema = named(
  'PublishedEvent',
  Type.Object(
    {},
    { description: 'The value of a record of the events topic: `/asyncapi.json` has its shape under the type of the event.' },
  ),
);
export const publishedCustomerSchema = named(
  'PublishedCustomer',
  Type.Object({}, { description: 'The value of a record of the customers topic: `/asyncapi.json` has its shape.' }),
);

export const logPageSchema = named(
  'LogPage',
  strict({
    events: Type.Array(recordedEventSchema, { description: 'In the order of their positions.' }),
    head: position('Position of the last event of the log.'),
  }),
);

export const liveSchema = named('Live', strict({ status: oneOf(['up']) }));

const thread = (description: string) => oneOf(['off', 'starting', 'running', 'restarting', 'stopped'], description);
export const readySchema = named(
  'Ready',
  strict({
    status: oneOf(['ready', 'not-ready']),
    deciding: thread('Thread that decides commands and writes the log.'),
    projector: thread('Thread that updates the views, if it runs in this process.'),
    stalledBy: Type.Optional(text('Name of the error that stops all views; absent while they are updated.')),
    relay: thread('Thread that publishes to Kafka, if it runs in this process.'),
    relayStalledBy: Type.Optional(text('Name of the error that blocks it; it resumes automatically once that is fixed.')),
    inbound: thread('Consumer of contacts from Kafka.'),
    inboundStalledBy: Type.Optional(text('Name of the error that blocks it; it resumes automatically once that is fixed.')),
    processes: Type.Array(
      strict({
        name: text('As in `process-<name>-<id>`, its streams.'),
        state: thread('It restarts automatically.'),
        stalledBy: Type.Optional(text('Name of the error that blocks it; it resumes automatically once that is fixed.')),
        open: count('Customers with a pending action, now or later.'),
        stuck: count('Customers that it skips until the next start, for example because of an event that is not understood.'),
        lagSeconds: Type.Optional(
          Type.Number({ minimum: 0, description: 'Age of the oldest event that it has not read; 0 when caught up.' }),
        ),
        lagEvents: Type.Optional(count('Events that it has not read; absent if the log does not count them.')),
      }),
    ),
    keys: oneOf(['up', 'down'], 'Whether API keys can be looked up.'),
    subjectKeys: oneOf(['up', 'down'], 'Whether the keys that encrypt personal data can be read.'),
    accessLog: oneOf(['up', 'down'], 'Whether reads of personal data can be recorded in the access log.'),
    problems: Type.Optional(
      Type.Array(
        strict({
          type: text(),
          key: Type.Optional(text('Key of stored fingerprints that is not in the key store, or id of a master key that is missing.')),
          subjects: Type.Optional(count('Customers and curators whose keys are lost.')),
          stream: Type.Optional(text('Stream of a policy or curator with an event that is not understood.')),
          revision: Type.Optional(whole('Of that event.')),
        }),
        {
          description: 'Problems because of which commands are rejected or records cannot be read.',
        },
      ),
    ),
    head: orNull(position('Position of the last event of the log; null while it cannot be read.')),
    views: Type.Array(
      strict({
        view: text(),
        live: flag('False until this version of Letopis has built the view.'),
        checkpoint: position('Position that the view has reached.'),
        ...lag,
        parked: count('Customers whose events wait behind one that failed.'),
        progress: Type.Optional(strict({ ...buildProgress, upTo: position('Target position.') }, 'Of its build.')),
      }),
    ),
  }),
);

const branded = (description: string) => Type.Unsafe<Position>(position(description));
export const projectionSchema = named(
  'Projection',
  describing<ViewState>()(
    strict({
      view: text(),
      build: Type.Optional(text('The current build; absent until there is one.')),
      previous: Type.Optional(text('The previous build, kept for a rollback.')),
      checkpoint: branded('Position that the view has reached.'),
      head: branded('Position of the last event of the log.'),
      ...lag,
      state: oneOf(['empty', 'live', 'behind', 'stalled', 'stopped']),
      error: Type.Optional(text('Why it is stalled.')),
      parked: count('Customers whose events wait behind one that failed.'),
      parkedSubjects,
      rebuilding: flag('Whether a requested rebuild is running.'),
      rebuild: Type.Optional(
        strict({
          build: text('The new build.'),
          ...buildProgress,
          upTo: branded('Target position.'),
        }),
      ),
      rejected: Type.Optional(text('Why the last build was rejected.')),
    }),
  ),
);
export const projectionsSchema = named('Projections', strict({ projections: Type.Array(projectionSchema) }));

/** By status; `code`: the problem that is shown as the example, else the first of the status. */
const problems: readonly (readonly [status: number, description: string, code?: string])[] = [
  [400, 'Malformed request', 'invalid-query'],
  [401, 'Missing or invalid API key'],
  [403, 'Not allowed for the role of the key'],
  [404, 'Not found, or out of scope'],
  [409, 'The command conflicts with earlier events', 'deal-closed'],
  [410, 'The customer was merged into another, or erased'],
  [412, 'The record has changed since'],
  [413, 'The body is too large'],
  [415, 'The body is not JSON'],
  [422, 'Request body validation failed, or a rule rejected the command'],
  [429, 'Too many requests; see Retry-After'],
  [500, 'An event of the log was changed, moved or removed', 'event-not-verified'],
  [503, 'Temporarily unavailable; retry after Retry-After', 'view-behind'],
];

const exampleOf = (status: number, code?: string) => {
  const page = problemPages.find((each) => (code === undefined ? each.status === status : each.code === code));
  return page && { type: problemType(page.code), title: page.title, status };
};

const nameOf = (status: number) => `Problem${status}`;

/** What is answered instead of what was asked for, by name. */
export const problemResponses: Readonly<Record<string, object>> = Object.fromEntries(
  problems.map(([status, description, code]) => [
    nameOf(status),
    { description, content: { 'application/problem+json': { schema: problemSchema, example: exampleOf(status, code) } } },
  ]),
);

const referringTo = (statuses: readonly number[]) =>
  Object.fromEntries(statuses.map((status) => [status, { $ref: `#/components/responses/${nameOf(status)}` }]));

export const commonProblems = referringTo([400, 401, 403, 404, 429, 503]);
/** Of what shows one customer. */
export const customerProblems = referringTo([400, 401, 403, 404, 410, 429, 503]);
/** Where the key of the customer is needed too. */
export const keyProblems = referringTo([400, 401, 403, 404, 409, 410, 429, 503]);
/** Of what is open to everyone. */
export const openProblems = referringTo([429]);
export const operatorProblems = referringTo([400, 401, 403, 404, 409, 429, 503]);
export const reconcileProblems = referringTo([400, 401, 403, 404, 429, 500, 503]);
export const commandProblems = referringTo(problems.map(([status]) => status).filter((status) => status !== 500));

/** What a JSON answer looks like. */
export const jsonResponse = (description: string, schema: object) => ({ description, content: { 'application/json': { schema } } });
