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

/**
 * Columns under their names; numbers, shares and money stand to the right. Wide characters (CJK) take the two places that they take.
 * Where that is wider than the terminal, the last column goes on beneath itself; where that leaves it no room, each row is told as a
 * list of its columns.
 */
export function tableText(head: readonly string[], rows: readonly (readonly Cell[])[], terminal = process.stdout.columns): string {
  const texts = rows.map((row) => row.map(cellText));
  const whole = drawn(head, texts);
  const tooMuch = terminal === undefined ? 0 : widthOf(whole) - terminal;
  if (tooMuch <= 0) return trimmed(whole);
  const others = drawn(
    head.slice(0, -1),
    texts.map((row) => row.slice(0, -1)),
  );
  const last = widthOf(whole) - widthOf(others) - GAP.length;
  return trimmed(last - tooMuch < LEAST_WRAPPED ? listed(head, texts, widthOf(whole) - tooMuch) : drawn(head, texts, last - tooMuch));
}

function listed(head: readonly string[], rows: readonly (readonly string[])[], terminal: number): string {
  const names = Math.max(...head.map(({ length }) => length));
  const room = Math.max(LEAST_WRAPPED, terminal - names - GAP.length);
  return rows
    .map((row) =>
      drawn(
        ['', ''],
        head.flatMap((name, i) => (row[i] ? [[name, row[i]]] : [])),
        room,
      ).replace(/^\s*\n/, ''),
    )
    .join('\n\n');
}

const GAP = '  ';
const LEAST_WRAPPED = 20;

function drawn(head: readonly string[], rows: readonly (readonly string[])[], lastWidth?: number): string {
  const table = new Table({
    head: [...head],
    chars: { ...blank, middle: GAP },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: head.map((_, index) => (rows.every((row) => isFigure(row[index] ?? '')) ? 'right' : 'left')),
    ...(lastWidth !== undefined && { wordWrap: true, colWidths: [...head.slice(1).map(() => null), lastWidth] }),
  });
  for (const row of rows) table.push([...row]);
  return table.toString();
}

/** The names of the columns are of narrow characters, and filled up to the width of their columns. */
const widthOf = (table: string) => Math.max(0, ...table.split('\n').map(({ length }) => length));

const trimmed = (table: string) => table.replace(/[ \t]+$/gm, '');

/** `1,234`, `11.5`, `56.80 %`, `1,234.00 EUR`, or nothing. */
const isFigure = (text: string) => /^(-?[\d,]+(\.\d+)?( %| [A-Z]{3})?)?$/.test(text);

export const printTable = async (head: readonly string[], rows: readonly (readonly Cell[])[]) =>
  printLine(rows.length === 0 ? '(none)' : tableText(head, rows));

const cellText = (cell: Cell): string =>
  typeof cell === 'number' ? cell.toLocaleString('en', { maximumFractionDigits: 4 }) : oneLine(cell ?? '');

/** What stands in a chronicle must not move the cursor of a terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const oneLine = (text: string) => text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
