import type { ReadModelStore, StoredDocument } from '#read-models/read-model-store.js';

/**
 * Which subjects a series ever counted, so that those behind a number are found. Whoever comes to it later has an empty document of its own under
 * `<series>|<subject>`; those that a build found are stored together, many in a document, under `<series>|!<first of them>`. The exclamation
 * mark comes before all that there is in ids of subjects.
 */
export interface Contributors {
  add(series: string, subject: string): void;
  /** How many there are, of all series. */
  size(): number;
  /** One document each. */
  alone(): Iterable<ContributorDocument>;
  together(): Iterable<ContributorDocument>;
}

interface ContributorDocument {
  readonly key: string;
  readonly json: string;
}

interface TogetherBody {
  /** In order. */
  readonly customers: readonly string[];
}

const A_DOCUMENT = 1_000;

export const contributorKey = (series: string, subject: string): string => `${series}|${subject}`;

export function createContributors(): Contributors {
  const bySeries = new Map<string, string[]>();
  let size = 0;
  return {
    add(series, subject) {
      const subjects = bySeries.get(series);
      if (subjects) subjects.push(subject);
      else bySeries.set(series, [subject]);
      size++;
    },
    size: () => size,
    *alone() {
      for (const [series, subjects] of bySeries) for (const subject of subjects) yield { key: contributorKey(series, subject), json: '{}' };
    },
    *together() {
      for (const [series, subjects] of bySeries) {
        subjects.sort();
        for (let at = 0; at < subjects.length; at += A_DOCUMENT) {
          const some: TogetherBody = { customers: subjects.slice(at, at + A_DOCUMENT) };
          yield { key: contributorKey(series, `!${some.customers[0]}`), json: JSON.stringify(some) };
        }
      }
    },
  };
}

/** Subjects of a series in the order of their ids, up to `limit` of them, from the one behind `cursor` on. */
export async function readContributors(
  store: ReadModelStore,
  collection: string,
  { series, limit, cursor = '' }: { readonly series: string; readonly limit: number; readonly cursor?: string },
): Promise<{ readonly customers: readonly string[]; readonly next?: string }> {
  const start = cursor === '' ? { gte: `${series}|"` } : { gt: contributorKey(series, cursor) };
  const [alone, gathered] = await Promise.all([
    store.find(collection, { range: { key: { ...start, lt: `${series}}` } }, limit }),
    readGathered(store, collection, series, cursor, limit + 1),
  ]);
  const singles = alone.documents.map((document) => subjectIn(series, document));
  const subjects = merged(singles, gathered);
  // Beyond the last single one of the page others may follow that are not gathered.
  const known = alone.next === undefined ? subjects : subjects.filter((subject) => subject <= singles.at(-1)!);
  const page = known.slice(0, limit);
  return page.length < subjects.length || alone.next !== undefined ? { customers: page, next: page.at(-1)! } : { customers: page };
}

/** Documents of a page, so that what is read at once stays below a few megabytes. */
const DOCUMENTS_AT_ONCE = 32;

/**
 * The first so many of those who are stored together, behind a subject. Each build thread and each of its commits wrote documents of its own, so
 * any that begins before may hold some of them; those that begin behind the last one found hold none.
 */
async function readGathered(
  store: ReadModelStore,
  collection: string,
  series: string,
  cursor: string,
  count: number,
): Promise<readonly string[]> {
  let found: readonly string[] = [];
  for (let at: string | undefined, more = true; more; more = at !== undefined) {
    const page = await store.find<TogetherBody>(collection, {
      range: { key: { gte: `${series}|!`, lt: `${series}|"` } },
      limit: DOCUMENTS_AT_ONCE,
      ...(at !== undefined && { cursor: at }),
    });
    for (const { key, body } of page.documents) {
      if (found.length >= count && key.slice(series.length + 2) > found[count - 1]!) return found;
      const start = firstBehind(body.customers, cursor);
      const some = body.customers.slice(start, start + count);
      if (some.length > 0) found = merged(found, some).slice(0, count);
    }
    at = page.next;
  }
  return found;
}

/** In order. */
function firstBehind(subjects: readonly string[], cursor: string): number {
  let [low, high] = [0, subjects.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (subjects[middle]! <= cursor) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Both in order; each once. */
function merged(one: readonly string[], other: readonly string[]): readonly string[] {
  if (one.length === 0) return other;
  if (other.length === 0) return one;
  const all: string[] = [];
  for (let i = 0, j = 0; i < one.length || j < other.length; ) {
    const [a, b] = [one[i], other[j]];
    if (b === undefined || (a !== undefined && a <= b)) {
      all.push(a!);
      i++;
      if (a === b) j++;
    } else {
      all.push(b);
      j++;
    }
  }
  return all;
}

const subjectIn = (series: string, { key }: StoredDocument): string => key.slice(series.length + 1);
