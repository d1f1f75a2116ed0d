import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { UnreadableDocument } from '#read-models/errors.js';
import type { ReadModelStore, StoredDocument } from '#read-models/read-model-store.js';

/**
 * No stored document grows with a history. Of a body whose JSON is long, each member that is long itself is stored apart, in blocks of bounded
 * length under `<key>|.<path>|<number>`; what is long within a block likewise. How a body is cut follows from its contents alone, so live
 * updates and a rebuild store the same. Bodies share what did not change, so an event writes only the blocks that it changed.
 */
export interface Blocks {
  readonly json: string;
  readonly isLong: boolean;
  readonly blocks: readonly { readonly key: string; readonly json: string }[];
  /** Keys of blocks that there are no more. */
  readonly deleted: readonly string[];
}

/** Characters of JSON. A body that is longer is cut. */
const LONG = 16_000;
/** What is longer than this is stored apart from a body or block that it is in. */
const APART = 500;
const BLOCK = 2_000;
/** Of what is stored apart. */
const REFERENCE = 20;

/** Member of a stored body, beside its own: of each member that is stored apart its place and how many blocks it has. */
const MEMBERS_APART = '|apart';
/** Beside it, of a body that is an array: its items. */
const ITEMS = '|items';
type Apart = readonly (readonly [place: number, blocks: number])[];
/** `start`: the place of its first item or member in the whole. */
type BlockBody = readonly [some: object, start: number, apart?: Apart];

interface Writes {
  readonly blocks: { key: string; json: string }[];
  readonly deleted: string[];
}

const nothing: readonly never[] = [];

/**
 * @param former the body that was stored before, and whether that was long; undefined where there was none
 * @throws TypeError for what is not JSON
 */
export function inBlocks(key: string, body: unknown, former?: { readonly body: unknown; readonly isLong: boolean }): Blocks {
  const wasLong = former?.isLong === true;
  // What stays long is not written out only to be measured.
  const text = wasLong && sizeOf(body) > LONG ? undefined : json(body);
  const isLong = text === undefined || text.length > LONG;
  if (!isLong && !wasLong) return { json: text, isLong, blocks: nothing, deleted: nothing };
  const [present, past] = [isLong ? membersOf(body as object) : noMembers, wasLong ? membersOf(former.body as object) : noMembers];
  const writes: Writes = { blocks: [], deleted: [] };
  writeApart(present.values, past.values, `${key}|`, writes);
  return { json: isLong ? bodyText(present) : text, isLong, ...writes };
}

export const isLong = (body: unknown): boolean => sizeOf(body) > LONG || json(body).length > LONG;

/** @throws TypeError */
export function json(body: unknown): string {
  const text = JSON.stringify(body) as string | undefined;
  if (text === undefined) throw new TypeError('a body that is not JSON');
  return text;
}

/** What JSON shows of an object or array, in its order. */
interface Members {
  /** Undefined of an array. */
  readonly names: readonly string[] | undefined;
  readonly values: readonly unknown[];
}

const noMembers: Members = { names: undefined, values: nothing };

function membersOf(whole: object): Members {
  if (Array.isArray(whole)) return { names: undefined, values: whole };
  const shown = Object.entries(whole).filter(([, value]) => value !== undefined);
  return { names: shown.map(([name]) => name), values: shown.map(([, value]) => value) };
}

function writeApart(present: readonly unknown[], past: readonly unknown[], path: string, writes: Writes): void {
  for (let place = 0; place < present.length || place < past.length; place++) {
    const [value, former] = [present[place], past[place]];
    if (value === former) continue;
    const before = isApart(former) ? former : undefined;
    if (isApart(value)) write(value, before, `${path}.${place}`, writes);
    else if (before) remove(before, `${path}.${place}`, writes);
  }
}

