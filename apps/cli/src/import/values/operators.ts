import type { Shape } from '#relationship/kernel/shape.js';
import { isZone } from '#relationship/kernel/zones.js';
import { minorDigits } from '../../terminal/minor-digits.js';
import type { Json } from '../mapping/mapping.js';
import { type ImportRecord, RowProblem } from '../records/import-record.js';
import { compileCondition, compilePattern } from './condition.js';
import { toDay, toInstant } from './dates.js';
import {
  type Compile,
  columnReader,
  type Evaluate,
  isBirthDate,
  isObject,
  MappingProblem,
  type Members,
  type Operator,
  type Value,
} from './expression.js';
import { ROUNDINGS, SIGNS, toMinor, toNumber } from './money.js';
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
  const name = members.text('$column', '');
  const read = columnReader(name, members.compilation, members.flag('trim', true));
  const whenEmpty = absence(members, 'empty');
  const translate = valueMap(members, `column ${name}`);
  return (row) => {
    const value = read(row);
    return value === undefined ? whenEmpty(`column ${name} is empty`) : translate(value);
  };
};

/** `{ "$text": …, "strip": "[ /-]", "case": "lower", "pad": 8, "map": … }`: a text, changed in this order. */
const text: Operator = (members, compile) => {
  const inner = compile(members.required('$text'), `${members.at}.$text`);
  const strip = members.text('strip');
  const stripped = strip === undefined ? undefined : compilePattern(strip, `${members.at}.strip`, 'gu');
  const letters = members.oneOf('case', ['lower', 'upper']);
  const length = members.wholeNumber('pad', 1, 100) ?? 0;
  const filler = members.text('with', '0');
  if ([...filler].length !== 1) throw new MappingProblem(`${members.at}.with`, 'must be one character');
  const translate = valueMap(members, members.at);
  return (row) => {
    const given = asText(inner(row), members.at);
    const left = stripped ? given?.replace(stripped, '').trim() : given;
    if (!left) return undefined;
    const cased = letters === 'lower' ? left.toLowerCase() : letters === 'upper' ? left.toUpperCase() : left;
    return translate(cased.padStart(length, filler));
  };
};

/** `{ "$when": { "column": "kind", "equals": "B" }, "value": …, "else": … }` */
const when: Operator = (members, compile, shape) => {
  const holds = compileCondition(members.required('$when'), `${members.at}.$when`, compile);
  const yes = compile(members.required('value'), `${members.at}.value`, shape);
  const otherwise = members.optional('else');
  const no = otherwise === undefined ? () => undefined : compile(otherwise, `${members.at}.else`, shape);
  return (row) => (holds(row) ? yes(row) : no(row));
};

/** A value that the map turns into null is left out. */
function valueMap(members: Members, what: string): (text: string) => Value | undefined {
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
      throw new RowProblem(`${what}: ${JSON.stringify(text)} is not one of the known values ${list}`);
    });
}

/** `{ "$template": "{product} for {account}", "with": { "product": … } }`, without blanks around it; no value when none of those in braces has one. */
const template: Operator = (members, compile) => {
  const parts = members.text('$template', '').split(/\{([^{}]+)\}/);
  const given = members.optional('with') ?? {};
  if (!isObject(given)) throw new MappingProblem(`${members.at}.with`, 'must be an object: name in braces → value');
  const unused = Object.keys(given).find((name) => !parts.some((part, index) => index % 2 === 1 && part === name));
  if (unused !== undefined) throw new MappingProblem(`${members.at}.with`, `has "${unused}", which is not in the template`);
  const values = parts.map((part, index): Evaluate => {
    if (index % 2 === 0) return () => part;
    return Object.hasOwn(given, part) ? compile(given[part]!, `${members.at}.with.${part}`) : columnReader(part, members.compilation);
  });
  return (row) => {
    const texts = values.map((value) => asText(value(row), members.at));
    if (texts.length > 1 && texts.every((text, index) => index % 2 === 0 || !text)) return undefined;
    // Blanks at its ends were beside a value that is missing.
    return texts.join('').trim();
  };
};

