import { targetMember } from '#platform';
import type { CommandDefinition } from '#relationship';
import { requestSchema, type Schema } from './body-schemas.js';
import { exampleOf } from './example.js';
import type { Operation } from './operation.js';
import { openApiPath, pathParameters } from './path-parameters.js';
import { commonProblems, problemResponse } from './schemas.js';

const tags = { customer: 'customers', curator: 'curators', policy: 'policies' } as const;

const headers = [
  { name: 'Idempotency-Key', in: 'header', schema: { type: 'string', maxLength: 200 }, description: 'Makes a repetition harmless.' },
  { name: 'If-Match', in: 'header', schema: { type: 'string' }, example: '"3"', description: 'The ETag that the client has seen.' },
  {
    name: 'Letopis-Source',
    in: 'header',
    schema: { type: 'string' },
    example: 'crm/4711',
    description: '`<system>/<id>` where the fact came from; without an Idempotency-Key it tells repetitions.',
  },
  {
    name: 'Letopis-Actor',
    in: 'header',
    schema: { type: 'string', pattern: '^import:[A-Za-z0-9_-]{1,64}$' },
    description: 'Roles service and admin: on behalf of an import.',
  },
];

const answered = (description: string) => ({
  description,
  headers: {
    ETag: { schema: { type: 'string' }, description: 'Revision of the record' },
    Location: { schema: { type: 'string' }, description: 'Address of the record' },
  },
  content: { 'application/json': { schema: { $ref: '#/components/schemas/CommandAnswer' } } },
});

export const commandOperations = (
  catalogue: readonly CommandDefinition[],
  bodies: Readonly<Record<string, Schema>>,
): readonly Operation[] =>
  catalogue.map((definition) => {
    const schema = requestSchema(definition, bodies);
    return {
      path: openApiPath(definition.path),
      method: 'post',
      operation: {
        operationId: definition.name,
        summary: definition.summary,
        description: `Roles: ${definition.roles.join(', ')}.`,
        tags: [tags[definition.target]],
        parameters: [...pathParameters(definition.path).map(pathParameter), ...headers],
        requestBody: { required: true, content: { 'application/json': { schema, example: exampleOf(schema, bodies) } } },
        responses: {
          ...(definition.generatedId === undefined ? { 200: answered('Done') } : { 200: answered('Done before'), 201: answered('Done') }),
          ...commonProblems,
          409: problemResponse('The record is in another state'),
          412: problemResponse('The record has changed since'),
          413: problemResponse('The body is too large'),
          415: problemResponse('The body is not JSON'),
          422: problemResponse('The body does not fit, or contradicts a rule'),
        },
      },
    };
  });

const targets = new Set<string>(Object.values(targetMember));

export const pathParameter = (name: string) => ({
  name,
  in: 'path',
  required: true,
  schema: { type: 'string', ...(targets.has(name) && { pattern: '^[A-Za-z0-9_-]{1,64}$' }) },
});