function write(whole: object, former: object | undefined, path: string, writes: Writes): void {
  const [present, past] = [membersOf(whole), former ? membersOf(former) : noMembers];
  const [starts, before] = [startsOf(whole), former ? startsOf(former) : nothing];
  writeApart(present.values, past.values, path, writes);
  for (let number = 0; number < starts.length; number++) {
    if (number < before.length && isSame(present, past, starts[number]!, starts[number + 1], before[number]!, before[number + 1])) continue;
    const text = blockText(present, starts[number]!, starts[number + 1]);
    if (number >= before.length || text !== blockText(past, before[number]!, before[number + 1]))
      writes.blocks.push({ key: `${path}|${number}`, json: text });
  }
  for (let number = starts.length; number < before.length; number++) writes.deleted.push(`${path}|${number}`);
}

function remove(former: object, path: string, writes: Writes): void {
  writeApart(nothing, membersOf(former).values, path, writes);
  for (let number = 0; number < startsOf(former).length; number++) writes.deleted.push(`${path}|${number}`);
}

function isSame(
  present: Members,
  past: Members,
  from: number,
  to = present.values.length,
  was: number,
  wasTo = past.values.length,
): boolean {
  if (from !== was || to !== wasTo) return false;
  for (let place = from; place < to; place++) {
    if (present.values[place] !== past.values[place] || present.names?.[place] !== past.names?.[place]) return false;
  }
  return true;
}

function blockText(members: Members, start: number, end = members.values.length): string {
  const { shown, apart } = withoutApart(members, start, end);
  return JSON.stringify((apart.length === 0 ? [shown, start] : [shown, start, apart]) satisfies BlockBody);
}

function bodyText(members: Members): string {
  const { shown, apart } = withoutApart(members, 0, members.values.length);
  if (apart.length === 0) return JSON.stringify(shown);
  return JSON.stringify({ ...(members.names ? shown : { [ITEMS]: shown }), [MEMBERS_APART]: apart });
}

function withoutApart({ names, values }: Members, start: number, end: number): { readonly shown: object; readonly apart: Apart } {
  const apart: [number, number][] = [];
  const some = values.slice(start, end).map((value, place) => {
    if (!isApart(value)) return value;
    apart.push([place, startsOf(value).length]);
    return null;
  });
  return { shown: names ? Object.fromEntries(some.map((value, place) => [names[start + place]!, value])) : some, apart };
}

const isApart = (value: unknown): value is object => typeof value === 'object' && value !== null && sizeOf(value) > APART;

/** Measures are kept, by what they are of, which is never changed, only replaced: of what is long, and of what others follow in a list. */
const KEPT = 8_000;
const KEPT_IN_LIST = 500;
const sizes = new WeakMap<object, number>();
const starts = new WeakMap<object, readonly number[]>();

/** Places at which the blocks of what is stored apart begin. */
function startsOf(whole: object): readonly number[] {
  const known = starts.get(whole);
  if (known) return known;
  const found: number[] = [];
  let size = 0;
  const { names, values } = membersOf(whole);
  for (let place = 0; place < values.length; place++) {
    const own = (names ? names[place]!.length + 4 : 1) + (isApart(values[place]) ? REFERENCE : sizeOf(values[place]));
    if (place === 0 || size + own > BLOCK) {
      found.push(place);
      size = 0;
    }
    size += own;
  }
  if (sizes.has(whole)) starts.set(whole, found);
  return found;
}

/** Characters of the JSON at least: a text may have more than its own where it is escaped. */
function sizeOf(value: unknown, isFollowed = false): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value === 'number') return String(value).length;
  if (typeof value !== 'object' || value === null) return 4;
  const known = sizes.get(value);
  if (known !== undefined) return known;
  let size = 1;
  if (Array.isArray(value)) for (let i = 0; i < value.length; i++) size += sizeOf(value[i], i < value.length - 1) + 1;
  else {
    for (const name in value) {
      const member = (value as Readonly<Record<string, unknown>>)[name];
      if (member !== undefined) size += name.length + 4 + sizeOf(member);
    }
  }
  if (size > (isFollowed ? KEPT_IN_LIST : KEPT)) sizes.set(value, size);
  return size;
}

/** A commit may come between the reading of a document and that of its blocks, and another, but not for ever. */
const ATTEMPTS = 50;
const PAUSE_MS = 5;
/** Blocks that are read at once, a megabyte or so; others get their turn in between. */
const BLOCKS_AT_ONCE = 500;

