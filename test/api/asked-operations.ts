import { viewNames } from '#platform';
import { commandCatalogue, policyNames } from '#relationship';
import { viewCatalogue } from '../../apps/api/src/views/catalogue.js';
import { showsCustomers } from '../../apps/api/src/views/view-definition.js';
import type { Answer } from './test-api.js';
import { questionsOf, someSeries } from './view-questions.js';

/** One operation of the OpenAPI document, and requests that ask everything of it that may show a customer. */
export interface AskedOperation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  /** For everybody, without a key. */
  readonly open: boolean;
  readonly feed: boolean;
  readonly requests: readonly Asked[];
}

export interface Asked {
  readonly address: string;
  readonly method: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Targets {
  readonly customerIds: readonly string[];
  readonly curatorIds: readonly string[];
  /** Texts that find customers: names and identifiers. */
  readonly names: readonly string[];
  readonly identifiers: readonly string[];
  readonly eventIds: readonly string[];
}

/** So that a command that gets through to its decision changes nothing: no record has this revision. */
const CHANGES_NOTHING = { 'if-match': '"999999"' };

// biome-ignore lint/suspicious/noExplicitAny: an OpenAPI document
type Document = any;

export const askedOperations = (document: Document, targets: Targets): readonly AskedOperation[] =>
  Object.entries<Document>(document.paths).flatMap(([path, methods]) =>
    Object.entries<Document>(methods).map(([method, operation]) => ({
      id: operation.operationId,
      method: method.toUpperCase(),
      path,
      open: Array.isArray(operation.security),
      feed: operation.responses[200]?.content?.['text/event-stream'] !== undefined,
      requests: requestsOf(method.toUpperCase(), path, operation, targets),
    })),
  );

const requestsOf = (method: string, path: string, operation: Document, targets: Targets): readonly Asked[] => {
  const addresses = addressesOf(method, path, targets);
  const body = operation.requestBody?.content['application/json'].example;
  if (operation.operationId === 'bulk') return bulk(path, targets);
  if (method !== 'GET') return addresses.map((address) => ({ address, method, body: body ?? {}, headers: CHANGES_NOTHING }));
  const view = viewCatalogue.find(({ name }) => name === operation.operationId);
  const questions = view
    ? [...questionsOf(view), ...aboutCustomers(view.parameters, targets)]
    : (others[operation.operationId]?.(targets) ?? [{}]);
  return addresses.flatMap((address) =>
    questions.flatMap((question) => {
      const series = address.match(/^\/views\/(\w+)\/events$/)?.[1];
      const query = new URLSearchParams({ ...question, ...(series !== undefined && { series: someSeries(series) }) });
      const asked = { address: query.size === 0 ? address : `${address}?${query}`, method };
      return view && showsCustomers(view) && !path.includes('{') ? [asked, { ...asked, headers: { accept: 'text/csv' } }] : [asked];
    }),
  );
};

const aboutCustomers = (parameters: object, { customerIds, curatorIds, names, identifiers }: Targets) =>
  Object.entries({
    customerId: [...customerIds, customerIds.join(',')],
    curatorId: curatorIds,
    workOf: curatorIds,
    name: names,
    identifier: identifiers,
  })
    .filter(([name]) => name in parameters)
    .flatMap(([name, values]) => values.map((value): Readonly<Record<string, string>> => ({ [name]: value })));

/** Of routes that come from no table. */
const others: Readonly<Record<string, (targets: Targets) => readonly Readonly<Record<string, string>>[]>> = {
  'log-page': () => [{ limit: '1000' }],
  reconcile: ({ customerIds }) => customerIds.map((customer) => ({ customer })),
};

const bulk = (path: string, { customerIds }: Targets): readonly Asked[] =>
  commandCatalogue
    .filter(({ path: of, body }) => of.startsWith('/customers/:customerId') && body.name !== '')
    .map(({ name }) => ({
      address: path,
      method: 'POST',
      // None of them is complete, so none is decided.
      body: customerIds.map((customerId) => ({ name, customerId, body: { unknownMember: 1 } })),
    }));

const addressesOf = (method: string, path: string, { customerIds, curatorIds, eventIds }: Targets): readonly string[] => {
  const values: Readonly<Record<string, readonly string[]>> = {
    customerId: customerIds,
    stream: customerIds.map((id) => `relationship-${id}`),
    // Commands on curators would change who may see what.
    curatorId: method === 'GET' ? curatorIds : ['nobody-of-that-id'],
    view: viewNames,
    policyName: method === 'GET' ? policyNames : ['ladder'],
    revision: ['0', '5'],
    eventId: eventIds,
    keyId: ['0'.repeat(16)],
    code: ['not-found'],
    importId: ['1'.repeat(32)],
    importSourceId: ['2'.repeat(32)],
  };
  let addresses = [path];
  // Other ids of linked events are the names of their members.
  for (const [, name] of path.matchAll(/\{([A-Za-z]+)\}/g))
    addresses = addresses.flatMap((address) => (values[name!] ?? [name!]).map((value) => address.replace(`{${name}}`, value)));
  return addresses;
};

/** All that an answer says, headers and what is encoded in them too. */
export const saidIn = ({ status, headers, body }: Answer): string => {
  const cursors = [...(headers.get('link') ?? '').matchAll(/cursor=([^&>]+)/g)].map(([, cursor]) =>
    Buffer.from(cursor ?? '', 'base64url').toString(),
  );
  return JSON.stringify([status, [...headers], cursors, body]);
};
