import { type DocumentsSpec, indexColumns } from '../collections.js';
import type { FindPlan, PlannedConditions } from '../find-plan.js';
import { monthOf } from '../months.js';
import type { CollectionSpec, Scalar, TotalsQuery } from '../read-model-store.js';

/** SQL text and what is bound to it. Names were checked when the collection was declared. */
export interface Sql {
  readonly text: string;
  readonly values: readonly Scalar[];
}

const quoted = (name: string) => `"${name}"`;
/** Prefixed, so that a field may be called `position` or `body`. */
const column = (field: string) => (field === 'key' ? 'key' : `"f_${field}"`);

const totalsTable = (name: string) =>
  `CREATE TABLE ${quoted(name)} (series TEXT NOT NULL, day TEXT NOT NULL, known TEXT NOT NULL, amount INTEGER NOT NULL,
    PRIMARY KEY (series, day, known)) WITHOUT ROWID`;

/** No name of a collection has a dot. */
const monthsOf = (name: string) => `${name}.months`;
const monthsTable = (name: string) =>
  `CREATE TABLE ${quoted(monthsOf(name))} (series TEXT NOT NULL, month TEXT NOT NULL, amount INTEGER NOT NULL,
    PRIMARY KEY (series, month)) WITHOUT ROWID`;

const documentsTable = ({ name, fields }: DocumentsSpec, constraint: string) =>
  `CREATE TABLE ${quoted(name)} (${[`key TEXT NOT NULL ${constraint}`, 'position TEXT NOT NULL', ...fields.map(column), 'body TEXT NOT NULL'].join(', ')})`;

const indexesSql = ({ name, indexes }: DocumentsSpec) =>
  indexes.map((fields, i) => `CREATE INDEX "${name}_${i}" ON ${quoted(name)} (${indexColumns(fields).map(column).join(', ')})`);

/** Field columns have no type: a number stays a number and text stays text. */
export function createSql(spec: CollectionSpec): string {
  if (spec.kind === 'totals') return [totalsTable(spec.name), monthsTable(spec.name)].join('; ');
  return [documentsTable(spec, 'PRIMARY KEY'), ...indexesSql(spec)].join('; ');
}

/** A heap that is only ever appended to. */
export const createHeapSql = (spec: DocumentsSpec): string => documentsTable(spec, '');

/** Makes of a heap what `createSql` would have made, by sorting instead of searching; each statement may run in a transaction of its own. */
export const finishHeapSql = (spec: DocumentsSpec): readonly string[] => [
  `CREATE UNIQUE INDEX "${spec.name}_key" ON ${quoted(spec.name)} (key)`,
  ...indexesSql(spec),
];

/** Of documents that were appended under one key, the last one counts, as if each had replaced the one before. */
export const dropRepeatedSql = (name: string) =>
  `DELETE FROM ${quoted(name)} WHERE rowid NOT IN (SELECT max(rowid) FROM ${quoted(name)} GROUP BY key)`;

export const appendSql = ({ name, fields }: DocumentsSpec, rows: number): string =>
  `INSERT INTO ${quoted(name)} VALUES ${values(['key', 'position', ...fields, 'body'], rows)}`;

export const dropSql = (name: string) => [name, monthsOf(name)].map((table) => `DROP TABLE IF EXISTS ${quoted(table)}`).join('; ');

export function upsertSql({ name, fields }: DocumentsSpec, rows: number): string {
  const columns = ['key', 'position', ...fields.map(column), 'body'];
  const changes = columns.slice(1).map((each) => `${each} = excluded.${each}`);
  return `INSERT INTO ${quoted(name)} (${columns.join(', ')}) VALUES ${values(columns, rows)}
    ON CONFLICT (key) DO UPDATE SET ${changes.join(', ')}`;
}

export const deleteSql = (name: string) => `DELETE FROM ${quoted(name)} WHERE key = ?`;

/** What can no longer be given exactly must not leave the integers of 64 bits, or no commit would succeed. */
const bounded = `max(min(amount, ${2n ** 62n}), -${2n ** 62n})`;
const totalColumns = ['series', 'day', 'known', 'amount'];

export const addSql = (name: string, rows: number) =>
  `INSERT INTO ${quoted(name)} (series, day, known, amount) VALUES ${values(totalColumns, rows)}
    ON CONFLICT DO UPDATE SET amount = ${bounded} + excluded.amount`;

