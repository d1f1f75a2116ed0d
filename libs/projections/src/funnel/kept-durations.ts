import type { Calendar } from '../calendar.js';
import type { DealEvent } from '../shared/deal-events.js';
import type { DealsDocument } from '../shared/deals-document.js';
import { createKeeper, type KeptOfAll } from '../shared/documents.js';
import type { QueryContext } from '../view-reader.js';
import { type Duration, durationsOf, isKnownInOrder } from './durations.js';
import { funnelProjection } from './projection.js';

/** The durations of all deals, as columns of numbers: 26 bytes each. */
export interface KeptDurations {
  /** Milliseconds in order, of one stage or (undefined) from opening to win, at the end of a day; the `REVERSED` are first. */
  on(stage: string | undefined, day: number): Float64Array;
  /** The same by what was known at the end of a day, without the customers of `outOfOrder`. */
  knownOn(stage: string | undefined, day: number, known: number): Float64Array;
  /** With a retraction, or whose events became known in another order than they happened: the columns do not say what was known of them on a day. */
  readonly outOfOrder: ReadonlySet<string>;
  /** Of the columns. */
  bytes(): number;
}

interface Part {
  readonly durations: readonly Duration[];
  readonly inOrder: boolean;
}

/** A day beyond all. */
const NEVER = 2 ** 31 - 1;
/** `stage` of a duration from opening to win, and of one that is nobody's any more. */
const WHOLE = 0;
const NOBODY = 2 ** 16 - 1;
const columnsOf = (size: number) => ({
  millis: new Float64Array(size),
  stage: new Uint16Array(size),
  from: new Int32Array(size),
  until: new Int32Array(size),
  knownFrom: new Int32Array(size),
  knownUntil: new Int32Array(size),
});
type Columns = ReturnType<typeof columnsOf>;

/** Copies a range to another index, in the same columns or in others. */
function copied(from: Columns, start: number, end: number, into: Columns, at: number): void {
  for (const name of Object.keys(from) as (keyof Columns)[]) into[name].set(from[name].subarray(start, end), at);
}

export const createKeptDurations = (calendar: Calendar): KeptDurations & KeptOfAll<DealsDocument, Part> => {
  const stages = new Map<string, number>();
  const slots = new Map<string, number>();
  const outOfOrder = new Set<string>();
  /** Of the customer at a slot the durations from `starts` to `ends`; those of nobody are left from before a change. */
  const [starts, ends]: [number[], number[]] = [[], []];
  let columns = columnsOf(1024);
  let used = 0;
  let left = 0;

  /** Makes room, and leaves out what is nobody's when that takes other columns. */
  function reserve(more: number): void {
    if (used + more <= columns.millis.length) return;
    const grown = columnsOf(Math.ceil((used - left + more) * 1.5));
    let at = 0;
    for (const slot of slots.values()) {
      const [start, end] = [starts[slot]!, ends[slot]!];
      copied(columns, start, end, grown, at);
      starts[slot] = at;
      at += end - start;
      ends[slot] = at;
    }
    [columns, used, left] = [grown, at, 0];
  }

  function slotOf(customerId: string): number {
    const known = slots.get(customerId);
    if (known !== undefined) return known;
    const slot = starts.length;
    slots.set(customerId, slot);
    starts.push(0);
    ends.push(0);
    return slot;
  }

  function stageOf(name: string): number {
    const known = stages.get(name);
    if (known !== undefined) return known;
    stages.set(name, WHOLE + 1 + stages.size);
    return WHOLE + stages.size;
  }

  function sortedWhere(stage: string | undefined, isAsked: (at: number) => boolean): Float64Array {
    const asked = stage === undefined ? WHOLE : stages.get(stage);
    const found = new Float64Array(used);
    let count = 0;
    for (let at = 0; at < used; at++) if (columns.stage[at] === asked && isAsked(at)) found[count++] = columns.millis[at]!;
    return found.subarray(0, count).sort();
  }

  return {
    outOfOrder,
    bytes: () => Object.values(columns).reduce((sum, { byteLength }) => sum + byteLength, 0),
    on: (stage, day) => {
      const { from, until } = columns;
      return sortedWhere(stage, (at) => from[at]! <= day && day < until[at]!);
    },
    knownOn: (stage, day, known) => {
      const { from, until, knownFrom, knownUntil } = columns;
      const isOf = (at: number) => from[at]! <= day && knownFrom[at]! <= known && !(until[at]! <= day && knownUntil[at]! <= known);
      return sortedWhere(stage, isOf);
    },
    partOf: ({ deals, correctedAt }) => {
      const each: readonly (readonly DealEvent[])[] = deals.flat().map(({ dealEvents }) => dealEvents);
      return {
        durations: each.flatMap((events) => durationsOf(events, calendar)),
        inOrder: correctedAt === undefined && each.every((events) => isKnownInOrder(events, calendar)),
      };
    },
    put(customerId, { durations, inOrder } = { durations: [], inOrder: true }) {
      if (inOrder) outOfOrder.delete(customerId);
      else outOfOrder.add(customerId);
      if (durations.length === 0 && !slots.has(customerId)) return;
      const slot = slotOf(customerId);
      columns.stage.fill(NOBODY, starts[slot], ends[slot]);
      left += ends[slot]! - starts[slot]!;
      [starts[slot], ends[slot]] = [0, 0];
      reserve(durations.length);
      starts[slot] = used;
      for (const { stage, millis, from, until, knownFrom, knownUntil } of durations) {
        columns.millis[used] = millis;
        columns.stage[used] = stage === undefined ? WHOLE : stageOf(stage);
        columns.from[used] = from;
        columns.until[used] = Math.min(until, NEVER);
        columns.knownFrom[used] = inOrder ? knownFrom : NEVER;
        columns.knownUntil[used] = Math.min(knownUntil, NEVER);
        used++;
      }
      ends[slot] = used;
    },
  };
};

/** Made once for all who ask a reader; the first time it reads every document. */
export const keptDurations = (context: QueryContext): Promise<KeptDurations> =>
  context.reader.kept('funnel-durations', () => createKeeper(funnelProjection, createKeptDurations))(context);
