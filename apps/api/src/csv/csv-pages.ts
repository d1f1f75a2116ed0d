import { Problem } from '#platform';
import { oneOf } from '../edge/parameters.js';
import type { Parameters } from '../edge/query.js';
import { isOfOneCustomer, type ViewDefinition } from '../views/view-definition.js';
import type { CsvTable } from './csv-table.js';
import { csvTables } from './csv-tables.js';
import { csvLine } from './csv-text.js';

export const CSV = 'text/csv';

type Preferred = 'csv' | 'csv, else json' | 'json';

/** What `Accept` asks for, of CSV only where it is named (RFC 9110, 12.5.1). */
export const preferredOf = (accept = ''): Preferred => {
  const qualities = qualitiesIn(accept);
  const csv = qualities.get(CSV) ?? 0;
  const named = qualities.get('application/json');
  const json = named ?? qualities.get('application/*') ?? qualities.get('*/*') ?? 0;
  if (csv > json || (csv > 0 && csv === json && named === undefined)) return json > 0 ? 'csv, else json' : 'csv';
  return 'json';
};

/** Of what may be a page, only where HTML is named. */
export const prefersPage = (accept = ''): boolean => {
  const qualities = qualitiesIn(accept);
  return (qualities.get('text/html') ?? 0) > (qualities.get('application/json') ?? 0);
};

const qualitiesIn = (accept: string): ReadonlyMap<string, number> =>
  new Map(
    accept.split(',').map((each): [string, number] => {
      const [name = '', ...parameters] = each.split(';').map((part) => part.trim().toLowerCase());
      const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
      return [name, Number(q) || 0];
    }),
  );

/** What the edge takes besides: which of several tables. */
export const csvParameters = (definition: Tabular): Parameters => {
  const names = csvTables(definition).map(({ name }) => name);
  const absent = isRecord(definition) ? 'required' : `default \`${names[0]}\``;
  return names.length < 2 ? {} : { table: oneOf(names, `Only with \`Accept: ${CSV}\`: which list; ${absent}.`) };
};

type Tabular = Pick<ViewDefinition, 'answers' | 'parameters' | 'path' | 'tables'>;

/** None of the lists of a record is the record. */
const isRecord = (definition: Tabular): boolean => isOfOneCustomer(definition) && !('cursor' in definition.parameters);

/** @throws Problem `not-acceptable` where the answer has no list, `invalid-query` where one of several must be named */
export const csvTableOf = (definition: Tabular & Pick<ViewDefinition, 'name'>, name: string | undefined): CsvTable => {
  const tables = csvTables(definition);
  if (name === undefined && tables.length > 1 && isRecord(definition)) {
    const detail = `is required with Accept: ${CSV}: one of ${tables.map((each) => each.name).join(', ')}`;
    throw new Problem('invalid-query', undefined, { errors: [{ pointer: 'table', detail }] });
  }
  const table = name === undefined ? tables[0] : tables.find((each) => each.name === name);
  if (table === undefined) throw new Problem('not-acceptable', `${definition.name} has no table; send Accept: application/json.`);
  return table;
};

export const csvHeader = ({ header }: CsvTable): string => csvLine(header);

/** `whole`: nobody asked for the first rows only. @throws Problem `invalid-query` where there are only those */
export const csvRows = (table: CsvTable, body: unknown, whole: boolean): string => {
  const { cut = [] } = body as { readonly cut?: readonly string[] };
  if (whole && cut.includes(table.name)) {
    const detail = `is required: ${table.name} has more rows than one answer may have; with limit the first ones are sent`;
    throw new Problem('invalid-query', undefined, { errors: [{ pointer: 'limit', detail }] });
  }
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
