import type { Json } from '../mapping/mapping.js';
import { type Compilation, type Evaluate, isObject, MappingProblem, Members, type Value } from './expression.js';
import { operators } from './operators.js';

/**
 * A JSON value with operators in it becomes a function of a row: an object with a `$…` member is an operator, any other object
 * or list is built member by member (and left out when nothing of it is there), everything else stands for itself.
 */
export function compileExpression(json: Json, at: string, compilation: Compilation): Evaluate {
  const compile = (inner: Json, where: string) => compileExpression(inner, where, compilation);
  if (Array.isArray(json)) return compileList(json, at, compile);
  if (!isObject(json)) return () => json as Value;
  const operator = Object.keys(json).find((name) => name.startsWith('$'));
  if (operator === undefined) return compileObject(json, at, compile);
  const build = operators[operator];
  if (!build) throw new MappingProblem(at, `has the unknown operator "${operator}"; known: ${Object.keys(operators).join(', ')}`);
  const members = new Members(at, compilation, json);
  members.optional(operator);
  const evaluate = build(members, compile);
  members.rejectOthers();
  return evaluate;
}

type Compile = (json: Json, at: string) => Evaluate;

function compileList(list: readonly Json[], at: string, compile: Compile): Evaluate {
  const items = list.map((item, index) => compile(item, `${at}.${index}`));
  return (row) => {
    const values = items.map((item) => item(row)).filter((value) => value !== undefined);
    return values.length > 0 || items.length === 0 ? values : undefined;
  };
}

function compileObject(json: { readonly [member: string]: Json }, at: string, compile: Compile): Evaluate {
  const members = Object.entries(json).map(([name, value]) => [name, compile(value, `${at}.${name}`)] as const);
  return (row) => {
    const given: (readonly [string, Value])[] = [];
    for (const [name, evaluate] of members) {
      const value = evaluate(row);
      if (value !== undefined) given.push([name, value]);
    }
    return given.length > 0 || members.length === 0 ? (Object.fromEntries(given) as Record<string, Value>) : undefined;
  };
}
