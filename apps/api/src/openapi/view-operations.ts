import { CSV, csvParameters } from '../csv/csv-pages.js';
import { csvTables } from '../csv/csv-tables.js';
import type { Parameters } from '../edge/query.js';
import { REASON } from '../edge/shown-customers.js';
import { position } from '../feeds/log-parameters.js';
import { isOfOneCustomer, showsCustomers, type ViewDefinition } from '../views/view-definition.js';
import { pathParameter } from './command-operations.js';
import { type Operation, openTo } from './operation.js';
import { openApiPath, pathParameters } from './path-parameters.js';
import { commonProblems, customerProblems, jsonResponse } from './schemas.js';

/** The first part of the path is the tag. */
const tagOf = (path: string): string => path.split('/')[1] as string;

const minPosition = {
  name: 'Min-Position',
  in: 'header',
  schema: position.schema,
  description: 'Wait at most 2 s until the view has reached this position of a command.',
};

/** Of what is recorded in the access log. */
export const reason = {
  name: 'Letopis-Reason',
  in: 'header',
  schema: { type: 'string', pattern: REASON },
  description:
    'Why the data are read: a code or the number of a ticket, stored in the access log. Required of the roles that the policy `access-log` names.',
};

export const link = {
  schema: { type: 'string' },
  description: '`<address>; rel="next"` where there is another page; one page may hold fewer than `limit` although there is',
};

export const queryParameters = (parameters: Parameters) =>
  Object.entries(parameters).map(([name, { schema, description, required, requiredOf }]) => ({
    ...{ name, in: 'query', ...(required && { required }), schema, description },
    // OpenAPI does not know who asks.
    ...(requiredOf && { 'x-required-of': requiredOf }),
  }));

const rejectedBy = ({ rejected = {} }: ViewDefinition): readonly string[] =>
  Object.entries(rejected).map(([name, why]) => `Takes no \`${name}\`: ${why}.`);

const withCsv = (definition: ViewDefinition, response: ReturnType<typeof jsonResponse>) => {
  const tables = csvTables(definition);
  if (tables.length === 0) return response;
  const columns = Object.fromEntries(tables.map(({ name, header }) => [name, header]));
  const schema = { type: 'string', description: 'Columns by `table`: `x-columns`. Without `limit` the whole list.', 'x-columns': columns };
  return { ...response, content: { ...response.content, [CSV]: { schema } } };
};

const withPage = ({ page }: ViewDefinition, response: ReturnType<typeof jsonResponse>) =>
  page ? { ...response, content: { ...response.content, 'text/html': { schema: { type: 'string' } } } } : response;

export const viewOperations = (catalogue: readonly ViewDefinition[]): readonly Operation[] =>
  catalogue.map((definition) => ({
    path: openApiPath(definition.path),
    method: 'get',
    operation: {
      operationId: definition.name,
      summary: definition.summary,
      description: [openTo(definition.roles), ...rejectedBy(definition)].join(' '),
      tags: [tagOf(definition.path)],
      parameters: [
        ...pathParameters(definition.path).map(pathParameter),
        ...queryParameters({ ...definition.parameters, ...csvParameters(definition) }),
        ...(showsCustomers(definition) ? [reason] : []),
        ...(typeof definition.reads === 'function' || definition.reads.length > 0 ? [minPosition] : []),
      ],
      responses: {
        200: {
          ...withPage(definition, withCsv(definition, jsonResponse('The view', definition.answers))),
          ...('cursor' in definition.parameters && { headers: { Link: link } }),
        },
        ...(isOfOneCustomer(definition) ? customerProblems : commonProblems),
      },
    },
  }));
