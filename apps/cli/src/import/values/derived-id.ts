import { createNamedIds } from '#platform';
import { remembered } from './remembered.js';

/** In the namespace of every id that is derived from a foreign key; changing it would orphan all imported history. */
const namedId = createNamedIds('b0a7c1de-2f0b-5d61-9c43-5f2f3a1c7e10');

const NUL = '\u0000';

/**
 * The same parts give the same opaque id for ever; what the parts were cannot be read from it. No two lists of parts are joined to one text:
 * one with a NUL in a part is written as JSON after a NUL, with which no other begins, as the first part, the system, is never empty.
 */
export function derivedId(...parts: readonly string[]): string {
  return idOf(parts.some((part) => part.includes(NUL)) ? NUL + JSON.stringify(parts) : parts.join(NUL));
}

const idOf = remembered(namedId);