/** What leaves the integers is infinite from then on: `isExact` finds it in whatever it is added to. */
const addToMonth = `ON CONFLICT DO UPDATE SET amount = CASE WHEN abs(amount) < ${2n ** 62n} THEN amount + excluded.amount ELSE 9e999 END`;
export const isExact = (sum: number): boolean => Math.abs(sum) < 2 ** 62;

const insertMonths = (name: string) => `INSERT INTO ${quoted(monthsOf(name))} (series, month, amount)`;

/** A month that comes to zero is kept: its days may not. */
export const addToMonthsSql = (name: string, rows: number) =>
  `${insertMonths(name)} VALUES ${values(['series', 'month', 'amount'], rows)} ${addToMonth}`;

/** Makes of the days what `addToMonthsSql` would have made. */
export const fillMonthsSql = (name: string) =>
  `DELETE FROM ${quoted(monthsOf(name))};
    ${insertMonths(name)} SELECT series, substr(day, 1, 7), amount FROM ${quoted(name)} WHERE true ${addToMonth}`;
export const incrementSql = (name: string, rows: number) => `${addSql(name, rows)} RETURNING amount`;
export const dropZerosSql = (name: string) => `DELETE FROM ${quoted(name)} WHERE amount = 0`;
export const deleteTotalSql = (name: string) => `DELETE FROM ${quoted(name)} WHERE series = ? AND day = ? AND known = ? AND amount = 0`;

export const getManySql = (spec: DocumentsSpec) => `${select(spec)} WHERE key IN (SELECT value FROM json_each(?))`;

/** Each in turn until the page is full: rows without a value of the sort field are read apart, as no index can seek past both. */
export function findSql(spec: DocumentsSpec, plan: FindPlan): readonly Sql[] {
  const { sort, descending, after } = plan;
  const direction = descending ? 'DESC' : 'ASC';
  const beyond = descending ? '<' : '>';
  const by = column(sort);
  const conditions = conditionsSql(plan);
  // In the order of keys all documents are gone through, which a range narrows more, unless it is of keys itself.
  const byRange = sort === 'key' && plan.bounds.length > 0 && plan.bounds.every(({ field }) => field !== 'key');
  const query = (own: readonly string[], values: readonly Scalar[], order: string): Sql => {
    const ordered = `${where([...conditions.own, ...own])} ORDER BY ${order} LIMIT ?`;
    // Sorted without their bodies: only those of the page are opened.
    const within = `WHERE rowid IN (SELECT rowid FROM ${quoted(spec.name)}${inOrderOf(spec, plan)} ${ordered}) ORDER BY ${order}`;
    return {
      text: `${select(spec)} ${sort === 'key' && !byRange ? ordered : within}`,
      values: [...conditions.values, ...values, plan.limit + 1],
    };
  };
  // The sign keeps the index of keys from being used for the order.
  if (sort === 'key') return [query(after ? [`key ${beyond} ?`] : [], after ? [after.key] : [], `${byRange ? '+' : ''}key ${direction}`)];
  const within = after ? (after.sort === null ? 'nulls' : 'values') : undefined;
  const nulls = query(
    [`${by} IS NULL`, ...(within === 'nulls' ? [`key ${beyond} ?`] : [])],
    within === 'nulls' ? [after!.key] : [],
    `key ${direction}`,
  );
  const values = query(
    [`${by} IS NOT NULL`, ...(within === 'values' ? [`(${by}, key) ${beyond} (?, ?)`] : [])],
    within === 'values' ? [after!.sort, after!.key] : [],
    `${by} ${direction}, key ${direction}`,
  );
  if (descending) return within === 'nulls' ? [nulls] : [values, nulls];
  return within === 'values' ? [values] : [nulls, values];
}

/**
 * An index that begins with what is sorted by and has all that is asked for: gone through until the page is full, without opening a document.
 * The planner, which does not know how many match, would rather open each that matches a single condition.
 */
function inOrderOf({ name, indexes }: DocumentsSpec, { sort, equals, bounds, contains }: FindPlan): string {
  const asked = [...equals, ...bounds, ...contains].map(({ field }) => field);
  const found = indexes.findIndex((fields) => fields[0] === sort && asked.every((field) => indexColumns(fields).includes(field)));
  return found < 0 ? '' : ` INDEXED BY "${name}_${found}"`;
}

