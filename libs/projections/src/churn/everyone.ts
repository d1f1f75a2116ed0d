import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Position } from '#event-log';
import { compareText } from '#read-models/order.js';
import { withRetractions } from '#relationship/read-side.js';
import { customerOf } from '../event-handlers.js';
import type { Assignments } from '../shared/assignments.js';
import { createSlices } from '../slices.js';
import type { QueryContext, ViewReader } from '../view-reader.js';
import { type CompactHistory, numbersOf } from './compact-history.js';
import type { ChurnDocument } from './document.js';
import { churnProjection } from './projection.js';

/** The compact histories of all customers: some 500 bytes for one of twenty events. */
export interface Everyone {
  /** In the log: what they reflect at least. */
  readonly position: Position;
  /** In order. */
  readonly customers: readonly string[];
  readonly assignments: readonly Assignments[];
  readonly numbers: Float64Array;
  /** Where the numbers of each customer begin, and at last where they end. */
  readonly starts: Uint32Array;
  readonly currencies: readonly string[];
}

export const compactHistoryAt = ({ customers, numbers, starts, currencies }: Everyone, at: number): CompactHistory => ({
  customerId: customers[at]!,
  numbers,
  start: starts[at]!,
  end: starts[at + 1]!,
  currencies,
});

/** More customers than this at once hold up whoever shares the thread. */
const A_PAGE = 200;
/** Then all are read again. */
const MOST_CHANGED = 20_000;
const types = withRetractions(churnProjection.handles);

/** Linear in customers: some seconds for 250,000, in slices. */
export const readEveryone = async ({ reader }: QueryContext, page = A_PAGE): Promise<Everyone> => {
  const position = await reader.checkpoint('churn');
  const gathering = gather([]);
  for await (const document of documents(reader, {}, page))
    gathering.add(document.customerId, document.assignments, gathering.numbersOf(document));
  return gathering.everyone(position);
};

/** The same with what was recorded since; undefined where that is too much. */
export const withChanges = async ({ reader, log }: QueryContext, before: Everyone, page = A_PAGE): Promise<Everyone | undefined> => {
  const position = await reader.checkpoint('churn');
  if (position < before.position) return undefined;
  const changed = new Set<string>();
  for await (const batch of log.readAll({ types, after: before.position, upTo: position })) {
    for (const { stream } of batch) changed.add(customerOf(stream));
    if (changed.size > MOST_CHANGED) return undefined;
    await nextTurn();
  }
  const gathering = gather(before.currencies);
  const ids = [...changed].sort(compareText);
  const found = new Map<string, { readonly assignments: Assignments; readonly numbers: ArrayLike<number> }>();
  for (let at = 0; at < ids.length; at += page)
    for await (const document of documents(reader, { where: { key: ids.slice(at, at + page) } }, page))
      found.set(document.customerId, { assignments: document.assignments, numbers: gathering.numbersOf(document) });

  const pause = createSlices(MOST_CHANGED);
  let next = 0;
  const addNew = (until?: string) => {
    for (; next < ids.length && (until === undefined || compareText(ids[next]!, until) <= 0); next++) {
      const document = found.get(ids[next]!);
      if (document) gathering.add(ids[next]!, document.assignments, document.numbers);
    }
  };
  for (const [at, customerId] of before.customers.entries()) {
    await pause();
    addNew(customerId);
    if (changed.has(customerId)) continue;
    gathering.add(customerId, before.assignments[at]!, before.numbers.subarray(before.starts[at], before.starts[at + 1]));
  }
  addNew();
  return gathering.everyone(position);
};

/** SQLite answers at once, and would give nobody else a turn. */
async function* documents(reader: ViewReader, query: { readonly where?: { readonly key: readonly string[] } }, limit: number) {
  let cursor: string | undefined;
  do {
    const page = await reader.documents<ChurnDocument>('churn', { ...query, limit, ...(cursor !== undefined && { cursor }) });
    for (const { body } of page.documents) yield body;
    await nextTurn();
    cursor = page.next;
  } while (cursor !== undefined);
}

function gather(known: readonly string[]) {
  const currencies = [...known];
  const customers: string[] = [];
  const assignments: Assignments[] = [];
  const starts: number[] = [0];
  let numbers = new Float64Array(1024);
  return {
    numbersOf: (document: ChurnDocument) => numbersOf(document, currencies),
    add(customerId: string, assigned: Assignments, added: ArrayLike<number>) {
      const start = starts.at(-1)!;
      const end = start + added.length;
      if (end > numbers.length) {
        const more = new Float64Array(Math.max(end, numbers.length * 1.5));
        more.set(numbers.subarray(0, start));
        numbers = more;
      }
      numbers.set(added, start);
      customers.push(customerId);
      assignments.push(assigned);
      starts.push(end);
    },
    everyone: (position: Position): Everyone => ({
      position,
      customers,
      assignments,
      numbers: numbers.slice(0, starts.at(-1)),
      starts: Uint32Array.from(starts),
      currencies,
    }),
  };
}
