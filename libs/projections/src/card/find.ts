import { encodeCursor } from '#read-models/cursor.js';
import type { Conditions, FindQuery, Page, StoredDocument } from '#read-models/read-model-store.js';
import { openWorkOf } from '#relationship/access.js';
import type { Described } from '../answer-schema.js';
import { countPresent, findPresent, meets } from '../present.js';
import { type AnswerTimes, answering, documentAt, InvalidParameter } from '../reading.js';
import { curatorAt } from '../shared/assignments.js';
import type { QueryContext, TimeTravel } from '../view-reader.js';
import type { foundCustomersSchema } from './answer-schema.js';
import { detailsOf } from './details.js';
import type { CardDocument } from './document.js';
import { countryOf, foldName, normalisedIdentifier, possibleIdentifiers } from './normalise.js';
import { cardProjection, fieldsOf, type IdentifierRow, type WorkRow } from './projection.js';

/** What the list is sorted by; who has none of it comes before all others. */
const sorts = { name: 'displayName', registeredAt: 'registeredAt', lastContactAt: 'lastContactAt' } as const;
export type CustomerSort = keyof typeof sorts;
export const customerSorts = Object.keys(sorts) as readonly CustomerSort[];

export interface FindCustomersParams extends TimeTravel {
  /** Ids separated by commas, of whatever status. */
  readonly customerId?: string;
  /** A part of the displayed name; see `foldName`. */
  readonly name?: string;
  /** The whole of an e-mail address, phone number, handle or external id. */
  readonly identifier?: string;
  /** Kind of the identifier; any kind when absent. */
  readonly identifierKind?: string;
  /** The curator last assigned, or any of several; null: none. Not with `asOf`. */
  readonly curatorId?: string | readonly (string | null)[];
  /** Only those whom this curator has now, or any of several, whatever `asOf`: others may not be seen any more by whoever asks. */
  readonly portfolioOf?: string | readonly (string | null)[];
  /** To whom open work with the customer was given by name, whoever is responsible for the customer. */
  readonly workOf?: string;
  readonly role?: string;
  readonly kind?: string;
  readonly segment?: string;
  /** `active` unless said otherwise; an identifier finds merged records too, and says into what they were merged. */
  readonly status?: 'active' | 'merged' | 'erased' | 'unknown';
  /** First and last instants, inclusive. */
  readonly registeredFrom?: string;
  readonly registeredTo?: string;
  readonly lastContactFrom?: string;
  readonly lastContactTo?: string;
  /** Whether there was ever a contact. */
  readonly contacted?: boolean;
  /** `name` when absent. */
  readonly sort?: CustomerSort;
  /** `asc` when absent. */
  readonly direction?: 'asc' | 'desc';
  /** Whether to count all pages. */
  readonly total?: boolean;
  /** 1 to 1000; 100 when absent. */
  readonly limit?: number;
  readonly cursor?: string;
}

export type FoundCustomers = AnswerTimes & Described<typeof foundCustomersSchema> & { readonly next?: string };
type FoundCustomer = FoundCustomers['customers'][number];

type Found = Pick<FoundCustomers, 'customers' | 'next' | 'total'>;

/**
 * As things are now; `asOf` leaves out those who registered later.
 * @throws InvalidParameter for what cannot be combined
 */
export const findCustomers = async (given: QueryContext, params: FindCustomersParams): Promise<FoundCustomers> => {
  rejectCombinations(params);
  const { context, times } = answering(given, params);
  const found =
    params.customerId !== undefined
      ? withIds
      : params.workOf !== undefined
        ? withWorkOf
        : params.identifier !== undefined
          ? byIdentifier
          : listed;
  return { ...times, ...(await found(context, params, times.asOf)) };
};

