// The one place that walks JSON pointers into the data of events and into their schemas.

/** The token that stands for each item of a list and each member of a record. */
const EACH = '*';

/** The reference tokens of a JSON pointer (RFC 6901). */
const tokensOf = (pointer: string): readonly string[] =>
  pointer
    .slice(1)
    .split('/')
    .map((token) => (token.includes('~') ? token.replaceAll('~1', '/').replaceAll('~0', '~') : token));

/** Whether a pointer may lead to what one of the others leads to, or into it. */
export const isWithin = (pointer: string, others: readonly string[]): boolean => {
  const inner = tokensOf(pointer);
  return others.some((other) => {
    const outer = tokensOf(other);
    return outer.length <= inner.length && outer.every((token, at) => token === EACH || inner[at] === EACH || token === inner[at]);
  });
};

/** A pointer to each value that the pointer leads to, in the order of the data. */
export const concretePointers = (data: unknown, pointer: string): readonly string[] =>
  isToMember.test(pointer) ? (isRecord(data) && Object.hasOwn(data, pointer.slice(1)) ? [pointer] : []) : walked(data, pointer);

/** As most do, for each event that is appended. */
const isToMember = /^\/[^*~/]+$/;

const walked = (data: unknown, pointer: string): readonly string[] =>
  tokensOf(pointer)
    .reduce<readonly { readonly at: string; readonly value: unknown }[]>(
      (found, token) =>
        found.flatMap(({ at, value }) =>
          entriesOf(value).flatMap(([name, held]) => (isAt(name, token) ? [{ at: `${at}/${escaped(name)}`, value: held }] : [])),
        ),
      [{ at: '', value: data }],
    )
    .map(({ at }) => at);

const escaped = (token: string): string => token.replaceAll('~', '~0').replaceAll('/', '~1');

/** The data without what the pointers lead to; what was given stays as it is. */
export const without = (data: unknown, pointers: readonly string[]): unknown =>
  pointers.reduce((left, pointer) => removed(left, tokensOf(pointer)), data);

function removed(value: unknown, [token = EACH, ...inner]: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const left = entriesOf(value).flatMap(([name, held]) => {
    if (!isAt(name, token)) return [[name, held] as const];
    return inner.length === 0 ? [] : [[name, removed(held, inner)] as const];
  });
  return Array.isArray(value) ? left.map(([, held]) => held) : Object.fromEntries(left);
}

const entriesOf = (value: unknown): readonly (readonly [string, unknown])[] =>
  typeof value === 'object' && value !== null ? Object.entries(value) : [];
const isAt = (name: string, token: string): boolean => token === EACH || token === name;

/** Values, by the tokens of the pointers that lead to them; null where the value itself is selected. */
export interface Selection {
  readonly [token: string]: Selection | null;
}

export function selectionOf(pointers: readonly string[]): Selection {
  const root = Object.create(null);
  for (const pointer of pointers) {
    const tokens = tokensOf(pointer);
    let at = root;
    for (const token of tokens.slice(0, -1)) at = at[token] ??= Object.create(null);
    at[tokens.at(-1)!] = null;
  }
  return root;
}

/** The value with nothing beside what is selected; undefined where nothing of it is. */
export function selected(value: unknown, selection: Selection): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) {
    if (selection[EACH] === null || selection[EACH] === undefined) return selection[EACH] === null ? value : undefined;
    return value.map((item) => selected(item, selection[EACH]!)).filter((item) => item !== undefined);
  }
  const members: [string, unknown][] = [];
  for (const [name, member] of Object.entries(value)) {
    const inner = selection[name] === undefined ? selection[EACH] : selection[name];
    const seen = inner === undefined ? undefined : inner === null ? member : selected(member, inner);
    if (seen !== undefined) members.push([name, seen]);
  }
  return members.length > 0 ? Object.fromEntries(members) : undefined;
}

/**
 * What the schema says of what a pointer leads to. A mistyped one would send personal data to everyone who reads the topics, so each has to
 * lead to something.
 */
export function schemasAt(schema: unknown, pointer: string): unknown[] {
  if (!pointer.startsWith('/')) return [];
  return tokensOf(pointer).reduce<unknown[]>((nodes, token) => nodes.flatMap((node) => children(node, token)), [schema]);
}

