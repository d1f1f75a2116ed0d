import { membersOf, type Shape } from '#relationship/kernel/shape.js';
import type { Json } from '../mapping/mapping.js';
import { RowProblem } from '../records/import-record.js';
import {
  type Compilation,
  type Compile,
  type Evaluate,
  isBirthDate,
  isObject,
  MappingProblem,
  Members,
  nearest,
  type Value,
} from './expression.js';
import { operators } from './operators.js';

/**
 * A JSON value with operators in it becomes a function of a row: an object with a `$…` member is an operator, any other object
 * or list is built member by member (and left out when nothing of it is there), everything else is used as it is.
 */
export const compilerFor = (compilation: Compilation): Compile => {
  const compile: Compile = (json, at, shape) => {
    if (Array.isArray(json)) return compileList(json, at, shape, compile);
    if (!isObject(json)) return () => json as Value;
    const operator = operatorOf(json);
    if (operator === undefined) return compileObject(json, at, shape, compile);
    const build = operators[operator];
    if (!build) throw new MappingProblem(at, `has the unknown operator "${operator}"; known: ${Object.keys(operators).join(', ')}`);
    const members = new Members(at, compilation, json);
    members.optional(operator);
    const evaluate = build(members, compile, shape);
    members.rejectOthers();
    return isBirthDate(at) ? born(evaluate, compilation.today) : evaluate;
  };
  return compile;
};

const born =
  (evaluate: Evaluate, today: string): Evaluate =>
  (row) => {
    const value = evaluate(row);
    if (typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) && value > today)
      throw new RowProblem(`${JSON.stringify(value)} is not a birth date: it is in the future`);
    return value;
  };

/** The body of a command, whose members its shape knows. An object in it that has only constants left, and lacks a required member, is left out. */
export const compileBody = (json: Json, at: string, shape: Shape | undefined, compile: Compile): Evaluate =>
  isObject(json) && operatorOf(json) === undefined ? builder(json, at, shape, compile) : compile(json, at, shape);

const operatorOf = (json: object) => Object.keys(json).find((name) => name.startsWith('$'));

function compileList(list: readonly Json[], at: string, shape: Shape | undefined, compile: Compile): Evaluate {
  const items = list.map((item, index) => compile(item, `${at}.${index}`, shape));
  return (row) => {
    const values = items.map((item) => item(row)).filter((value) => value !== undefined);
    return values.length > 0 || items.length === 0 ? values : undefined;
  };
}

interface JsonObject {
  readonly [member: string]: Json;
}

function compileObject(json: JsonObject, at: string, shape: Shape | undefined, compile: Compile): Evaluate {
  const build = builder(json, at, shape, compile);
  const computed = Object.keys(json).filter((name) => isComputed(json[name]));
  const required = [...(shape ? membersOf(shape) : [])].filter(([, member]) => !member.optional).map(([name]) => name);
  if (!computed.some((name) => required.includes(name))) return build;
  return (row) => {
    const value = build(row) as Readonly<Record<string, Value>> | undefined;
    if (value === undefined || required.every((name) => name in value)) return value;
    return computed.some((name) => name in value) ? value : undefined;
  };
}

function builder(json: JsonObject, at: string, shape: Shape | undefined, compile: Compile): Evaluate {
  const known = shape && membersOf(shape);
  const members = Object.entries(json).map(([name, value]) => {
    const member = known?.get(name);
    if (known && !member) throw new MappingProblem(at, unknownMember(name, [...known.keys()]));
    return [name, compile(value, `${at}.${name}`, member?.shape?.())] as const;
  });
  return (row) => {
    const given: (readonly [string, Value])[] = [];
    for (const [name, evaluate] of members) {
      const value = evaluate(row);
      if (value !== undefined) given.push([name, value]);
    }
    return given.length > 0 || members.length === 0 ? (Object.fromEntries(given) as Record<string, Value>) : undefined;
  };
}

function unknownMember(name: string, names: readonly string[]): string {
  const meant = nearest(name, names);
  const list = names.join(', ');
  return `has the unknown property "${name}"; ${meant === undefined ? `allowed: ${list}` : `did you mean "${meant}"? Allowed: ${list}`}`;
}

/** Whether there is an operator in it. */
const isComputed = (json: Json | undefined): boolean =>
  Array.isArray(json) ? json.some(isComputed) : isObject(json) && (operatorOf(json) !== undefined || Object.values(json).some(isComputed));
