import { minorDigits } from '../../terminal/minor-digits.js';
import { RowProblem } from '../records/import-record.js';
import { type DateFormat, isZone, toDay, toInstant } from './dates.js';
import { derivedId } from './derived-id.js';
import { type Evaluate, isObject, MappingProblem, type Members, type Operator, type Value } from './expression.js';
import { toMinor, toPlainDecimal } from './money.js';
import { remembered } from './remembered.js';

const asText = (value: Value | undefined, at: string): string | undefined => {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'object') throw new RowProblem(`${at} returns an object where a string is required`);
  return String(value);
};

/** `{ "constant": … }`, `"omit"` or `"reject"`: what an absent value becomes. */
function absence(members: Members, name: string, usual = 'omit'): (problem: string) => Value | undefined {
  const choice = members.optional(name) ?? usual;
  if (choice === 'omit') return () => undefined;
  if (choice === 'reject')
    return (problem) => {
      throw new RowProblem(problem);
    };
  if (isObject(choice) && Object.keys(choice).join() === 'constant') return () => choice.constant as Value;
  throw new MappingProblem(`${members.at}.${name}`, 'must be "omit", "reject" or { "constant": … }');
}

/** `{ "$column": "origin", "map": { "a": "b" }, "otherwise": "reject" | "keep" | { "constant": … }, "empty": "omit" | "reject" | { "constant": … } }` */
const column: Operator = (members) => {
  const name = members.column('$column');
  const trim = members.flag('trim', true);
  const whenEmpty = absence(members, 'empty');
  const translate = valueMap(members, name);
  return (row) => {
    const text = row.get(name);
    const value = trim ? text?.trim() : text;
    return value === undefined || value === '' ? whenEmpty(`column ${name} is empty`) : translate(value);
  };
};

/** A value that the map turns into null is left out. */
function valueMap(members: Members, name: string): (text: string) => Value | undefined {
  const map = members.optional('map');
  const otherwise = members.optional('otherwise');
  if (map === undefined) {
    if (otherwise !== undefined) throw new MappingProblem(`${members.at}.otherwise`, 'needs a "map" beside it');
    return (text) => text;
  }
  if (!isObject(map)) throw new MappingProblem(`${members.at}.map`, 'must be an object: value in the file → value in the command');
  const known = new Map(Object.entries(map) as [string, Value][]);
  const look = (text: string, unknown: () => Value) => (known.has(text) ? (known.get(text) ?? undefined) : unknown());
  if (otherwise === 'keep') return (text) => look(text, () => text);
  if (isObject(otherwise) && Object.keys(otherwise).join() === 'constant') return (text) => look(text, () => otherwise.constant as Value);
  if (otherwise !== 'reject')
    throw new MappingProblem(
      `${members.at}.otherwise`,
      'must define what happens to values that are not in the map: "reject", "keep" or { "constant": … }',
    );
  const list = [...known.keys()].map((key) => JSON.stringify(key)).join(', ');
  return (text) =>
    look(text, () => {
      throw new RowProblem(`column ${name}: ${JSON.stringify(text)} is not one of the known values ${list}`);
    });
}

/** `{ "$template": "{product} for {account}" }`; left out when every column in it is empty. */
const template: Operator = (members) => {
  const text = members.text('$template', '');
  const parts = text.split(/\{([^{}]+)\}/);
  const columns = parts.filter((_, index) => index % 2 === 1);
  for (const name of columns) members.compilation.columns.add(name);
  return (row) => {
    if (columns.length > 0 && columns.every((name) => !row.get(name)?.trim())) return undefined;
    return parts.map((part, index) => (index % 2 === 1 ? (row.get(part)?.trim() ?? '') : part)).join('');
  };
};

/** `{ "$id": "customer", "of": ["account"] }`: an opaque id from system, kind and key. Left out when a column is empty. */
const id: Operator = (members) => {
  const kind = members.text('$id', '');
  const columns = members.texts('of');
  const system = members.text('system', members.compilation.system);
  const whenEmpty = absence(members, 'empty');
  for (const name of columns) members.compilation.columns.add(name);
  return (row) => {
    const key = columns.map((name) => row.get(name)?.trim() ?? '');
    const empty = key.indexOf('');
    return empty < 0 ? derivedId(system, kind, ...key) : whenEmpty(`column ${columns[empty]} is empty, so there is no ${kind} id`);
  };
};

/** `{ "$row": "deal" }`: an opaque id of this very row (of its line, or of the columns that `dedupe` names). */
const rowId: Operator = (members) => {
  const kind = members.text('$row', '');
  const system = members.compilation.system;
  return (row) => derivedId(system, 'row', kind, ...members.compilation.rowKey(row));
};

const decimalFormat = (members: Members) => ({ decimal: members.text('decimal', '.'), group: members.text('group') });

