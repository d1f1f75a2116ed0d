import { aggregates, type CatalogueEntry, type IdSchema } from '#relationship';
import { requestSchema, type Schema } from './body-schemas.js';
import { exampleOf } from './example.js';
import { type Operation, openTo } from './operation.js';
import { openApiPath, pathParameters } from './path-parameters.js';
import { commandAnswerSchema, commandProblems, jsonResponse } from './schemas.js';

const idempotency = [
  'Allows safe retries: the same key with the same body returns the first answer again (`replayed: true`) and changes nothing, whatever others',
  'did in between, also where the command changed nothing (`events: []`). With another body, or for another record, it is rejected.',
  'A rejection is not stored: a retry of a rejected command is decided again.',
].join(' ');

const headers = [
  { name: 'Idempotency-Key', in: 'header', schema: { type: 'string', maxLength: 200 }, description: idempotency },
  // No examples here: the page would fill them in, and reject or repeat what is tried there.
  { name: 'If-Match', in: 'header', schema: { type: 'string' }, description: 'The ETag that the client received, such as `"3"`.' },
  {
    name: 'Letopis-Source',
    in: 'header',
    schema: { type: 'string' },
    description:
      '`<system>/<id>`, the origin of the event, such as `crm/4711`; without an Idempotency-Key it identifies repetitions, for a customer among the own ones.',
  },
  {
    name: 'Letopis-Actor',
    in: 'header',
    schema: { type: 'string', pattern: '^import:[A-Za-z0-9_-]{1,64}$' },
    description: 'Roles service and admin: on behalf of an import.',
  },
];

const answered = (description: string) => ({
  ...jsonResponse(description, commandAnswerSchema),
  headers: {
    ETag: { schema: { type: 'string' }, description: 'Revision of the record' },
    Location: { schema: { type: 'string' }, description: 'Address of the record' },
  },
});

export const commandOperations = (catalogue: readonly CatalogueEntry[], bodies: Readonly<Record<string, Schema>>): readonly Operation[] =>
  catalogue.map((definition) => {
    const schema = requestSchema(definition, bodies);
    return {
      path: openApiPath(definition.path),
      method: 'post',
      operation: {
        operationId: definition.name,
        summary: definition.summary,
        description: `${openTo(definition.roles)}\n\nRejection codes: ${definition.rejections.map((code) => `\`${code}\``).join(', ')}.`,
        'x-rejection-codes': definition.rejections,
        tags: [definition.aggregate.tag.name],
        parameters: [...pathParameters(definition.path).map(pathParameter), ...headers],
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: { ...schema, title: typeName(definition.name) },
              example: exampleOf(schema, bodies, definition.name),
            },
          },
        },
        responses: {
          ...(definition.unfinished && { 202: answered('In progress; `Location` reports the progress') }),
          ...(definition.generatedId === undefined ? { 200: answered('Done') } : { 200: answered('Done before'), 201: answered('Done') }),
          ...commandProblems,
        },
      },
    };
  });

/** What is sent with `record-contact` is a `RecordContactBody` to a generated client. */
const typeName = (command: string) => `${command.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase())}Body`;

const idSchemas: ReadonlyMap<string, IdSchema> = new Map(aggregates.map(({ idMember, idSchema }) => [idMember, idSchema]));

export const pathParameter = (name: string) => ({
  name,
  in: 'path',
  required: true,
  schema: idSchemas.get(name) ?? { type: 'string' },
});