function children(node: unknown, token: string): unknown[] {
  if (typeof node !== 'object' || node === null) return [];
  const { properties, items, prefixItems, additionalProperties, patternProperties, anyOf, oneOf, allOf, ...rest } = node as Record<
    string,
    unknown
  >;
  const found: unknown[] = [];
  if (isRecord(properties) && Object.hasOwn(properties, token)) found.push(properties[token]);
  if (isRecord(items) && (token === EACH || /^(-|\d+)$/.test(token))) found.push(items);
  if (Array.isArray(prefixItems)) found.push(...prefixItems.filter((_, at) => token === EACH || at === Number(token)));
  if (isRecord(additionalProperties)) found.push(additionalProperties);
  if (isRecord(patternProperties)) found.push(...Object.values(patternProperties));
  for (const branch of [anyOf, oneOf, allOf].flat()) found.push(...children(branch, token));
  // A reference or a conditional is not followed: what lies behind it is taken to be there.
  if ('$ref' in rest || 'if' in rest) found.push({});
  // A schema that says nothing of its members allows all of them.
  if (found.length === 0 && Object.keys(node).length === 0) found.push({});
  return found;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Values by the pointers that lead to them. Here `*` is a name like any other. */
export type TakenValues = Readonly<Record<string, unknown>>;

type Places<Leaf> = Map<string, Places<Leaf> | { readonly leaf: Leaf }>;

function placesOf<Leaf>(leaves: Iterable<readonly [string, Leaf]>): Places<Leaf> {
  const root: Places<Leaf> = new Map();
  for (const [pointer, leaf] of leaves) {
    const tokens = tokensOf(pointer);
    const last = tokens.length - 1;
    let at = root;
    for (let depth = 0; depth < last; depth++) {
      const known = at.get(tokens[depth]!);
      const inner: Places<Leaf> = known instanceof Map ? known : new Map();
      if (inner !== known) at.set(tokens[depth]!, inner);
      at = inner;
    }
    at.set(tokens[last]!, { leaf });
  }
  return root;
}

/**
 * Takes values out of JSON: what is left, and they. No pointer leads to an item of a list. What is not there is passed over, and what was given
 * stays as it is.
 */
export function takenOut(value: unknown, pointers: readonly string[]): { readonly left: unknown; readonly taken: TakenValues } {
  const taken: Record<string, unknown> = {};
  const out = (from: unknown, places: Places<string>): unknown => {
    if (typeof from !== 'object' || from === null) return from;
    const kept: (readonly [string, unknown])[] = [];
    for (const [name, held] of Object.entries(from)) {
      const place = places.get(name);
      if (place === undefined) kept.push([name, held]);
      else if (place instanceof Map) kept.push([name, out(held, place)]);
      else if (held !== undefined) taken[place.leaf] = held;
    }
    return Array.isArray(from) ? kept.map(([, held]) => held) : Object.fromEntries(kept);
  };
  return { left: out(value, placesOf(pointers.map((pointer) => [pointer, pointer] as const))), taken };
}

/** The inverse of `takenOut`, with the members of each object in the order of canonical JSON. @throws Error where they do not belong there */
export function putBack(left: unknown, taken: TakenValues): unknown {
  return back(left, placesOf(Object.entries(taken)));
}

function back(into: unknown, places: Places<unknown>): unknown {
  if (Array.isArray(into)) return backInList(into, places);
  if (typeof into !== 'object' || into === null) throw new Error('a value has no place');
  const names = Object.keys(into);
  for (const [name, place] of places) {
    if (!(place instanceof Map)) names.push(name);
    else if (!Object.hasOwn(into, name)) throw new Error('a value has no place');
  }
  const members = into as Readonly<Record<string, unknown>>;
  const result: Record<string, unknown> = {};
  for (const name of names.sort()) {
    const place = places.get(name);
    const value = place === undefined ? members[name] : place instanceof Map ? back(members[name], place) : place.leaf;
    if (name === '__proto__') Object.defineProperty(result, name, { value, enumerable: true, configurable: true, writable: true });
    else result[name] = value;
  }
  return result;
}

function backInList(items: readonly unknown[], places: Places<unknown>): unknown {
  for (const [at, place] of places) if (!(place instanceof Map) || !Object.hasOwn(items, at)) throw new Error('a value has no place');
  return items.map((item, at) => {
    const place = places.get(String(at));
    return place === undefined ? item : back(item, place as Places<unknown>);
  });
}
