import { hash } from 'node:crypto';
import { canonicalJson } from '#event-log/canonical-json.js';
import { CliError } from '../../terminal/cli-error.js';

/** Short enough for an id, long enough that no two are the same. */
const DIGITS = 32;
const shortHash = (text: string): string => hash('sha256', text, 'hex').slice(0, DIGITS);

/** Names the stream of the imports under a mapping: its canonical JSON, hashed. @throws CliError for a text that is not Unicode */
export function importIdOf(mapping: unknown): string {
  try {
    return shortHash(canonicalJson(mapping));
  } catch {
    throw new CliError('the mapping holds a text with half a surrogate pair, which is not Unicode');
  }
}

/** Names the stream of what all imports of a system remember. */
export const importSourceIdOf = (system: string): string => shortHash(system);

/** Of the name of a file, which may be personal; another one under another mapping. */
export const nameHashOf = (importId: string, name: string): string => shortHash(`${importId} ${name}`);

/** As a rejects file names the import that a row belongs to: the number and the mapping under which it counts. */
export const importReference = (importId: string, number: number): string => `${number}-${importId.slice(0, 8)}`;

/** Undefined for one of another mapping. */
export const numberOfReference = (importId: string, reference: string): number | undefined => {
  const [, number, of] = /^([1-9]\d{0,14})-([0-9a-f]{8})$/.exec(reference) ?? [];
  return of === importId.slice(0, 8) ? Number(number) : undefined;
};
