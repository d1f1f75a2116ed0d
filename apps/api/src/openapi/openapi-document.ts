import { roles } from '#platform';
import { commandCatalogue } from '#relationship';
import { viewCatalogue } from '../views/catalogue.js';
import { shapes } from './body-schemas.js';
import { commandOperations } from './command-operations.js';
import { createComponents } from './components.js';
import { fixedOperations } from './fixed-operations.js';
import type { Operation } from './operation.js';
import { viewOperations } from './view-operations.js';

export const API_VERSION = '0.1.0';

/** OpenAPI 3.1, made from the same tables as the routes. */
export const openApiDocument = (): object => {
  const bodies = shapes();
  const components = createComponents(bodies);
  const operations = [...viewOperations(viewCatalogue), ...commandOperations(commandCatalogue, bodies), ...fixedOperations];
  const paths = components.refer(merged(operations));
  return {
    openapi: '3.1.0',
    info: {
      title: 'Letopis',
      version: API_VERSION,
      license: { name: 'MIT', identifier: 'MIT' },
      description: [
        'An event-sourced chronicle of customer relationships.',
        '',
        'Every command answers with the `position` of its last event; send it as `Min-Position` with a query to read what you wrote.',
        'A repeated command with the same `Idempotency-Key` (kept for each API key and record) is answered as the first time and appends nothing.',
        'The `ETag` of a record is the revision of its stream; `If-Match` refuses a command when the record has changed since.',
        'Views take `asOf` (what was true then) and `knownAt` (what was known then).',
        `Roles: ${roles.join(', ')}. A curator sees the own portfolio, a customer the own record; what is out of scope answers 404.`,
        '',
        'What goes to Kafka and comes from there stands in [/asyncapi.json](/asyncapi.json) (AsyncAPI 3).',
      ].join('\n'),
    },
    servers: [{ url: '/' }],
    security: [{ apiKey: [] }],
    tags: [
      { name: 'customers', description: 'Commands on one relationship' },
      { name: 'curators', description: 'Commands on curators' },
      { name: 'policies', description: 'Commands on policies' },
      { name: 'views', description: 'What people look at' },
      { name: 'feeds', description: 'The log, in pages and live' },
      { name: 'operation', description: 'Health and metrics' },
    ],
    paths,
    components: {
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', bearerFormat: 'letopis_<id>_<secret>', description: 'Made by `letopis keys create`.' },
      },
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
