import { ORIGIN, type Position } from '#event-log/event-log.js';
import type { FindQuery, ReadModelStore, StoredDocument } from '#read-models/read-model-store.js';
import { dayName } from '../days.js';
import type { Added, ViewReader } from '../view-reader.js';
import { readAlias } from './aliases.js';
import { createCheckpointPoll } from './checkpoint-poll.js';
import { readContributors } from './contributors.js';
import { readEntries } from './entries.js';
import { checkpointOf, collectionsOf, type Instance, type InstanceCollections } from './instance.js';
import { assembled } from './pieces.js';
import { readAllPages } from './read-all-pages.js';
import { readTotals } from './read-totals.js';
import type { DatedAmounts } from './sums.js';
import { type DeltasBody, keysOfCustomer } from './write-set.js';

/** The view has not been filled yet; it will be. */
export class ViewNotReady extends Error {
  override readonly name = 'ViewNotReady';
  constructor(readonly view: string) {
    super(`the view ${view} is being filled for the first time`);
  }
}

const ALIAS_MS = 250;
/** A reader sees a switch within 250 ms; the instance before goes on answering for at least so long. */
export function createViewReader(store: ReadModelStore): ViewReader & {
  /** @throws ViewNotReady */
  collections(view: string): Promise<InstanceCollections>;
} {
  const known = new Map<string, { readonly instance: Instance; readonly until: number }>();
  const poll = createCheckpointPoll((view) => checkpoint(view));

  async function current(view: string): Promise<Instance | undefined> {
    const remembered = known.get(view);
    if (remembered && performance.now() < remembered.until) return remembered.instance;
    const { current: instance } = await readAlias(store, view);
    if (instance) known.set(view, { instance, until: performance.now() + ALIAS_MS });
    return instance;
  }

  async function answering(view: string): Promise<Instance> {
    const instance = await current(view);
    if (!instance) throw new ViewNotReady(view);
    return instance;
  }
  const collections = async (view: string): Promise<InstanceCollections> => collectionsOf(await answering(view));

  const whole = <Document>({ documents, pieces }: InstanceCollections, found: readonly StoredDocument<Document>[]) =>
    assembled(store, pieces, found, (key) => store.get<Document>(documents, key));

  async function checkpoint(view: string): Promise<Position> {
    const instance = await current(view);
    return instance ? checkpointOf(store, instance) : ORIGIN;
  }

  return {
    collections,
    checkpoint,
    policies: async (view) => (await current(view))?.policies ?? {},
    async document<Document>(view: string, customerId: string) {
      const names = await collections(view);
      const stored = await store.get<Document>(names.documents, customerId);
      return stored && (await whole(names, [stored]))[0];
    },
    async documents<Document>(view: string, query: FindQuery) {
      const names = await collections(view);
      const page = await store.find<Document>(names.documents, query);
      return { ...page, documents: await whole(names, page.documents) };
    },
    rows: async <Body>(view: string, query: FindQuery) => store.find<Body>((await collections(view)).rows, query),
    entries: async (view, query) => readEntries(store, (await collections(view)).entries, query),
    totals: async (view, query) => readTotals(store, await answering(view), query),
    contributors: async (view, query) => readContributors(store, (await collections(view)).contributors, query),
    async added(view, customerId, series) {
      const { deltas } = await collections(view);
      const changes = await readAllPages<DeltasBody>(store, deltas, { range: { key: keysOfCustomer(customerId) } });
      return changes.flatMap(({ body }) => addedIn(body[series] ?? []));
    },
    waitFor: async (view, position, timeoutMs) => (await checkpoint(view)) >= position || poll.reached(view, position, timeoutMs),
  };
}

/** As views wrote them before days were counted; a view of that time answers on until its successor is filled. */
type NamedAmounts = readonly Added[];

function addedIn(amounts: Readonly<DatedAmounts> | NamedAmounts): readonly Added[] {
  if (typeof amounts[0] !== 'number') return amounts as NamedAmounts;
  const numbers = amounts as Readonly<DatedAmounts>;
  const added: Added[] = [];
  for (let at = 0; at < numbers.length; at += 3) added.push([dayName(numbers[at]!), dayName(numbers[at + 1]!), numbers[at + 2]!]);
  return added;
}
