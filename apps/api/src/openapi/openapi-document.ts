import { roles } from '#platform';
import { commandCatalogue, openAggregates } from '#relationship';
import { viewCatalogue } from '../views/catalogue.js';
import { withExamples } from './answer-examples.js';
import { referred, shapes } from './body-schemas.js';
import { commandOperations } from './command-operations.js';
import { createComponents } from './components.js';
import { fixedOperations } from './fixed-operations.js';
import type { Operation } from './operation.js';
import { problemResponses } from './schemas.js';
import { viewOperations } from './view-operations.js';

export const API_VERSION = '0.1.0';

const description = [
  'An event-sourced chronicle of customer relationships: commands record what happened, views are derived from it.',
  '',
  '**To try it here:** press *Authorize* and paste an API key. `npm run demo` prints one, `letopis keys create` creates more.',
  `Its role determines what it may do: ${roles.join(', ')}. A curator sees the own portfolio, a customer the own record; what is out of scope answers 404.`,
  'With the key of a customer, card, timeline, events, live feed and ladder contain only what customers may see (`OwnEvent`); the rest is',
  'internal and answers 404. Revisions count hidden events too.',
  '',
  '**Commands** return the `position` of their last event; send it as `Min-Position` with a query to read your own writes.',
  'A repeated command with the same `Idempotency-Key` returns the first answer and appends nothing; the same key with another body or for',
  'another record is rejected. Idempotency keys belong to the API key and do not expire.',
  'The `ETag` of a record is the revision of its stream; `If-Match` rejects a command if the record has changed since.',
  '',
  '**Views** take `asOf` (what was true then) and `knownAt` (what was known then); a view that does not names the one to use instead.',
  'Lists come in pages: `Link: …; rel="next"` leads to the next one.',
  'A `series` beside a number identifies the events behind it: pass it to `/views/{view}/events`.',
  '',
  "**Units.** Instants are ISO 8601 in UTC with milliseconds, days `YYYY-MM-DD` in the company's time zone (policy `company`, UTC by default). Money is in minor units (cents) with an ISO 4217 code.",
  'Rates and shares go from 0 to 1; lengths are in days.',
  '',
  '**Errors** are problem details (RFC 9457); [/problems](problems) explains each `type`.',
  'The Kafka topics are described in [/asyncapi.json](asyncapi.json) (AsyncAPI 3).',
].join('\n');

/**
 * OpenAPI 3.1, made from the same tables as the routes.
 * @param server where clients reach it; beside this document when absent
 */
export const openApiDocument = (server = '.'): object => {
  const all = shapes();
  const operations = [...viewOperations(viewCatalogue), ...commandOperations(commandCatalogue, all), ...fixedOperations].map(withExamples);
  const parts = referred(operations, all);
  const bodies = Object.fromEntries(Object.entries(all).filter(([name]) => parts.has(name)));
  const components = createComponents(bodies);
  const paths = components.refer(merged(operations));
  const responses = components.refer(problemResponses);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Letopis',
      version: API_VERSION,
      license: { name: 'MIT', identifier: 'MIT' },
      description,
    },
    servers: [{ url: server }],
    security: [{ apiKey: [] }],
    tags: [
      { name: 'views', description: 'The whole company: funnel, churn, ladder, desks' },
      { name: 'customers', description: 'Find customers and read everything about one' },
      ...openAggregates.map(({ tag }) => tag),
      { name: 'retention', description: 'Whom the policy `retention` erases, and when' },
      { name: 'access-log', description: 'Who was shown data of whom' },
      { name: 'keys', description: 'API keys, for admins' },
      { name: 'feeds', description: 'The log, by pages and live' },
      { name: 'operation', description: 'Health and metrics' },
    ],
    paths,
    components: {
      securitySchemes: {
        apiKey: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'letopis_<id>_<secret>',
          description:
            'An API key, `letopis_…`: the demo prints one, `letopis keys create` creates more. Or a token (JWT) of the OpenID Connect issuer that the server is configured for.',
        },
      },
      responses,
      schemas: { ...inOrder(components.schemas), ...bodies },
    },
  };
};

const inOrder = (schemas: Readonly<Record<string, object>>) =>
  Object.fromEntries(Object.entries(schemas).sort(([one], [other]) => (one < other ? -1 : 1)));

const merged = (operations: readonly Operation[]): Readonly<Record<string, object>> => {
  const paths: Record<string, Record<string, object>> = {};
  for (const { path, method, operation } of operations) paths[path] = { ...paths[path], [method]: operation };
  return paths;
};
