import type { PolicyHistory } from '#relationship/read-side.js';
import type { BlockList } from '../persistent/block-list.js';
import type { Derivation, Summaries } from '../projection.js';
import { differing, differingBlocks, joined } from './differing.js';

/** The result of a derivation, kept so that what did not change need not be derived again. */
export interface Memoized<Derived> {
  readonly read: Read;
  readonly items: BlockList<unknown>;
  /** By block and item. */
  readonly derived: BlockList<readonly Derived[]>;
  /** The results of the blocks that it was derived from. */
  readonly summaries?: readonly Memoized<unknown>[];
}

/** Members of the document that were read, and what they were: a name, a value, again and again. */
type Read = readonly unknown[];

/** The same objects as before where nothing of them changed. */
export function derive<Derived>(
  derivations: readonly Derivation<unknown, Derived>[],
  document: unknown,
  policies: PolicyHistory,
  before?: readonly Memoized<Derived>[],
): readonly Memoized<Derived>[] {
  let recorder: Recorder | undefined;
  const summed = new Map<Summaries<unknown>, Memoized<unknown>>();

  function summariesOf(blocks: Summaries<unknown>, known: Memoized<unknown> | undefined): Memoized<unknown> {
    const items = {
      items: () => [blocks.list(document)],
      of: (view: unknown, _: unknown, block: unknown) => [blocks.of(block, view, policies)],
    };
    const found = summed.get(blocks) ?? deriveOne(items, known);
    summed.set(blocks, found);
    return found;
  }

  function deriveOne<Of>(derivation: Derivation<unknown, Of>, known: Memoized<Of> | undefined): Memoized<Of> {
    const summaries = derivation.blocks?.map((each, i) => summariesOf(each, known?.summaries?.[i]));
    const former = known && isAsRead(known.read, document as object) ? known : undefined;
    const items = summaries ? summedUp(summaries, former) : (derivation.items?.(document) ?? WHOLE);
    const ranges = former ? differingBlocks(former.items, items) : [];
    if (former && ranges.length === 0) return former;
    recorder ??= new Recorder(document as object);
    recorder.begin(former?.read ?? nothing);
    const { view } = recorder;
    const ofItem = (item: unknown) => derivation.of(view, policies, item);
    const derived = former ? derivedAgain(former, items, ranges, ofItem) : items.map((block) => block.map(ofItem));
    return { read: recorder.read(), items, derived, ...(summaries && { summaries }) };
  }
  const memoized = derivations.map((derivation, i) => deriveOne(derivation, before?.[i]));
  return before && memoized.every((each, i) => each === before[i]) ? before : memoized;
}

/** One item, the same object as before where no block has another result. */
const summedUp = (summaries: readonly Memoized<unknown>[], former: Memoized<unknown> | undefined): BlockList<unknown> =>
  former?.summaries && summaries.every((each, i) => each === former.summaries![i])
    ? former.items
    : [[summaries.map(({ derived }) => derived.flat(2))]];

const WHOLE = [[undefined]];
const nothing: Read = [];

/** Items that are the same objects as before keep their results. */
function derivedAgain<Derived>(
  former: Memoized<Derived>,
  items: BlockList<unknown>,
  ranges: ReturnType<typeof differingBlocks>,
  ofItem: (item: unknown) => readonly Derived[],
): BlockList<readonly Derived[]> {
  const derived: (readonly (readonly Derived[])[])[] = [];
  let at = 0;
  for (const { start, endBefore, endAfter } of ranges) {
    for (; at < start; at++) derived.push(former.derived[at]!);
    const present = joined(items, start, endAfter);
    const { start: from, endBefore: untilBefore, endAfter: until } = differing(joined(former.items, start, endBefore), present);
    const known = joined(former.derived, start, endBefore);
    const all = [...known.slice(0, from), ...present.slice(from, until).map(ofItem), ...known.slice(untilBefore)];
    let cut = 0;
    for (const { length } of items.slice(start, endAfter)) {
      derived.push(all.slice(cut, cut + length));
      cut += length;
    }
    at = endBefore;
  }
  for (; at < former.derived.length; at++) derived.push(former.derived[at]!);
  return derived;
}

/** Means the list of members: what reads that depends on the whole document. */
const ALL = Symbol('all members');

/** Shows a document and notes which of its members are read, so that nobody has to say by hand what hangs on what. */
class Recorder implements ProxyHandler<object> {
  readonly view: object;
  private known: Read = nothing;
  private added: unknown[] = [];

  constructor(document: object) {
    this.view = new Proxy(document, this);
  }

  /** @param known what was read before, and is as it was */
  begin(known: Read): void {
    this.known = known;
    this.added = [];
  }

  read(): Read {
    return this.added.length === 0 ? this.known : [...this.known, ...this.added];
  }

  get(target: object, name: string | symbol): unknown {
    const value: unknown = Reflect.get(target, name);
    this.note(name, value);
    return value;
  }

  has(target: object, name: string | symbol): boolean {
    this.note(ALL, target);
    return Reflect.has(target, name);
  }

  ownKeys(target: object): (string | symbol)[] {
    this.note(ALL, target);
    return Reflect.ownKeys(target);
  }

  getOwnPropertyDescriptor(target: object, name: string | symbol): PropertyDescriptor | undefined {
    this.note(ALL, target);
    return Reflect.getOwnPropertyDescriptor(target, name);
  }

  private note(name: string | symbol, value: unknown): void {
    if (!isNoted(this.known, name) && !isNoted(this.added, name)) this.added.push(name, value);
  }
}

function isNoted(read: Read, name: string | symbol): boolean {
  for (let i = 0; i < read.length; i += 2) if (read[i] === name) return true;
  return false;
}

function isAsRead(read: Read, document: object): boolean {
  for (let i = 0; i < read.length; i += 2) {
    const name = read[i] as string | symbol;
    if ((name === ALL ? document : (document as Readonly<Record<string | symbol, unknown>>)[name]) !== read[i + 1]) return false;
  }
  return true;
}
