import canonicalize from 'canonicalize';

/**
 * RFC 8785 canonical JSON. Members that are undefined are left out, as JSON does.
 * @throws Error without any value in it for what has no canonical form: lone surrogates, NaN, infinities, bigints, functions, circles
 */
export function canonicalJson(value: unknown): string {
  return written(ordered(value, 0), value);
}

/** The same of an object whose members stand in their order already: only what they hold is put in order, in place. */
export function canonicalMembers(members: Record<string, unknown>): string {
  for (const name in members) {
    const value = members[name];
    if (value === undefined) continue;
    const inOrder = ordered(value, 1);
    if (inOrder === NOT_PLAIN) return written(NOT_PLAIN, members);
    members[name] = inOrder;
  }
  return written(members, members);
}

function written(inOrder: unknown, value: unknown): string {
  if (inOrder !== NOT_PLAIN) {
    const text = JSON.stringify(inOrder);
    // Only a lone surrogate is written as \ud…; the text `\\ud` looks the same and is left to the thorough one, too.
    if (!text.includes('\\ud')) return text;
  }
  return canonicalize(value) as string;
}

const NOT_PLAIN = Symbol('not plain');
const DEEP = 200;
const FEW = 32;

/**
 * RFC 8785 is `JSON.stringify` over sorted members, and one native call is several times faster than `canonicalize` member by
 * member. What JavaScript would not enumerate in the order it was put in, or not write as it is, is answered with NOT_PLAIN.
 */
function ordered(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw new Error(`${Number.isNaN(value) ? 'NaN' : 'Infinity'} is not allowed`);
      return value;
    case 'object':
      break;
    default:
      throw new Error(`a ${typeof value} is not allowed`);
  }
  if (value === null) return null;
  if (depth > DEEP || typeof (value as { toJSON?: unknown }).toJSON === 'function') return NOT_PLAIN;
  return Array.isArray(value) ? orderedArray(value, depth) : orderedObject(value as Record<string, unknown>, depth);
}

function orderedArray(values: readonly unknown[], depth: number): unknown {
  const result: unknown[] = [];
  for (const value of values) {
    const item = value === undefined ? null : ordered(value, depth + 1);
    if (item === NOT_PLAIN) return NOT_PLAIN;
    result.push(item);
  }
  return result;
}

function orderedObject(members: Readonly<Record<string, unknown>>, depth: number): unknown {
  const result: Record<string, unknown> = {};
  for (const key of inOrder(Object.keys(members))) {
    const value = members[key];
    if (value === undefined) continue;
    const first = key.charCodeAt(0);
    if ((first >= 48 && first <= 57) || key === '__proto__') return NOT_PLAIN;
    const member = ordered(value, depth + 1);
    if (member === NOT_PLAIN) return NOT_PLAIN;
    result[key] = member;
  }
  return result;
}

/** Sorts in place, by insertion: for a few keys, mostly in order, that costs a fraction of the built-in sort; many would take it squared time. */
function inOrder(keys: string[]): string[] {
  if (keys.length > FEW) return keys.sort();
  for (let at = 1; at < keys.length; at++) {
    const key = keys[at]!;
    let to = at;
    for (; to > 0 && keys[to - 1]! > key; to--) keys[to] = keys[to - 1]!;
    keys[to] = key;
  }
  return keys;
}