export function countSql(spec: DocumentsSpec, plan: PlannedConditions): Sql {
  const { own, values } = conditionsSql(plan);
  return { text: `SELECT count(*) FROM ${quoted(spec.name)} ${where(own)}`, values };
}

/** `sum` is exact and fails beyond 64 bits, `total` is rounded and does not. */
export function totalsSql(name: string, { prefix, from, to, knownTo, by }: TotalsQuery, sum: 'sum' | 'total' = 'sum'): Sql {
  const asked = given([...ofSeries(prefix), ['day >= ?', from], ['day <= ?', to], ['known <= ?', knownTo]]);
  const group = by === 'day' ? 'series, day' : 'series';
  return {
    text: `SELECT ${group}, ${sum}(amount) AS amount FROM ${quoted(name)} ${where(asked.map(([text]) => text))}
      GROUP BY ${group} HAVING ${sum}(amount) <> 0 ORDER BY ${group}`,
    values: asked.map(([, value]) => value),
  };
}

/** As `totalsSql` by series, from the months, and from the days of those that lie across an end of what is asked. Exact where `isExact`. */
export function monthsSql(name: string, { prefix, from, to }: Pick<TotalsQuery, 'prefix' | 'from' | 'to'>): Sql {
  const [first, last] = [from, to].map((day) => day && monthOf(day));
  const whole = given([
    ['month > ?', first],
    ['month < ?', last],
  ]);
  const within = given([
    ['day >= ?', from],
    ['day <= ?', to],
  ]);
  const among = given([...ofSeries(prefix), ['month >= ?', first], ['month <= ?', last]]);
  const days = ['series = m.series', "day BETWEEN m.month AND m.month || '~'", ...within.map(([text]) => text)];
  const broken = `(SELECT sum(amount) FROM ${quoted(name)} ${where(days)})`;
  const amount = whole.length === 0 ? 'amount' : `CASE WHEN ${whole.map(([text]) => text).join(' AND ')} THEN amount ELSE ${broken} END`;
  return {
    text: `SELECT series, sum(${amount}) AS sum FROM ${quoted(monthsOf(name))} m ${where(among.map(([text]) => text))}
      GROUP BY series HAVING sum <> 0 ORDER BY series`,
    values: [...whole, ...within, ...among].map(([, value]) => value),
  };
}

type Condition<Value> = readonly [text: string, value: Value];

/** The end is above every text that begins with the prefix, so that the primary key is searched and not scanned. */
const ofSeries = (prefix: string | undefined): readonly Condition<string | undefined>[] => [
  ['series >= ?', prefix],
  ['series < ?', prefix && `${prefix}\u{10FFFF}`],
];

const given = (conditions: readonly Condition<string | undefined>[]): readonly Condition<string>[] =>
  conditions.filter((condition): condition is Condition<string> => condition[1] !== undefined && condition[1] !== '');

function select({ name, fields }: DocumentsSpec): string {
  return `SELECT ${['key', 'position', 'body', ...fields.map(column)].join(', ')} FROM ${quoted(name)}`;
}

function conditionsSql({ equals, bounds, contains }: PlannedConditions): { own: readonly string[]; values: readonly Scalar[] } {
  const operators = { gt: '>', gte: '>=', lt: '<', lte: '<=' };
  const own: string[] = [];
  const bound: Scalar[] = [];
  for (const { field, values } of equals) {
    const present = values.filter((value) => value !== null);
    const any = present.length === 1 ? `${column(field)} = ?` : `${column(field)} IN (SELECT value FROM json_each(?))`;
    own.push(present.length < values.length ? `(${any} OR ${column(field)} IS NULL)` : any);
    bound.push(present.length === 1 ? present[0]! : JSON.stringify(present));
  }
  for (const { field, operator, value } of bounds) {
    own.push(`${column(field)} ${operators[operator]} ?`);
    bound.push(value);
  }
  for (const { field, text } of contains) {
    own.push(`typeof(${column(field)}) = 'text' AND instr(${column(field)}, ?) > 0`);
    bound.push(text);
  }
  return { own, values: bound };
}

function values(columns: readonly string[], rows: number): string {
  return Array.from({ length: rows }, () => `(${columns.map(() => '?').join(', ')})`).join(', ');
}

const where = (conditions: readonly string[]) => (conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`);
