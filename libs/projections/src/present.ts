import { decodeCursor, encodeCursor } from '#read-models/cursor.js';
import { compareScalars } from '#read-models/order.js';
import type { Conditions, FindQuery, Page, Range, Scalar, StoredDocument } from '#read-models/read-model-store.js';

type Find<Body> = (query: FindQuery) => Promise<Page<Body>>;

/**
 * The field that a view stores beside what it searches by: until when that says what will be, for events dated ahead of their recording.
 * Null for nearly all.
 */
export const AHEAD = 'aheadUntil';

/** Those that do not say yet what is now: a handful at most, of the last minutes. */
export const stillAhead = async <Body>(find: Find<Body>, now: string): Promise<readonly StoredDocument<Body>[]> => {
  const found: StoredDocument<Body>[] = [];
  let cursor: string | undefined;
  do {
    const page = await find({ range: { [AHEAD]: { gt: now } }, limit: 1000, ...(cursor !== undefined && { cursor }) });
    found.push(...page.documents);
    cursor = page.next;
  } while (cursor !== undefined);
  return found;
};

/**
 * A page of what is so now. `presentOf` answers a document that does not say so yet as it is now, or undefined where there is none. A page may
 * hold fewer than `limit` although there is a next one.
 */
export const findPresent = async <Body>(
  find: Find<Body>,
  { cursor, ...query }: FindQuery,
  now: string,
  presentOf: (ahead: StoredDocument<Body>) => Promise<StoredDocument<Body> | undefined>,
): Promise<Page<Body>> => {
  const [page, ahead] = await Promise.all([find({ ...query, ...(cursor !== undefined && { cursor }) }), stillAhead(find, now)]);
  if (ahead.length === 0) return page;
  const { documents, next } = page;
  const after = cursor === undefined ? undefined : decodeCursor(query, cursor);
  const upTo = next === undefined ? undefined : placeOf(documents.at(-1)!, query);
  const present = (await Promise.all(ahead.map(presentOf))).filter((each) => each !== undefined && meets(each, query));
  const within = (present as StoredDocument<Body>[]).filter((each) => {
    const place = placeOf(each, query);
    return (after === undefined || compare(after, place, query) < 0) && (upTo === undefined || compare(place, upTo, query) <= 0);
  });
  const others = documents.filter(({ fields }) => !((fields[AHEAD] ?? '') > now));
  const all = [...others, ...within].sort((one, other) => compare(placeOf(one, query), placeOf(other, query), query));
  const { limit = 100 } = query;
  if (all.length <= limit) return { documents: all, ...(next !== undefined && { next }) };
  return { documents: all.slice(0, limit), next: encodeCursor(query, placeOf(all[limit - 1]!, query)) };
};

/** How many `findPresent` would find. */
export const countPresent = async <Body>(
  { find, count }: { readonly find: Find<Body>; readonly count: (conditions: Conditions) => Promise<number> },
  conditions: Conditions,
  now: string,
  presentOf: (ahead: StoredDocument<Body>) => Promise<StoredDocument<Body> | undefined>,
): Promise<number> => {
  const [stored, ahead] = await Promise.all([count(conditions), stillAhead(find, now)]);
  const matching = (documents: readonly (StoredDocument<Body> | undefined)[]) =>
    documents.filter((each) => each !== undefined && meets(each, conditions)).length;
  return stored - matching(ahead) + matching(await Promise.all(ahead.map(presentOf)));
};

const scalarOf = ({ key, fields }: Pick<StoredDocument, 'key' | 'fields'>, field: string): Scalar =>
  field === 'key' ? key : (fields[field] ?? null);

const placeOf = (document: StoredDocument, { sort }: FindQuery) => ({ sort: scalarOf(document, sort?.field ?? 'key'), key: document.key });

const compare = (one: ReturnType<typeof placeOf>, other: ReturnType<typeof placeOf>, { sort }: FindQuery): number =>
  (compareScalars(one.sort, other.sort) || compareScalars(one.key, other.key)) * (sort?.direction === 'desc' ? -1 : 1);

export const meets = (document: Pick<StoredDocument, 'key' | 'fields'>, { where = {}, range = {}, contains = {} }: Conditions): boolean =>
  Object.entries(where).every(([field, asked]) => [asked].flat().includes(scalarOf(document, field))) &&
  Object.entries(range).every(([field, bounds]) => isWithin(scalarOf(document, field), bounds)) &&
  Object.entries(contains).every(([field, text]) => hasText(scalarOf(document, field), text));

const hasText = (value: Scalar, text: string): boolean => typeof value === 'string' && value.includes(text);

const isWithin = (value: Scalar, { gt, gte, lt, lte }: Range): boolean =>
  value !== null &&
  (gt === undefined || compareScalars(value, gt) > 0) &&
  (gte === undefined || compareScalars(value, gte) >= 0) &&
  (lt === undefined || compareScalars(value, lt) < 0) &&
  (lte === undefined || compareScalars(value, lte) <= 0);
