import { createNamedIds } from '#platform';
import { remembered } from './remembered.js';

/** In the namespace of every id that is derived from a foreign key; changing it would orphan all imported history. */
const namedId = createNamedIds('b0a7c1de-2f0b-5d61-9c43-5f2f3a1c7e10');

/** The same parts give the same opaque id for ever; what the parts were cannot be read from it. */
export function derivedId(...parts: readonly string[]): string {
  return idOf(parts.join('\u0000'));
}

const idOf = remembered(namedId);
