import { hash } from 'node:crypto';
import { CONTENT_BYTES, createKnownCommands, ID_BYTES } from '../memory/known-commands.js';
import type { ImportRecord } from './import-record.js';

export interface Grouping {
  readonly columns: readonly string[];
  /** Of these columns. */
  readonly values: readonly ((row: Pick<ImportRecord, 'get'>) => string | undefined)[];
  /** A row that is one by itself whatever it says. */
  alone(row: ImportRecord): boolean;
}

/** The rows that have these values in the columns of a grouping. */
export interface Group {
  readonly values: readonly string[];
  /** Hash of the values. */
  readonly key: string;
}

/** Undefined for a row that is one by itself. */
export function groupIn(row: ImportRecord, { values: readers, alone }: Grouping): Group | undefined {
  if (alone(row)) return undefined;
  const values: string[] = [];
  for (const read of readers) {
    const value = read(row);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return { values, key: hash('sha256', JSON.stringify(values), 'hex').slice(0, 2 * ID_BYTES) };
}

/** With a number each, in few bytes: a file may have millions of them. */
export function createKnownGroups() {
  const known = createKnownCommands();
  const idOf = ({ key }: Group) => Buffer.from(key, 'hex');
  return {
    add(group: Group, number = 0): void {
      const content = Buffer.alloc(CONTENT_BYTES);
      content.writeUInt32BE(number);
      known.add(idOf(group), content);
    },
    has: (group: Group): boolean => known.contentOf(idOf(group)) !== undefined,
    numberOf: (group: Group): number | undefined => known.contentOf(idOf(group))?.readUInt32BE(),
  };
}
