import type { Position } from '#event-log';
import { compareText } from '#read-models/order.js';
import { type Calendar, calendarOf } from '../calendar.js';
import type { Projection } from '../projection.js';
import type { Assignments } from '../shared/assignments.js';
import { A_PAGE, changedSince, documentsOf, MOST_CHANGED } from '../shared/documents.js';
import { createSlices } from '../slices.js';
import type { QueryContext } from '../view-reader.js';
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

/** Linear in customers: some seconds for 250,000, in slices. */
export const readEveryone = async ({ reader, policies }: QueryContext, page = A_PAGE): Promise<Everyone> => {
  const position = await reader.checkpoint('churn');
  const gathering = gather([], calendarOf(policies));
  for await (const document of documentsOf<ChurnDocument>(reader, 'churn', { page }))
    gathering.add(document.customerId, document.assignments, gathering.numbersOf(document));
  return gathering.everyone(position);
};

/** The same with what was recorded since; undefined where that is too much. */
export const withChanges = async (context: QueryContext, before: Everyone, page = A_PAGE): Promise<Everyone | undefined> => {
  const { reader, policies } = context;
  const position = await reader.checkpoint('churn');
  const changed = await changedSince(context, churnProjection as Projection, { after: before.position, upTo: position });
  if (!changed) return undefined;
  const gathering = gather(before.currencies, calendarOf(policies));
  const ids = [...changed].sort(compareText);
  const found = new Map<string, { readonly assignments: Assignments; readonly numbers: ArrayLike<number> }>();
  for await (const document of documentsOf<ChurnDocument>(reader, 'churn', { customers: ids, page }))
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

function gather(known: readonly string[], calendar: Calendar) {
  const currencies = [...known];
  const customers: string[] = [];
  const assignments: Assignments[] = [];
  const starts: number[] = [0];
  let numbers = new Float64Array(1024);
  return {
    numbersOf: (document: ChurnDocument) => numbersOf(document, currencies, calendar),
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
