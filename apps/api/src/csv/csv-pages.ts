import { Problem } from '#platform';
import { oneOf } from '../edge/parameters.js';
import type { Parameters } from '../edge/query.js';
import type { ViewDefinition } from '../views/view-definition.js';
import { type CsvTable, csvTables } from './csv-tables.js';
import { csvLine } from './csv-text.js';

export const CSV = 'text/csv';

/** Whether `Accept` prefers CSV (RFC 9110, 12.5.1). */
export const prefersCsv = (accept: string | undefined): boolean => {
  const quality = (type: string) =>
    Math.max(
      0,
      ...(accept ?? '').split(',').flatMap((each) => {
        const [name, ...parameters] = each.split(';').map((part) => part.trim().toLowerCase());
        const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
        return name === type ? [Number(q) || 0] : [];
      }),
    );
  return quality(CSV) > quality('application/json');
};

/** What the edge takes besides: which of several tables. */
export const csvParameters = (definition: Pick<ViewDefinition, 'answers' | 'parameters'>): Parameters => {
  const names = csvTables(definition).map(({ name }) => name);
  return names.length < 2 ? {} : { table: oneOf(names, `Only with \`Accept: ${CSV}\`: which list; default \`${names[0]}\`.`) };
};

/** @throws Problem `not-acceptable` where the answer has no list */
export const csvTableOf = (definition: Pick<ViewDefinition, 'name' | 'answers' | 'parameters'>, name: string | undefined): CsvTable => {
  const tables = csvTables(definition);
  const table = name === undefined ? tables[0] : tables.find((each) => each.name === name);
  if (table === undefined) throw new Problem('not-acceptable', `${definition.name} has no table; send Accept: application/json.`);
  return table;
};

export const csvHeader = ({ header }: CsvTable): string => csvLine(header);

/** @throws Problem `invalid-query` where the answer has only the first rows of the table */
export const csvRows = (table: CsvTable, body: unknown): string => {
  const { cut = [] } = body as { readonly cut?: readonly string[] };
  if (cut.includes(table.name))
    throw new Problem('invalid-query', undefined, { errors: [{ pointer: 'table', detail: 'has more rows than one answer may have' }] });
  let text = '';
  for (const row of table.rows(body)) text += csvLine(row);
  return text;
};

/** One page of a table. */
export interface CsvPage {
  readonly text: string;
  readonly next?: string | undefined;
}

/** A whole table, each page read when the one before was taken; whoever hangs up ends the reading. */
export async function* csvPages(header: string, first: CsvPage, read: (cursor: string) => Promise<CsvPage>): AsyncGenerator<string> {
  yield header + first.text;
  for (let { next } = first; next !== undefined; ) {
    const page = await read(next);
    if (page.text !== '') yield page.text;
    next = page.next;
  }
}