/** `{ "$id": "customer", "of": ["account"] }`: an opaque id from system, kind and key: columns, or values. No value when one of them has none. */
const id: Operator = (members, compile) => {
  const kind = members.text('$id', '');
  const given = members.required('of');
  const parts: readonly Json[] = Array.isArray(given) ? given : [given];
  const { foreignKeyIds } = members.compilation;
  const system = members.text('system', members.compilation.system);
  const whenEmpty = absence(members, 'empty');
  const key = parts.map((part, index): { readonly read: Evaluate; readonly what: string } => {
    if (typeof part === 'string' && part !== '') return { read: columnReader(part, members.compilation), what: `column ${part} is empty` };
    if (!isObject(part)) throw new MappingProblem(`${members.at}.of`, 'must be a column, a value with an operator, or a list of them');
    const at = `${members.at}.of.${index}`;
    return { read: compile(part, at), what: `${at} has no value` };
  });
  if (key.length === 0) throw new MappingProblem(`${members.at}.of`, 'must not be empty');
  return (row) => {
    const texts: string[] = [];
    for (const { read, what } of key) {
      const text = asText(read(row), members.at);
      if (!text) return whenEmpty(`${what}, so there is no ${kind} id`);
      texts.push(text);
    }
    return foreignKeyIds.of(system, kind, ...texts);
  };
};

/** `{ "$row": "deal" }`: an opaque id of this very row (of its line, or of the columns that `dedupe` names). */
const rowId: Operator = (members) => {
  const kind = members.text('$row', '');
  const { system, foreignKeyIds, rowKey } = members.compilation;
  return (row) => foreignKeyIds.of(system, 'row', kind, ...rowKey(row));
};

const decimalFormat = (members: Members) => ({ decimal: members.text('decimal', '.'), group: members.text('group') });

const arithmetic = (members: Members) => ({
  sign: members.oneOf('sign', SIGNS, 'as-written'),
  round: members.oneOf('round', ROUNDINGS),
});

/** `{ "$money": { "$column": "dollars" }, "currency": "USD", "decimal": ".", "group": ",", "sign": "absolute", "round": "half-up", "times": … }` */
const money: Operator = (members, compile) => {
  const amount = compile(members.required('$money'), `${members.at}.$money`);
  const currency = compile(members.required('currency'), `${members.at}.currency`);
  const format = decimalFormat(members);
  const fixedDigits = members.wholeNumber('digits', 0, 4);
  const how = arithmetic(members);
  const factor = members.optional('times');
  const times = factor === undefined ? undefined : compile(factor, `${members.at}.times`);
  return (row) => {
    const text = asText(amount(row), members.at);
    const by = times && asText(times(row), members.at);
    if (text === undefined || (times && by === undefined)) return undefined;
    const code = asText(currency(row), members.at) ?? '';
    if (!/^[A-Z]{3}$/.test(code)) throw new RowProblem(`${JSON.stringify(code)} is not an ISO 4217 currency code such as USD`);
    if (by !== undefined && !/^-?\d+(\.\d+)?$/.test(by))
      throw new RowProblem(`${members.at}.times is ${JSON.stringify(by)}, which is not a number`);
    return { ...toMinor(text, code, fixedDigits ?? minorDigits(code), format, how, by) };
  };
};

/** `{ "$number": { "$column": "cds" }, "integer": true, "sign": "absolute", "digits": 2, "round": "half-up" }` */
const number: Operator = (members, compile) => {
  const inner = compile(members.required('$number'), `${members.at}.$number`);
  const format = decimalFormat(members);
  const integer = members.flag('integer', false);
  const how = arithmetic(members);
  const digits = members.wholeNumber('digits', 0, 15) ?? (integer && how.round ? 0 : undefined);
  if (how.round && digits === undefined) throw new MappingProblem(`${members.at}.round`, 'needs "digits" or "integer" beside it');
  return (row) => {
    const text = asText(inner(row), members.at);
    if (text === undefined) return undefined;
    const value = toNumber(text, format, how, digits);
    if (integer && !Number.isSafeInteger(value)) throw new RowProblem(`${JSON.stringify(text)} is not a whole number`);
    return value;
  };
};

/** `{ "$date": { "$column": "date" }, "format": "yyyyMMdd", "zone": "Europe/Rome", "ambiguous": "earlier" }`; `zone` is the company's when absent. */
const date: Operator = (members, compile) => {
  const inner = compile(members.required('$date'), `${members.at}.$date`);
  const format = {
    formats: members.optional('format') === undefined ? ['iso'] : members.texts('format'),
    ambiguous: members.oneOf('ambiguous', ['earlier', 'later'], 'earlier'),
  };
  const named = members.text('zone');
  if (named !== undefined && !isZone(named))
    throw new MappingProblem(`${members.at}.zone`, `must be an IANA time zone such as Europe/Rome, not ${JSON.stringify(named)}`);
  const { company } = members.compilation;
  const readers = new Map<string, (text: string) => string>();
  const readerIn = (zone: string) => {
    const reader = readers.get(zone) ?? remembered((text) => toInstant(text, { ...format, zone }));
    readers.set(zone, reader);
    return reader;
  };
  return (row) => {
    const text = asText(inner(row), members.at);
    return text === undefined ? undefined : readerIn(named ?? company.zone)(text);
  };
};