type Found = ReadonlyMap<string, StoredDocument<BlockBody>>;

/**
 * Whole documents of what was read of them. Where blocks are of a later time than the document, `again` reads it once more.
 * @throws UnreadableDocument where blocks stay away
 */
export async function assembled<Body>(
  store: Pick<ReadModelStore, 'getMany'>,
  collection: string,
  documents: readonly StoredDocument<Body>[],
  again: (key: string) => Promise<StoredDocument<Body> | undefined>,
  attempts = ATTEMPTS,
): Promise<readonly StoredDocument<Body>[]> {
  if (documents.every((document) => apartIn(document) === undefined)) return documents;
  const found = await blocksOf(store, collection, documents);
  const whole: StoredDocument<Body>[] = [];
  for (const document of documents) {
    const body = wholeBody(document, found);
    if (body !== undefined) {
      whole.push({ ...document, body });
      continue;
    }
    if (attempts === 1) throw new UnreadableDocument(document.key, `blocks of it are missing in ${collection}`);
    if (attempts < ATTEMPTS) await sleep(PAUSE_MS);
    const present = await again(document.key);
    if (present) whole.push(...(await assembled(store, collection, [present], again, attempts - 1)));
  }
  return whole;
}

export const isInBlocks = (document: StoredDocument): boolean => apartIn(document) !== undefined;

const apartIn = ({ body }: StoredDocument): Apart | undefined => (body as { readonly [MEMBERS_APART]?: Apart } | null)?.[MEMBERS_APART];

/** Level by level: what is stored apart in a block is known when the block is read. */
async function blocksOf(store: Pick<ReadModelStore, 'getMany'>, collection: string, documents: readonly StoredDocument[]): Promise<Found> {
  const all = new Map<string, StoredDocument<BlockBody>>();
  let missing = documents.flatMap((document) => keysIn(`${document.key}|`, 0, apartIn(document)));
  while (missing.length > 0) {
    const within: string[] = [];
    for (let at = 0; at < missing.length; at += BLOCKS_AT_ONCE) {
      if (all.size > 0) await nextTurn();
      const found = await store.getMany<BlockBody>(collection, missing.slice(at, at + BLOCKS_AT_ONCE));
      for (const [key, block] of found) {
        all.set(key, block);
        for (const each of keysIn(key.slice(0, key.lastIndexOf('|')), block.body[1], block.body[2])) within.push(each);
      }
    }
    missing = within;
  }
  return all;
}

function keysIn(path: string, start: number, apart: Apart = []): readonly string[] {
  return apart.flatMap(([place, count]) => Array.from({ length: count }, (_, number) => `${path}.${start + place}|${number}`));
}

/** Undefined where a block is missing, or is of a later time. */
function wholeBody<Body>({ key, body, position }: StoredDocument<Body>, found: Found): Body | undefined {
  const {
    [MEMBERS_APART]: apart,
    [ITEMS]: items,
    ...shown
  } = body as object & {
    readonly [MEMBERS_APART]?: Apart;
    readonly [ITEMS]?: readonly unknown[];
  };
  if (!apart) return body;
  let isWhole = true;

  function assembled(some: object, start: number, within: Apart | undefined, path: string): object {
    if (!within) return some;
    const counts = new Map(within);
    const put = (value: unknown, place: number) => (counts.has(place) ? joined(`${path}.${start + place}`, counts.get(place)!) : value);
    if (Array.isArray(some)) return some.map(put);
    return Object.fromEntries(Object.entries(some).map(([name, value], place) => [name, put(value, place)]));
  }

  function joined(path: string, count: number): unknown {
    const blocks: object[] = [];
    for (let number = 0; number < count; number++) {
      const block = found.get(`${path}|${number}`);
      if (block === undefined || block.position > position) isWhole = false;
      else blocks.push(assembled(...(block.body.slice(0, 2) as [object, number]), block.body[2], path));
    }
    return blocks.every(Array.isArray) ? blocks.flat() : Object.fromEntries(blocks.flatMap((block) => Object.entries(block)));
  }

  const whole = assembled(items ?? shown, 0, apart, `${key}|`);
  return isWhole ? (whole as Body) : undefined;
}
