import type { SourceFormat } from '../mapping/mapping.js';
import type { Value } from '../values/expression.js';
import { createKnownGroups, type Group, type Grouping, groupIn } from './grouping.js';
import type { ImportRecord, UnreadableRecord } from './import-record.js';

/** What the rows of a file say before they are ordered. */
export interface GroupWatch {
  row(row: ImportRecord, keys: readonly Value[]): void;
  unreadable(row: UnreadableRecord): void;
  /** Why this number of rows of the group may not be all of it. */
  problemOf(group: Group, rows: number): string | undefined;
}

/** With more lines that cannot be read, the file is to be corrected and not searched for what they may be. */
const MOST_SEARCHED = 200;

/** Shorter values may be a quantity or a price of the line. */
const CERTAIN_CHARACTERS = 6;

interface BrokenLine {
  readonly line: number;
  readonly names: (group: Group) => boolean;
  /** Whether it is of no other group than those that it names. */
  readonly certain: (group: Group) => boolean;
}

/**
 * Where rows are ordered, a line that cannot be read may belong to any group. It is taken to be of those that it names, and of any where it names
 * for certain neither the row before it nor one behind it, as what it is of may be cut off. A row that lacks a value of `order` which others of
 * its group have is sorted away from them, and so is one of which `order` has another value.
 */
export function createGroupWatch(grouping: Grouping, format: SourceFormat['format']): GroupWatch {
  const columns = grouping.columns.join(', ');
  const garbled = format === 'ndjson' ? /\uFFFD|\\u/ : /\uFFFD/;
  const broken: BrokenLine[] = [];
  /** Those of them that have named no row for certain so far. */
  let unnamed: BrokenLine[] = [];
  /** Of which nobody can say what they name. */
  let ofAny: BrokenLine | undefined;
  /** What a row by itself says in the columns counts too. */
  let before: Group | undefined;
  /** Which keys are missing, a bit each. */
  const patterns = createKnownGroups();
  const counts = createKnownGroups();
  const mixed = new Set<string>();

  return {
    row(row, keys) {
      const group = groupIn(row, grouping);
      const said = group ?? groupIn(row, { ...grouping, alone: () => false });
      before = said;
      if (said && unnamed.length > 0) unnamed = unnamed.filter(({ certain }) => !certain(said));
      if (!group) return;
      counts.add(group, (counts.numberOf(group) ?? 0) + 1);
      const pattern = keys.reduce<number>((bits, key, at) => (key === '' ? bits | (1 << (at % 31)) : bits), 0);
      const known = patterns.numberOf(group);
      if (known === undefined) patterns.add(group, pattern);
      else if (known !== pattern) mixed.add(group.key);
    },
    unreadable(row) {
      if (isAlone(row, grouping)) return;
      const text = Object.values(row.original()).concat(row.surplus).join(' ');
      const one = { line: row.line, ...(namesByFields(row, grouping) ?? namesByText(text)) };
      if (broken.length === MOST_SEARCHED || garbled.test(text)) ofAny ??= one;
      if (ofAny) return;
      broken.push(one);
      if (!before || !one.certain(before)) unnamed.push(one);
    },
    problemOf(group, rows) {
      if (mixed.has(group.key))
        return `is one of several rows of the same ${columns}, of which some have no value of "order"; correct that, or leave it out of "order"`;
      const all = counts.numberOf(group) ?? rows;
      if (rows < all)
        return `is one of ${all} rows of the same ${columns}, which "order" separates; begin "order" with the columns of "group" (${columns})`;
      const one = ofAny ?? unnamed[0] ?? broken.find(({ names }) => names(group));
      return one && `may lack line ${one.line}, which cannot be read and may belong to the same ${columns}; correct that line first`;
    },
  };
}

/** What it may say in each column of the group; undefined where the line has no fields. */
function possibleValues({ mayBe }: UnreadableRecord, { columns, values }: Grouping): readonly Set<string | undefined>[] | undefined {
  const fields = columns.map((column) => mayBe?.(column));
  return fields.includes(undefined) ? undefined : values.map((read, at) => new Set(fields[at]!.map((field) => read({ get: () => field }))));
}

/** Whether it has no value in one of the columns, whichever fields are missing or too many. */
const isAlone = (row: UnreadableRecord, grouping: Grouping): boolean =>
  possibleValues(row, grouping)?.some((values) => values.size === 1 && values.has(undefined)) ?? false;

function namesByFields(row: UnreadableRecord, grouping: Grouping): Omit<BrokenLine, 'line'> | undefined {
  const possible = possibleValues(row, grouping);
  if (!possible) return undefined;
  const names = (group: Group) => group.values.every((value, at) => possible[at]!.has(value));
  return { names, certain: names };
}

function namesByText(original: string): Omit<BrokenLine, 'line'> {
  const text = plain(original);
  const names = ({ values }: Group) => values.every((value) => isIn(text, plain(value)));
  return { names, certain: (group) => plain(group.values.join('')).length >= CERTAIN_CHARACTERS && names(group) };
}

/** Quotes may be doubled or escaped. */
const plain = (text: string) => text.replace(/["\\]/g, '');

/** No mere part of a word or number. */
function isIn(text: string, value: string): boolean {
  // It is everywhere, and its search has no end.
  if (value === '') return true;
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1))
    if (!LETTER.test(text[at - 1] ?? '') && !LETTER.test(text[at + value.length] ?? '')) return true;
  return false;
}

const LETTER = /[\p{L}\p{N}]/u;
