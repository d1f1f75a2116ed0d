import type { CsvTable } from './csv-table.js';

type Json = Readonly<Record<string, unknown>>;
type Row = readonly [number: string, amount: unknown, series: string];

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/** Of an answer of single numbers: a row for each that has a series, under its path in the answer. */
export const numbersTable: CsvTable = {
  name: 'numbers',
  header: ['number', 'amount', 'series'],
  *rows(body) {
    yield* numbersIn(body, '');
  },
};

/** `{ amount, series }`, or numbers with a `series` object of the same members. */
function* numbersIn(value: unknown, path: string): Generator<Row> {
  if (!isObject(value)) return;
  const { amount, series, ...members } = value;
  if (typeof series === 'string') yield [path, amount, series];
  else if (isObject(series)) yield* numbersOf(series, members, path);
  else for (const [name, member] of Object.entries(members)) yield* numbersIn(member, within(path, name));
}

function* numbersOf(series: Json, numbers: Json, path: string): Generator<Row> {
  for (const [name, of] of Object.entries(series)) {
    const [amount, at] = [numbers[name], within(path, name)];
    if (typeof of === 'string') yield [at, amount, of];
    else yield* numbersOf(of as Json, amount as Json, at);
  }
}

const within = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);