async function listed(context: QueryContext, params: FindCustomersParams, asOf: string): Promise<Found> {
  const { sort = 'name', direction = 'asc', limit, cursor } = params;
  const conditions = conditionsOf({ status: 'active', ...params }, asOf);
  const query: FindQuery = {
    ...conditions,
    sort: { field: sorts[sort], direction },
    ...(limit !== undefined && { limit }),
    ...(cursor !== undefined && { cursor }),
  };
  const [{ documents, next }, total] = await Promise.all([
    findCards(context, query),
    params.total ? countPresent(readsOf(context), conditions, context.now, presentCard(context)) : undefined,
  ]);
  return { ...(total !== undefined && { total }), customers: documents.map((each) => found(each, asOf)), ...(next && { next }) };
}

const equal = ['status', 'curatorId', 'role', 'kind', 'segment'] as const;

function conditionsOf(params: FindCustomersParams, asOf: string): Conditions {
  const name = params.name === undefined ? undefined : foldName(params.name);
  if (name === '') throw new InvalidParameter('name', 'must have a letter or a digit');
  const { registeredFrom, registeredTo, lastContactFrom, lastContactTo, contacted } = params;
  const registeredUntil = [registeredTo, params.asOf && asOf].filter((each) => each !== undefined).sort()[0];
  const registeredAt = { ...(registeredFrom && { gte: registeredFrom }), ...(registeredUntil && { lte: registeredUntil }) };
  const lastContactAt = {
    ...((lastContactFrom || contacted) && { gte: lastContactFrom ?? '' }),
    ...(lastContactTo && { lte: lastContactTo }),
  };
  return {
    where: {
      ...Object.fromEntries(equal.flatMap((field) => (params[field] === undefined ? [] : [[field, params[field]]]))),
      ...(params.curatorId === undefined && params.portfolioOf !== undefined && { curatorId: params.portfolioOf }),
      ...(contacted === false && { lastContactAt: null }),
    },
    range: {
      ...(Object.keys(registeredAt).length > 0 && { registeredAt }),
      ...(Object.keys(lastContactAt).length > 0 && { lastContactAt }),
    },
    ...(name !== undefined && { contains: { displayName: name } }),
  };
}

/** What finds customers otherwise than by going through the list, and what it does not take. */
const others = { customerId: ['limit', 'cursor'], identifier: [], workOf: [] } as const;
const ofTheList = ['sort', 'direction', 'total'] as const;

function rejectCombinations(params: FindCustomersParams): void {
  const [by, second] = (['customerId', 'identifier', 'workOf'] as const).filter((name) => params[name] !== undefined);
  if (by && second) throw new InvalidParameter(second, `cannot be combined with ${by}; send only one of them`);
  if (params.identifierKind !== undefined && params.identifier === undefined)
    throw new InvalidParameter('identifierKind', 'requires identifier');
  // Who had a customer then is looked up for whom is found, and cannot be searched for.
  if (params.curatorId !== undefined && params.asOf !== undefined)
    throw new InvalidParameter(
      'asOf',
      'cannot be combined with curatorId, which is the curator last assigned; the portfolio at an instant is in /views/desk?curatorId=…&asOf=…',
    );
  const { contacted, lastContactFrom, lastContactTo } = params;
  if (contacted === false && (lastContactFrom ?? lastContactTo) !== undefined)
    throw new InvalidParameter('contacted', 'must be true or absent with lastContactFrom or lastContactTo');
  for (const parameter of by ? [...others[by], ...ofTheList] : [])
    if (params[parameter] !== undefined) throw new InvalidParameter(parameter, `cannot be combined with ${by}`);
}

/** By id. A page may hold fewer than `limit` although there is a next one. */
async function withWorkOf(context: QueryContext, params: FindCustomersParams, asOf: string): Promise<Found> {
  const { workOf = '', limit = 100, cursor } = params;
  const { documents, next } = await context.reader.rows<WorkRow>('card', {
    where: { workOf },
    limit,
    ...(cursor !== undefined && { cursor }),
  });
  const cards = await cardsOf(
    context,
    documents.map(({ body }) => body.customerId),
  );
  const working = cards.filter(({ body }) => openWorkOf(body.access, workOf, context.now).length > 0);
  return { customers: matching(working, { status: 'active', ...params }, asOf), ...(next && { next }) };
}

