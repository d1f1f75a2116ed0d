import type { Json } from '../mapping/mapping.js';
import type { ImportRecord } from '../records/import-record.js';
import { type Compile, isObject, MappingProblem } from './expression.js';

export type Condition = (row: ImportRecord) => boolean;

const TESTS = ['equals', 'in', 'notEmpty', 'empty', 'matches', 'differsFrom'] as const;

/**
 * `{ "value": …, "equals" | "in" | "notEmpty" | "empty" | "matches" | "differsFrom": … }`, where `"column": "x"` is short for a
 * value of one column; several of them by `{ "all": […] }`, `{ "any": […] }`, `{ "not": … }`.
 */
export function compileCondition(json: Json, at: string, compile: Compile): Condition {
  if (!isObject(json)) throw new MappingProblem(at, 'must be a condition, e.g. { "column": "stage", "equals": "Won" }');
  const names = Object.keys(json);
  const [only] = names;
  if (names.length === 1 && (only === 'all' || only === 'any')) return compileMany(only, json[only], at, compile);
  if (names.length === 1 && only === 'not') {
    const inner = compileCondition(json.not as Json, `${at}.not`, compile);
    return (row) => !inner(row);
  }
  return compileTest(json, at, compile);
}

function compileMany(kind: 'all' | 'any', list: Json | undefined, at: string, compile: Compile): Condition {
  if (!Array.isArray(list) || list.length === 0) throw new MappingProblem(`${at}.${kind}`, 'must be a list of conditions');
  const conditions: Condition[] = list.map((inner, index) => compileCondition(inner, `${at}.${kind}.${index}`, compile));
  return kind === 'all' ? (row) => conditions.every((holds) => holds(row)) : (row) => conditions.some((holds) => holds(row));
}

function compileTest(json: { readonly [member: string]: Json }, at: string, compile: Compile): Condition {
  const unknown = Object.keys(json).find(
    (name) => name !== 'column' && name !== 'value' && !TESTS.includes(name as (typeof TESTS)[number]),
  );
  if (unknown !== undefined)
    throw new MappingProblem(at, `has the unknown property "${unknown}"; allowed: column or value, and one of ${TESTS.join(', ')}`);
  const tests = TESTS.filter((test) => test in json);
  const [test] = tests;
  if (test === undefined || tests.length > 1) throw new MappingProblem(at, `requires exactly one of ${TESTS.join(', ')}`);
  const source = json.column === undefined ? json.value : { $column: json.column };
  if (source === undefined) throw new MappingProblem(at, 'requires a column or a value');
  const read = compile(source, at);
  const text = (row: ImportRecord) => String(read(row) ?? '');
  const wanted = json[test] as Json;
  switch (test) {
    case 'equals':
      return (row) => text(row) === String(wanted);
    case 'in': {
      if (!Array.isArray(wanted)) throw new MappingProblem(`${at}.in`, 'must be a list of values');
      const set = new Set(wanted.map(String));
      return (row) => set.has(text(row));
    }
    case 'notEmpty':
    case 'empty': {
      if (wanted !== true) throw new MappingProblem(`${at}.${test}`, 'must be true');
      return (row) => (text(row) === '') === (test === 'empty');
    }
    case 'matches': {
      const pattern = compilePattern(wanted, `${at}.matches`);
      return (row) => pattern.test(text(row));
    }
    case 'differsFrom': {
      const other = compile(wanted, `${at}.differsFrom`);
      return (row) => text(row) !== String(other(row) ?? '');
    }
  }
}

export function compilePattern(pattern: Json, at: string, flags = 'u'): RegExp {
  try {
    return new RegExp(String(pattern), flags);
  } catch (error) {
    throw new MappingProblem(at, `is not a regular expression: ${(error as Error).message}`);
  }
}
