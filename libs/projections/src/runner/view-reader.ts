import { ORIGIN, type Position } from '#event-log/event-log.js';
import { roughSize } from '#event-log/rough-size.js';
import { encodeCursor } from '#read-models/cursor.js';
import type { FindQuery, Page, ReadModelStore, StoredDocument } from '#read-models/read-model-store.js';
import { dayName } from '../days.js';
import type { Added, ViewReader } from '../view-reader.js';
import { readAlias } from './aliases.js';
import { assembled, isInBlocks } from './blocks.js';
import { type Build, type BuildCollections, buildName, checkpointOf, collectionsOf, partitionsOf, repairsOf } from './build.js';
import { type RebuildProgress, readProgress } from './build-progress.js';
import { createCheckpointPoll } from './checkpoint-poll.js';
import { readContributors } from './contributors.js';
import { readEntries } from './entries.js';
import type { ParkedSubject } from './parking.js';
import { readAllPages } from './read-all-pages.js';
import { readTotals } from './read-totals.js';
import type { DatedAmounts } from './sums.js';
import { type DeltasBody, keysOf } from './write-set.js';

/** This code has not built the view yet; it will. */
export class ViewNotReady extends Error {
  override readonly name = 'ViewNotReady';
  constructor(
    readonly view: string,
    /** Undefined where the build has not started, or its progress is not recorded. */
    readonly progress: Omit<RebuildProgress, 'build'> | undefined,
  ) {
    super(`the view ${view} is being built from the log by this version of Letopis`);
  }
}

/** Identities of the code that builds the views, by view; none for a view whose code has none. */
export type CodeOfViews = Readonly<Record<string, string>>;

export type StoredViewReader = ViewReader & {
  /** @throws ViewNotReady */
  collections(view: string): Promise<BuildCollections>;
};

const ALIAS_MS = 250;
/** Of the bodies that a page has from blocks: it ends before the document that would pass them, and has one at least. */
const PAGE_CHARACTERS = 4_000_000;
/** Whose blocks are read together. */
const DOCUMENTS_AT_ONCE = 10;

/**
 * A reader sees a switch within 250 ms; the build before still answers for at least so long. What other code than `code` built is
 * not read.
 */
export function createViewReader(store: ReadModelStore, code: CodeOfViews = {}): StoredViewReader {
  const known = new Map<string, { readonly build: Build; readonly until: number }>();
  const kept = new Map<string, unknown>();
  const poll = createCheckpointPoll((view) => checkpoint(view));

  async function current(view: string): Promise<Build | undefined> {
    const remembered = known.get(view);
    if (remembered && performance.now() < remembered.until) return remembered.build;
    const { current: build } = await readAlias(store, view);
    if (build?.code !== code[view]) return undefined;
    if (build) known.set(view, { build, until: performance.now() + ALIAS_MS });
    return build;
  }

  async function progressOf(view: string) {
    const { building } = await readAlias(store, view);
    const noted = building && (await readProgress(store, view, buildName(building)));
    if (!noted) return undefined;
    const { build: _, ...progress } = noted;
    return progress;
  }

  async function answering(view: string): Promise<Build> {
    const build = await current(view);
    if (!build) throw new ViewNotReady(view, await progressOf(view));
    return build;
  }
  const collections = async (view: string): Promise<BuildCollections> => collectionsOf(await answering(view));

  async function found<Body>(view: string, of: 'documents' | 'rows', query: FindQuery): Promise<Page<Body>> {
    const names = await collections(view);
    const page = await store.find<Body>(names[of], query);
    if (!page.documents.some(isInBlocks)) return page;
    const asFound = new Map(page.documents.map((each) => [each.key, each]));
    const asked = fieldsIn(query);
    /** One that changed meanwhile so that it may have left the page is not in it. */
    async function again(key: string) {
      const present = await store.get<Body>(names[of], key);
      return present && asked.every((field) => present.fields[field] === asFound.get(key)!.fields[field]) ? present : undefined;
    }
    const documents: StoredDocument<Body>[] = [];
    let characters = 0;
    for (let at = 0; at < page.documents.length; at += DOCUMENTS_AT_ONCE) {
      const some = page.documents.slice(at, at + DOCUMENTS_AT_ONCE);
      for (const each of await assembled(store, names.blocks, some, again)) {
        characters += isInBlocks(asFound.get(each.key)!) ? roughSize(each.body) : 0;
        const last = documents.at(-1);
        if (last && characters > PAGE_CHARACTERS) return { documents, next: encodeCursor(query, placeOf(query, asFound.get(last.key)!)) };
        documents.push(each);
      }
    }
    return { ...page, documents };
  }

  async function checkpoint(view: string): Promise<Position> {
    const build = await current(view);
    return build ? checkpointOf(store, build) : ORIGIN;
  }

  return {
    collections,
    checkpoint,
    async contents(view) {
      const build = await current(view);
      if (!build) return '';
      const repairs = partitionsOf(build).map((partition) => store.checkpoint(repairsOf(buildName(build, partition))));
      return [buildName(build), ...(await Promise.all(repairs))].join('|');
    },
    policies: async (view) => (await current(view))?.policies ?? {},
    async document<Document>(view: string, customerId: string) {
      const names = await collections(view);
      const stored = await store.get<Document>(names.documents, customerId);
      return stored && (await assembled(store, names.blocks, [stored], (key) => store.get<Document>(names.documents, key)))[0];
    },
    documents: (view, query) => found(view, 'documents', query),
    count: async (view, of, conditions) => store.count((await collections(view))[of], conditions),
    rows: (view, query) => found(view, 'rows', query),
    entries: async (view, query) => readEntries(store, (await collections(view)).entries, query),
    totals: async (view, query) => readTotals(store, await answering(view), query),
    contributors: async (view, query) => readContributors(store, (await collections(view)).contributors, query),
    async added(view, customerId, series) {
      const { deltas } = await collections(view);
      const changes = await readAllPages<DeltasBody>(store, deltas, { range: { key: keysOf(customerId) } });
      return changes.flatMap(({ body }) => addedIn(Object.hasOwn(body, series) ? body[series]! : []));
    },
    async parked(view, customerId) {
      const build = await current(view);
      return build && (await store.get<ParkedSubject>(collectionsOf(build).parked, customerId))?.body;
    },
    waitFor: async (view, position, timeoutMs) => (await checkpoint(view)) >= position || poll.reached(view, position, timeoutMs),
    kept<Value>(name: string, make: () => Value) {
      if (!kept.has(name)) kept.set(name, make());
      return kept.get(name) as Value;
    },
  };
}

const fieldsIn = ({ where, range, contains, sort }: FindQuery): readonly string[] =>
  [...Object.keys({ ...where, ...range, ...contains }), ...(sort ? [sort.field] : [])].filter((field) => field !== 'key');

function placeOf({ sort }: FindQuery, { key, fields }: StoredDocument) {
  return { key, sort: sort === undefined || sort.field === 'key' ? key : (fields[sort.field] ?? null) };
}

function addedIn(numbers: Readonly<DatedAmounts>): readonly Added[] {
  const added: Added[] = [];
  for (let at = 0; at < numbers.length; at += 3) added.push([dayName(numbers[at]!), dayName(numbers[at + 1]!), numbers[at + 2]!]);
  return added;
}
