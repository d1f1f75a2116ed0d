import type { Scalar } from './read-model-store.js';

/** The one order of all engines: null, then numbers, then text by code point (which is the order of its UTF-8 bytes). */
export function compareScalars(a: Scalar, b: Scalar): number {
  const rank = kind(a) - kind(b);
  if (rank !== 0 || a === null || b === null) return rank;
  return typeof a === 'string' ? compareText(a, b as string) : a - (b as number);
}

/** JavaScript compares UTF-16 units, which puts characters beyond U+FFFF before U+E000. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [left, right] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (left !== right) return weight(left) - weight(right);
  }
  return a.length - b.length;
}

function weight(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}

function kind(value: Scalar): number {
  if (value === null) return 0;
  return typeof value === 'number' ? 1 : 2;
}
