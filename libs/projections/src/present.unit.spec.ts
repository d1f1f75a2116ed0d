import fc from 'fast-check';
import { ORIGIN } from '#event-log/event-log.js';
import { decodeCursor, encodeCursor } from '#read-models/cursor.js';
import type { Conditions, FindQuery, Page, StoredDocument } from '#read-models/read-model-store.js';
import { AHEAD, countPresent, findPresent, meets, stillAhead } from './present.js';

const NOW = '2026-01-10T00:00:00.000Z';
const LATER = '2026-01-10T00:03:00.000Z';

type Fields = { readonly n: number | null; readonly kind: string };
interface Known {
  readonly key: string;
  readonly stored: Fields;
  /** What it is now, where that is not what is stored; undefined: it is not there yet. */
  readonly now: { readonly fields: Fields | undefined; readonly until: string } | null;
}

const document = (key: string, fields: Fields, until: string | null): StoredDocument<string> => ({
  key,
  fields: { ...fields, [AHEAD]: until },
  body: key,
  position: ORIGIN,
});
/** Nulls first, then numbers, then the key. */
const place = ({ key, fields }: StoredDocument<string>) => [fields.n === null ? -1 : (fields.n as number), key] as const;
const inOrder = (one: StoredDocument<string>, other: StoredDocument<string>) => {
  const [[n, key], [m, id]] = [place(one), place(other)];
  return n - m || (key < id ? -1 : key > id ? 1 : 0);
};

/** A store of few documents, in pages of at most three. */
const storeOf = (all: readonly Known[]) => {
  const documents = all.map(({ key, stored, now }) => document(key, stored, now?.until ?? null));
  const find = async ({ cursor, ...query }: FindQuery): Promise<Page<string>> => {
    const sign = query.sort?.direction === 'desc' ? -1 : 1;
    const found = documents.filter((each) => matches(each, query)).sort((one, other) => sign * inOrder(one, other));
    const after = cursor === undefined ? undefined : decodeCursor(query, cursor);
    const begun = (each: StoredDocument<string>) =>
      after !== undefined && sign * inOrder(each, document(after.key, { n: after.sort as number | null, kind: '' }, null)) <= 0;
    const start = found.filter(begun).length;
    const page = found.slice(start, start + Math.min(3, query.limit ?? 3));
    const last = page.at(-1);
    const more = last && found.length > start + page.length;
    return { documents: page, ...(more && { next: encodeCursor(query, { sort: last.fields.n!, key: last.key }) }) };
  };
  return { find, count: async (conditions: Conditions) => documents.filter((each) => matches(each, conditions)).length };
};
const matches = ({ fields }: StoredDocument<string>, { where = {}, range = {} }: Conditions): boolean => {
  const [least, until] = [range.n?.gte ?? -1, range[AHEAD]?.gt ?? ''];
  return (
    (where.kind === undefined || fields.kind === where.kind) &&
    (range.n === undefined || (fields.n !== null && fields.n! >= least)) &&
    (range[AHEAD] === undefined || (fields[AHEAD] !== null && fields[AHEAD]! > until))
  );
};

describe('what is so now', () => {
  const fields = fc.record({ n: fc.option(fc.nat(4)), kind: fc.constantFrom('a', 'b') });
  const known = fc
    .array(
      fc.record({
        stored: fields,
        now: fc.option(fc.record({ fields: fc.option(fields, { nil: undefined }), until: fc.constantFrom(NOW, LATER) })),
      }),
      {
        maxLength: 12,
      },
    )
    .map((all) => all.map((each, n): Known => ({ key: `k${String(n).padStart(2, '0')}`, ...each })));
  const query = fc.record({
    where: fc.constantFrom<NonNullable<Conditions['where']>>({}, { kind: 'a' }),
    range: fc.constantFrom<NonNullable<Conditions['range']>>({}, { n: { gte: 2 } }),
    sort: fc.constantFrom({ field: 'n', direction: 'asc' } as const, { field: 'n', direction: 'desc' } as const),
  });
  const presentIn = (all: readonly Known[]) => async (ahead: StoredDocument<string>) => {
    const { now } = all.find(({ key }) => key === ahead.key)!;
    return now?.fields && document(ahead.key, now.fields, now.until);
  };

  it('is found page by page in order, none twice and none left out, whatever is stored ahead', async () => {
    await fc.assert(
      fc.asyncProperty(known, query, fc.integer({ min: 1, max: 3 }), async (all, asked, limit) => {
        const sign = asked.sort.direction === 'desc' ? -1 : 1;
        // Only what is stored until later than now is not so yet.
        const expected = all
          .flatMap(({ key, stored, now }) =>
            now && now.until > NOW
              ? now.fields
                ? [document(key, now.fields, now.until)]
                : []
              : [document(key, stored, now?.until ?? null)],
          )
          .filter((each) => matches(each, asked))
          .sort((one, other) => sign * inOrder(one, other));
        const store = storeOf(all);
        const found: StoredDocument<string>[] = [];
        let cursor: string | undefined;
        do {
          const page = await findPresent(store.find, { ...asked, limit, ...(cursor && { cursor }) }, NOW, presentIn(all));
          expect(page.documents.length).toBeLessThanOrEqual(limit);
          found.push(...page.documents);
          cursor = page.next;
        } while (cursor);
        expect(found).toEqual(expected);
        expect(await countPresent(store, asked, NOW, presentIn(all))).toBe(expected.length);
      }),
    );
  });

  it('is not yet what is stored until later, however many they are', async () => {
    const all = Array.from(
      { length: 8 },
      (_, n): Known => ({
        key: `k${n}`,
        stored: { n, kind: 'a' },
        now: n === 4 ? null : { fields: undefined, until: n === 5 ? NOW : LATER },
      }),
    );
    expect((await stillAhead(storeOf(all).find, NOW)).map(({ key }) => key)).toEqual(['k0', 'k1', 'k2', 'k3', 'k6', 'k7']);
  });
});

describe('conditions', () => {
  const found = (value: string | number | null, conditions: Conditions) => meets({ key: 'k', fields: { n: value } }, conditions);

  it('are met by a value that is asked for, and of a range within all its bounds', () => {
    expect([
      found(1, { where: { n: 1 } }),
      found(1, { where: { n: [2, 1] } }),
      found(1, { where: { n: [2] } }),
      found(null, { where: { n: null } }),
    ]).toEqual([true, true, false, true]);
    expect(meets({ key: 'k', fields: {} }, { where: { key: 'k', n: null } })).toBe(true);
    const within = (range: object) => [1, 2, 3].filter((n) => found(n, { range: { n: range } }));
    expect([within({ gt: 2 }), within({ gte: 2 }), within({ lt: 2 }), within({ lte: 2 }), within({ gt: 1, lt: 3 }), within({})]).toEqual([
      [3],
      [2, 3],
      [1],
      [1, 2],
      [2],
      [1, 2, 3],
    ]);
    expect(found(null, { range: { n: { lte: 2 } } })).toBe(false);
  });

  it('are met by a text that contains another', () => {
    expect([
      found('abc', { contains: { n: 'b' } }),
      found('abc', { contains: { n: 'd' } }),
      found(1, { contains: { n: '1' } }),
      found(null, { contains: { n: '' } }),
    ]).toEqual([true, false, false, false]);
  });
});
