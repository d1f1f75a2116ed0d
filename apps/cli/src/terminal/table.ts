import Table from 'cli-table3';
import { printLine } from './output.js';

export type Cell = string | number | null | undefined;

const blank = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
  ].map((name) => [name, '']),
);

/** Columns under their names; numbers stand to the right. Wide characters (CJK) take the two places that they take. */
export function tableText(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const numeric = head.map(
    (_, index) =>
      rows.length > 0 &&
      rows.every((row) => typeof row[index] === 'number' || row[index] === null || row[index] === undefined || row[index] === ''),
  );
  const table = new Table({
    head: [...head],
    chars: { ...blank, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: numeric.map((isNumeric) => (isNumeric ? 'right' : 'left')),
  });
  for (const row of rows) table.push(row.map(cellText));
  return table.toString().replace(/[ \t]+$/gm, '');
}

export const printTable = async (head: readonly string[], rows: readonly (readonly Cell[])[]) =>
  printLine(rows.length === 0 ? '(none)' : tableText(head, rows));

const cellText = (cell: Cell): string =>
  typeof cell === 'number' ? cell.toLocaleString('en', { maximumFractionDigits: 4 }) : oneLine(cell ?? '');

/** What stands in a chronicle must not move the cursor of a terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const oneLine = (text: string) => text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