/** `{ "$money": { "$column": "dollars" }, "currency": "USD", "decimal": ".", "group": "," }` */
const money: Operator = (members, compile) => {
  const amount = compile(members.required('$money'), `${members.at}.$money`);
  const currency = compile(members.required('currency'), `${members.at}.currency`);
  const format = decimalFormat(members);
  const fixedDigits = members.optional('digits');
  if (fixedDigits !== undefined && !(Number.isInteger(fixedDigits) && (fixedDigits as number) >= 0 && (fixedDigits as number) <= 4))
    throw new MappingProblem(`${members.at}.digits`, 'must be a whole number from 0 to 4');
  return (row) => {
    const text = asText(amount(row), members.at);
    if (text === undefined) return undefined;
    const code = asText(currency(row), members.at) ?? '';
    if (!/^[A-Z]{3}$/.test(code)) throw new RowProblem(`${JSON.stringify(code)} is not an ISO 4217 currency code such as USD`);
    return { ...toMinor(text, code, (fixedDigits as number | undefined) ?? minorDigits(code), format) };
  };
};

/** `{ "$number": { "$column": "cds" }, "integer": true }` */
const number: Operator = (members, compile) => {
  const inner = compile(members.required('$number'), `${members.at}.$number`);
  const format = decimalFormat(members);
  const integer = members.flag('integer', false);
  return (row) => {
    const text = asText(inner(row), members.at);
    if (text === undefined) return undefined;
    const value = Number(toPlainDecimal(text, format));
    if (integer && !Number.isSafeInteger(value)) throw new RowProblem(`${JSON.stringify(text)} is not a whole number`);
    return value;
  };
};

/** `{ "$date": { "$column": "date" }, "format": "yyyyMMdd", "zone": "UTC", "ambiguous": "earlier" }` */
const date: Operator = (members, compile) => {
  const inner = compile(members.required('$date'), `${members.at}.$date`);
  const format: DateFormat = {
    formats: members.optional('format') === undefined ? ['iso'] : members.texts('format'),
    zone: members.text('zone', 'UTC'),
    ambiguous: members.oneOf('ambiguous', ['earlier', 'later'], 'earlier'),
  };
  if (!isZone(format.zone))
    throw new MappingProblem(`${members.at}.zone`, `must be an IANA time zone such as Europe/Rome, not ${JSON.stringify(format.zone)}`);
  const instantOf = remembered((text) => toInstant(text, format));
  return (row) => {
    const text = asText(inner(row), members.at);
    return text === undefined ? undefined : instantOf(text);
  };
};

/** `{ "$day": { "$column": "birth" }, "format": "dd.MM.yyyy", "otherwise": "reject" }`: a calendar date, which no zone moves. */
const day: Operator = (members, compile) => {
  const inner = compile(members.required('$day'), `${members.at}.$day`);
  const formats = members.optional('format') === undefined ? ['iso'] : members.texts('format');
  const otherwise = absence(members, 'otherwise', 'reject');
  if (formats.some((format) => /^unix/.test(format)))
    throw new MappingProblem(`${members.at}.format`, 'must be "iso" or date format tokens');
  return (row) => {
    const text = asText(inner(row), members.at);
    if (text === undefined) return undefined;
    return toDay(text, formats) ?? otherwise(`${JSON.stringify(text)} is not an existing date in the format ${formats.join(' or ')}`);
  };
};

/** `{ "$lookup": "teams", "key": { "$column": "sales_agent" }, "column": "regional_office", "missing": "omit" }` */
const lookup: Operator = (members, compile) => {
  const name = members.text('$lookup', '');
  const table = members.compilation.lookups.get(name);
  if (!table) throw new MappingProblem(`${members.at}.$lookup`, `refers to "${name}", which is not in "lookups"`);
  const key = compile(members.required('key'), `${members.at}.key`);
  const wanted = members.text('column', '');
  if (!table.columns.includes(wanted))
    throw new MappingProblem(`${members.at}.column`, `must be a column of ${table.file}: ${table.columns.join(', ')}`);
  const whenMissing = absence(members, 'missing');
  return (row) => {
    const text = asText(key(row), members.at);
    if (text === undefined) return undefined;
    const found = table.get(text, wanted);
    return found || whenMissing(`${table.file} has no ${wanted} for ${JSON.stringify(text)}`);
  };
};

/** `{ "$first": [a, b] }`: the first that is not left out. */
const first: Operator = (members, compile) => {
  const list = members.required('$first');
  if (!Array.isArray(list) || list.length === 0) throw new MappingProblem(`${members.at}.$first`, 'must be a list of expressions');
  const choices: Evaluate[] = list.map((json, index) => compile(json, `${members.at}.$first.${index}`));
  return (row) => {
    for (const choice of choices) {
      const value = choice(row);
      if (value !== undefined) return value;
    }
    return undefined;
  };
};

export const operators: Readonly<Record<string, Operator>> = {
  $column: column,
  $template: template,
  $id: id,
  $row: rowId,
  $money: money,
  $number: number,
  $date: date,
  $day: day,
  $lookup: lookup,
  $first: first,
};