/** `{ "$day": { "$column": "birth" }, "format": "dd.MM.yyyy", "otherwise": "reject" }`: a calendar date, which no zone moves. */
const day: Operator = (members, compile) => {
  const inner = compile(members.required('$day'), `${members.at}.$day`);
  const formats = members.optional('format') === undefined ? ['iso'] : members.texts('format');
  const otherwise = absence(members, 'otherwise', 'reject');
  const latest = isBirthDate(members.at) ? members.compilation.today : undefined;
  if (formats.some((format) => /^unix/.test(format)))
    throw new MappingProblem(`${members.at}.format`, 'must be "iso" or date format tokens');
  return (row) => {
    const text = asText(inner(row), members.at);
    if (text === undefined) return undefined;
    return (
      toDay(text, formats, latest) ?? otherwise(`${JSON.stringify(text)} is not an existing date in the format ${formats.join(' or ')}`)
    );
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
  const { counts } = members.compilation;
  return (row) => {
    const text = asText(key(row), members.at);
    if (text === undefined) return undefined;
    const found = table.get(text, wanted);
    if (found) return found;
    const instead = whenMissing(`${table.file} has no ${wanted} for ${JSON.stringify(text)}`);
    if (!table.has(text)) counts.notFound += 1;
    return instead;
  };
};

/** `{ "$first": [a, b] }`: the first that is not left out. */
const first: Operator = (members, compile, shape) => {
  const list = members.required('$first');
  if (!Array.isArray(list) || list.length === 0) throw new MappingProblem(`${members.at}.$first`, 'must be a list of expressions');
  const choices: Evaluate[] = list.map((json, index) => compile(json, `${members.at}.$first.${index}`, shape));
  return (row) => {
    for (const choice of choices) {
      const value = choice(row);
      if (value !== undefined) return value;
    }
    return undefined;
  };
};

/** Values of the rows that are one by `group`. */
function eachLine(members: Members, name: string, compile: Compile, shape: Shape | undefined) {
  if (!members.compilation.grouped) throw new MappingProblem(`${members.at}.${name}`, 'requires "group" in the mapping');
  const inner = compile(members.required(name), `${members.at}.${name}`, shape);
  return (row: ImportRecord): readonly (Value | undefined)[] =>
    (row.group ?? [row]).map((line) => {
      try {
        return inner(line);
      } catch (error) {
        throw error instanceof RowProblem ? new RowProblem(`line ${line.line}: ${error.message}`) : error;
      }
    });
}

/** `{ "$lines": { "item": … } }`: a list of the value of each line. */
const lines: Operator = (members, compile, shape) => {
  const each = eachLine(members, '$lines', compile, shape);
  return (row) => each(row).filter((value) => value !== undefined);
};

/** `{ "$sum": { "$money": … } }`: of numbers or amounts of all lines. */
const sum: Operator = (members, compile) => {
  const each = eachLine(members, '$sum', compile, undefined);
  return (row) => {
    const values = each(row);
    const amounts = values.map((value) => (isObject(value) ? value : { minor: value, currency: undefined }));
    const [first] = amounts;
    let minor = 0;
    for (const amount of amounts) {
      if (typeof amount.minor !== 'number') throw new RowProblem(`${members.at}: a line has no number or amount to add`);
      if (amount.currency !== first?.currency)
        throw new RowProblem(`${members.at}: the lines are in ${first?.currency} and ${amount.currency}`);
      minor += amount.minor;
    }
    // 0.1 + 0.2 is 0.3: fifteen digits survive a float.
    return first?.currency === undefined ? Number(minor.toPrecision(15)) : { minor, currency: first.currency };
  };
};

export const operators: Readonly<Record<string, Operator>> = {
  $column: column,
  $text: text,
  $when: when,
  $template: template,
  $id: id,
  $row: rowId,
  $money: money,
  $number: number,
  $date: date,
  $day: day,
  $lookup: lookup,
  $first: first,
  $lines: lines,
  $sum: sum,
};
