import type { Value } from '../values/expression.js';
import { createKnownGroups, type Group, type Grouping, groupIn } from './grouping.js';
import type { ImportRecord, UnreadableRecord } from './import-record.js';

/** What the rows of a file say before they are ordered. */
export interface GroupWatch {
  row(row: ImportRecord, keys: readonly Value[]): void;
  unreadable(row: UnreadableRecord): void;
  /** Why the rows of the group may not be all of it. */
  problemOf(group: Group): string | undefined;
}

/** With more lines that cannot be read, the file is to be corrected and not searched for what they may be. */
const MOST_SEARCHED = 200;

interface BrokenLine {
  readonly line: number;
  readonly text: string;
}

/**
 * Where rows are ordered, a line that cannot be read may belong to any group. It is taken to be of those that its text names, and of any where
 * that names none of the row before it and those behind it, as what it is of may be cut off. A row that lacks a value of `order` which others of
 * its group have is sorted away from them.
 */
export function createGroupWatch(grouping: Grouping): GroupWatch {
  const columns = grouping.columns.join(', ');
  const broken: BrokenLine[] = [];
  /** Those of them that have named no group so far. */
  let unnamed: BrokenLine[] = [];
  /** Of which nobody can say what they name. */
  let ofAny: BrokenLine | undefined;
  let before: Group | undefined;
  /** Which keys are missing, a bit each. */
  const patterns = createKnownGroups();
  const mixed = new Set<string>();

  return {
    row(row, keys) {
      before = groupIn(row, grouping);
      const group = before;
      if (!group) return;
      if (unnamed.length > 0) unnamed = unnamed.filter(({ text }) => !names(text, group));
      const pattern = keys.reduce<number>((bits, key, at) => (key === '' ? bits | (1 << (at % 31)) : bits), 0);
      const known = patterns.numberOf(group);
      if (known === undefined) patterns.add(group, pattern);
      else if (known !== pattern) mixed.add(group.key);
    },
    unreadable({ line, original, surplus }) {
      const text = Object.values(original()).concat(surplus).join(' ');
      const one = { line, text: plain(text) };
      if (broken.length === MOST_SEARCHED || GARBLED.test(text)) ofAny ??= one;
      if (ofAny) return;
      broken.push(one);
      if (!before || !names(one.text, before)) unnamed.push(one);
    },
    problemOf(group) {
      if (mixed.has(group.key))
        return `is one of several rows of the same ${columns}, of which some have no value of "order"; correct that, or leave it out of "order"`;
      const one = ofAny ?? unnamed[0] ?? broken.find(({ text }) => names(text, group));
      return one && `may lack line ${one.line}, which cannot be read and may belong to the same ${columns}; correct that line first`;
    },
  };
}

/** Bytes that are lost, and escapes of characters. */
const GARBLED = /\uFFFD|\\u/;

/** Quotes may be doubled or escaped. */
const plain = (text: string) => text.replace(/["\\]/g, '');

/** Whether all values are in the text, and no mere parts of words and numbers. */
const names = (text: string, { values }: Group) => values.every((value) => isIn(text, plain(value)));

function isIn(text: string, value: string): boolean {
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1))
    if (!LETTER.test(text[at - 1] ?? '') && !LETTER.test(text[at + value.length] ?? '')) return true;
  return false;
}

const LETTER = /[\p{L}\p{N}]/u;
