import type { PolicyHistory } from '#relationship/facts.js';
import type { BlockList } from '../persistent/block-list.js';
import type { Derivation } from '../projection.js';
import { differing, differingBlocks, isIdentical } from './differing.js';

/** What a derivation came to, kept so that what did not change need not be derived again. */
export interface Memoized<Derived> {
  /** Members of the document that it read, and what they were. */
  readonly read: Members;
  readonly items: BlockList<unknown>;
  /** By block and item. */
  readonly derived: BlockList<readonly Derived[]>;
}

type Members = ReadonlyMap<string | symbol, unknown>;

/** The same object as before where nothing of it changed. */
export function derive<Derived>(
  derivations: readonly Derivation<unknown, Derived>[],
  document: unknown,
  policies: PolicyHistory,
  before?: readonly Memoized<Derived>[],
): readonly Memoized<Derived>[] {
  return derivations.map((derivation, i) => deriveOne(derivation, document as object, policies, before?.[i]));
}

const WHOLE = [[undefined]];

function deriveOne<Derived>(
  derivation: Derivation<unknown, Derived>,
  document: object,
  policies: PolicyHistory,
  before: Memoized<Derived> | undefined,
): Memoized<Derived> {
  const former = before && isAsRead(before.read, document) ? before : undefined;
  const items = derivation.items?.(document) ?? WHOLE;
  if (former?.items === items) return former;
  const ranges = former ? differingBlocks(former.items, items) : [];
  if (former && ranges.length === 0) return former;
  const read = new Map<string | symbol, unknown>(former?.read);
  const view = recorded(document, read);
  const ofItem = (item: unknown) => derivation.of(view, policies, item);
  if (!former) return { derived: items.map((block) => block.map(ofItem)), read, items };
  const derived: (readonly (readonly Derived[])[])[] = [];
  let at = 0;
  for (const { start, endBefore, endAfter } of ranges) {
    for (; at < start; at++) derived.push(former.derived[at]!);
    const past = former.items.slice(start, endBefore).flat();
    const present = items.slice(start, endAfter);
    const within = differing(past, present.flat(), isIdentical);
    const known = former.derived.slice(start, endBefore).flat();
    let place = 0;
    const derivedAt = (item: unknown): readonly Derived[] => {
      const own = place++;
      if (own < within.start) return known[own]!;
      return own < within.endAfter ? ofItem(item) : known[own - within.endAfter + within.endBefore]!;
    };
    for (const block of present) derived.push(block.map(derivedAt));
    at = endBefore;
  }
  for (; at < former.derived.length; at++) derived.push(former.derived[at]!);
  return { read, items, derived };
}

/** Stands for which members there are: whoever looks at that depends on the whole document. */
const ALL = Symbol('all members');

/** The document, which notes which of its members are read, so that nobody has to say by hand what hangs on what. */
function recorded(document: object, read: Map<string | symbol, unknown>): object {
  return new Proxy(document, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      read.set(name, value);
      return value;
    },
    has(target, name) {
      read.set(ALL, target);
      return Reflect.has(target, name);
    },
    ownKeys(target) {
      read.set(ALL, target);
      return Reflect.ownKeys(target);
    },
    getOwnPropertyDescriptor(target, name) {
      read.set(ALL, target);
      return Reflect.getOwnPropertyDescriptor(target, name);
    },
  });
}

function isAsRead(read: Members, document: object): boolean {
  for (const [name, value] of read) if ((name === ALL ? document : Reflect.get(document, name)) !== value) return false;
  return true;
}
