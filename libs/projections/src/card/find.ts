import type { FindQuery, Page, StoredDocument } from '#read-models';
import { openWorkOf } from '#relationship/access.js';
import { findPresent } from '../present.js';
import { type AnswerTimes, answering, documentAt, InvalidParameter } from '../reading.js';
import { curatorAt } from '../shared/assignments.js';
import type { QueryContext, TimeTravel } from '../view-reader.js';
import { detailsOf } from './details.js';
import type { CardDocument } from './document.js';
import { foldName, normalisedIdentifier, possibleIdentifiers } from './normalise.js';
import { cardProjection, fieldsOf, type IdentifierRow, type WorkRow } from './projection.js';

export interface FindCustomersParams extends TimeTravel {
  /** Ids separated by commas, of whatever status. */
  readonly customerId?: string;
  /** The beginning of the displayed name, in any case. */
  readonly name?: string;
  /** The whole of an e-mail address, phone number, handle or external id. */
  readonly identifier?: string;
  /** Kind of the identifier; any kind when absent. */
  readonly identifierKind?: string;
  /** The curator last assigned, or any of several; null: none. */
  readonly curatorId?: string | readonly (string | null)[];
  /** To whom open work with the customer was given by name, whoever is responsible for the customer. */
  readonly workOf?: string;
  readonly role?: string;
  readonly kind?: string;
  readonly segment?: string;
  /** `active` unless said otherwise; an identifier finds merged records too, and says into what they were merged. */
  readonly status?: 'active' | 'merged' | 'erased' | 'unknown';
  /** 1 to 1000; 100 when absent. */
  readonly limit?: number;
  readonly cursor?: string;
}

export interface FoundCustomer {
  readonly customerId: string;
  readonly displayName: string | null;
  readonly kind: string | null;
  readonly role: string | null;
  readonly segment: string | null;
  readonly status: string;
  /** Where to go on: the surviving customer. */
  readonly mergedInto: string | null;
  readonly curatorId: string | null;
  readonly registeredAt: string | null;
  readonly lastContactAt: string | null;
}

export interface FoundCustomers extends AnswerTimes {
  readonly customers: readonly FoundCustomer[];
  readonly next?: string;
}

/**
 * By name, as things are now; `asOf` leaves out those who registered later.
 * @throws InvalidParameter for what cannot be combined
 */
export const findCustomers = async (given: QueryContext, params: FindCustomersParams): Promise<FoundCustomers> => {
  rejectCombinations(params);
  const { context, times } = answering(given, params);
  if (params.customerId !== undefined)
    return { ...times, customers: await withIds(context, params.customerId.split(','), params, times.asOf) };
  if (params.workOf !== undefined) return { ...times, ...(await withWorkOf(context, params.workOf, params, times.asOf)) };
  if (params.identifier !== undefined) return { ...times, customers: await byIdentifier(context, params, times.asOf) };

  const { name, status = 'active', curatorId, role, kind, segment, limit, cursor, asOf } = params;
  const prefix = name === undefined ? '' : foldName(name);
  const query: FindQuery = {
    where: {
      status,
      ...(curatorId !== undefined && { curatorId }),
      ...(role && { role }),
      ...(kind && { kind }),
      ...(segment && { segment }),
    },
    range: {
      ...(prefix && { displayName: { gte: prefix, lt: `${prefix}\u{10ffff}` } }),
      ...(asOf && { registeredAt: { lte: times.asOf } }),
    },
    sort: { field: 'displayName', direction: 'asc' },
    ...(limit !== undefined && { limit }),
    ...(cursor !== undefined && { cursor }),
  };
  const page = await findCards(context, query);
  return { ...times, customers: page.documents.map((each) => found(each, times.asOf)), ...(page.next && { next: page.next }) };
};

function rejectCombinations({ customerId, identifier, identifierKind, workOf, limit, cursor }: FindCustomersParams): void {
  for (const [parameter, value] of Object.entries({ customerId, identifier }))
    if (value !== undefined && workOf !== undefined)
      throw new InvalidParameter(parameter, 'cannot be combined with workOf; send only one of them');
  if (customerId !== undefined && identifier !== undefined)
    throw new InvalidParameter('identifier', 'cannot be combined with customerId; send only one of them');
  if (identifierKind !== undefined && identifier === undefined) throw new InvalidParameter('identifierKind', 'requires identifier');
  const by = customerId !== undefined ? 'customerId' : 'identifier';
  for (const [parameter, value] of Object.entries({ limit, cursor }))
    if (value !== undefined && (customerId !== undefined || identifier !== undefined))
      throw new InvalidParameter(parameter, `cannot be combined with ${by}, which has a single page`);
}

/** By id. A page may hold fewer than `limit` although there is a next one. */
async function withWorkOf(
  context: QueryContext,
  workOf: string,
  params: FindCustomersParams,
  asOf: string,
): Promise<Pick<FoundCustomers, 'customers' | 'next'>> {
  const { limit = 100, cursor } = params;
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

async function byIdentifier(context: QueryContext, params: FindCustomersParams, asOf: string): Promise<readonly FoundCustomer[]> {
  const { identifier = '', identifierKind } = params;
  const value = identifierKind === undefined ? possibleIdentifiers(identifier) : [normalisedIdentifier(identifierKind, identifier)];
  const rows = await context.reader.rows<IdentifierRow>('card', {
    where: { value, ...(identifierKind && { identifierKind }) },
    limit: 100,
  });
  const present = rows.documents.filter(({ body: { since, to } }) => since <= context.now && context.now < to);
  return withIds(context, [...new Set(present.map(({ body }) => body.customerId))], params, asOf);
}

async function withIds(
  context: QueryContext,
  ids: readonly string[],
  params: FindCustomersParams,
  asOf: string,
): Promise<readonly FoundCustomer[]> {
  return matching(await cardsOf(context, ids), params, asOf);
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
  const wanted = (['status', 'curatorId', 'role', 'kind', 'segment'] as const).filter((field) => params[field] !== undefined);
  const prefix = foldName(params.name ?? '');
  return cards
    .filter(({ fields }) => wanted.every((field) => [params[field]].flat().includes((fields[field] ?? null) as string | null)))
    .filter(({ fields }) => String(fields.displayName ?? '').startsWith(prefix))
    .filter(({ fields }) => params.asOf === undefined || String(fields.registeredAt ?? '\u{10ffff}') <= asOf)
    .map((each) => found(each, asOf));
}

/** Customers by what they are found by now. */
export const findCards = (context: QueryContext, query: FindQuery): Promise<Page<CardDocument>> =>
  findPresent<CardDocument>(
    (each) => context.reader.documents('card', each),
    query,
    context.now,
    async (stored) => {
      const body = await documentAt(context, cardProjection, stored.key, {});
      return body && { ...stored, body, fields: fieldsOf(body) };
    },
  );

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
