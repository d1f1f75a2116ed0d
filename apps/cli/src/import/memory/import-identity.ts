import { hash } from 'node:crypto';
import { canonicalJson } from '#event-log/canonical-json.js';
import { CliError } from '../../terminal/cli-error.js';
import type { ImportHash } from './import-hashes.js';
import type { NumberedImport } from './row-import.js';

/** Short enough for an id, long enough that no two are the same. */
const DIGITS = 32;
const shortHash = (text: string): string => hash('sha256', text, 'hex').slice(0, DIGITS);

/** Names the stream of the imports under a mapping: its canonical JSON, hashed. @throws CliError for a text that is not Unicode */
export function importIdOf(mapping: unknown): string {
  try {
    return shortHash(canonicalJson(mapping));
  } catch {
    throw new CliError('the mapping contains a string with an unpaired surrogate, which is not valid Unicode');
  }
}

/** Names the stream of what all imports of a system remember. */
export const importSourceIdOf = (system: string): string => shortHash(system);

/** Of the name of a file, which may be personal; another one under another mapping. */
export const nameHashOf = (hash: ImportHash, importId: string, name: string): string => hash(`${importId} ${name}`).slice(0, DIGITS);

interface Bytes {
  readonly name: string;
  readonly sha256?: string | undefined;
  readonly inputs?: string | undefined;
}

/** Short, for a person may look at it; of a file without lookups it is the beginning of its hash. */
export function fileHashOf({ name, sha256 = name, inputs }: Bytes): string {
  return (inputs === undefined ? sha256 : shortHash(`${sha256} ${inputs}`)).slice(0, 12);
}

/** In a rejects file of rows of an import of which nothing is recorded: it is a file of its own. */
export const NO_IMPORT = 'none';

const mappingOf = (importId: string) => importId.slice(0, 8);

/**
 * As a rejects file names the import that a row belongs to: by its number, the mapping under which it counts, and the file, for another
 * chronicle counts other files.
 */
export const importReference = (importId: string, { number, file }: Pick<NumberedImport, 'number' | 'file'>): string =>
  `${number}-${mappingOf(importId)}-${file}`;

export interface Reference {
  readonly number: number;
  /** It is one of another mapping. */
  readonly foreign: boolean;
}

/** Of a row that no import under this mapping rejected: it is one of the rejects file, which may hold rows of several files. */
export const isOfRejectsFile = (importId: string, reference: string): boolean =>
  reference === NO_IMPORT || (parseReference(importId, reference)?.foreign ?? false);

/** `row` is the place of the row in the file of its import, if that is not its line. */
export const rowReference = (reference: string, row: number | undefined): string =>
  row === undefined || reference === NO_IMPORT ? reference : `${reference}-${row}`;

export function parseRowReference(text: string): { readonly import: string; readonly row?: number } {
  const [, reference, row] = /^(\d+-[0-9a-f]{8}-[0-9a-f]{12})-([1-9]\d{0,14})$/.exec(text) ?? [];
  return reference === undefined ? { import: text } : { import: reference, row: Number(row) };
}

/** Undefined where the text is no reference. */
export function parseReference(importId: string, text: string): Reference | undefined {
  const [, number, mapping] = /^([1-9]\d{0,14})-([0-9a-f]{8})-[0-9a-f]{12}$/.exec(text) ?? [];
  return number === undefined ? undefined : { number: Number(number), foreign: mapping !== mappingOf(importId) };
}