/** By id. A page may hold fewer than `limit` although there is a next one: a customer may have had the identifier several times. */
async function byIdentifier(context: QueryContext, params: FindCustomersParams, asOf: string): Promise<Found> {
  const { identifier = '', identifierKind, limit = 100, cursor } = params;
  const country = countryOf(context.policies);
  const possible =
    identifierKind === undefined ? possibleIdentifiers(identifier, country) : [normalisedIdentifier(identifierKind, identifier, country)];
  const value = possible.filter((each) => each !== '');
  const where = { value, ...(identifierKind && { identifierKind }) };
  const { documents, next } = await context.reader.rows<IdentifierRow>('card', { where, limit, ...(cursor !== undefined && { cursor }) });
  // The digits of a text are no identifier but of a phone.
  const isIt = ({ kind, value }: IdentifierRow) =>
    normalisedIdentifier(kind, value, country) === normalisedIdentifier(kind, identifier, country);
  const present = documents.filter(({ body }) => body.since <= context.now && context.now < body.to && isIt(body));
  const cards = await cardsOf(context, [...new Set(present.map(({ body }) => body.customerId))]);
  const last = documents.at(-1)?.body.customerId;
  // Behind all rows of the last customer, who is on this page.
  const place = `${last}|\u{10ffff}`;
  return { customers: matching(cards, params, asOf), ...(next && { next: encodeCursor({ where }, { sort: place, key: place }) }) };
}

async function withIds(context: QueryContext, params: FindCustomersParams, asOf: string): Promise<Found> {
  return { customers: matching(await cardsOf(context, params.customerId?.split(',') ?? []), params, asOf) };
}

async function cardsOf(context: QueryContext, ids: readonly string[]): Promise<readonly StoredDocument<CardDocument>[]> {
  const cards: StoredDocument<CardDocument>[] = [];
  if (ids.length === 0) return cards;
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const page = await findCards(context, { where: { key: ids }, limit: ids.length, ...(cursor !== undefined && { cursor }) });
    cards.push(...page.documents);
    cursor = page.next;
  }
  return cards;
}

function matching(cards: readonly StoredDocument<CardDocument>[], params: FindCustomersParams, asOf: string): readonly FoundCustomer[] {
  const conditions = conditionsOf(params, asOf);
  return cards.filter((each) => meets(each, conditions)).map((each) => found(each, asOf));
}

const readsOf = ({ reader }: QueryContext) => ({
  find: (query: FindQuery) => reader.documents<CardDocument>('card', query),
  count: (conditions: Conditions) => reader.count('card', 'documents', conditions),
});

const presentCard = (context: QueryContext) => async (stored: StoredDocument<CardDocument>) => {
  const body = await documentAt(context, cardProjection, stored.key, {});
  return body && { ...stored, body, fields: fieldsOf(body) };
};

/** Customers by what they are found by now. */
export const findCards = (context: QueryContext, query: FindQuery): Promise<Page<CardDocument>> =>
  findPresent(readsOf(context).find, query, context.now, presentCard(context));

function found({ key, fields, body }: StoredDocument<CardDocument>, asOf: string): FoundCustomer {
  const text = (field: string) => (fields[field] ?? null) as string | null;
  return {
    customerId: key,
    displayName: detailsOf(body).displayName ?? null,
    kind: text('kind'),
    role: text('role'),
    segment: text('segment'),
    status: text('status') ?? 'unknown',
    mergedInto: text('mergedInto'),
    curatorId: curatorAt(body, asOf) ?? null,
    registeredAt: text('registeredAt'),
    lastContactAt: text('lastContactAt'),
  };
}
