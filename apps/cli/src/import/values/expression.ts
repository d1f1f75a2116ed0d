import type { Shape } from '#relationship/kernel/shape.js';
import type { ForeignKeyIds } from '../../sink/foreign-key-ids.js';
import { CliError } from '../../terminal/cli-error.js';
import type { Json } from '../mapping/mapping.js';
import type { ImportRecord } from '../records/import-record.js';
import type { LookupTable } from './lookup-table.js';

export type Value = string | number | boolean | null | readonly Value[] | { readonly [member: string]: Value };

/** Undefined: the member is left out. @throws RowProblem when the row must be rejected. */
export type Evaluate = (row: ImportRecord) => Value | undefined;

/** What compiling an expression may refer to, and notes down. */
export interface Compilation {
  readonly system: string;
  readonly lookups: ReadonlyMap<string, LookupTable>;
  /** Every column that some expression reads. */
  readonly columns: Set<string>;
  /** Texts of columns that mean no value. */
  readonly missing: ReadonlySet<string>;
  /** Of the run, in whichever zone: nobody is born later. */
  readonly today: string;
  /** To be set before a row is evaluated. */
  readonly foreignKeyIds: { of: ForeignKeyIds['of'] };
  /** Of the import that a row belongs to: that of times that name none. */
  readonly company: { zone: string };
  /** Counted while a row is evaluated. */
  readonly counts: RowCounts;
  /** Whether rows may be one by the mapping. */
  readonly grouped: boolean;
  /** What makes a row this row and no other: its file and line, or the columns that `dedupe` names. */
  rowKey(row: ImportRecord): readonly string[];
}

export interface RowCounts {
  /** Keys that a lookup did not find, unless the row was rejected for it. */
  notFound: number;
}

/** `shape`: of the object that the value must be, if it is known. */
export type Compile = (json: Json, at: string, shape?: Shape) => Evaluate;

/** An operator's members, checked: `at` names the place for messages. `shape` is that of its value. */
export type Operator = (members: Members, compile: Compile, shape: Shape | undefined) => Evaluate;

/** A column without the blanks around it; undefined where it is empty, or says that it is missing. */
export function columnReader(
  name: string,
  { columns, missing }: Pick<Compilation, 'columns' | 'missing'>,
  trim = true,
): (row: Pick<ImportRecord, 'get'>) => string | undefined {
  columns.add(name);
  return (row) => {
    const text = row.get(name);
    const trimmed = text?.trim();
    const value = trim ? trimmed : text;
    return value === '' || (trimmed !== undefined && missing.has(trimmed)) ? undefined : value;
  };
}

/** Whether it is the place of one in a command, or within its expression. */
export const isBirthDate = (at: string) => /\.person\.birthDate(\.|$)/.test(at);

export class MappingProblem extends CliError {
  constructor(at: string, problem: string) {
    super(`mapping: ${at} ${problem}`);
  }
}

/** The members of one operator object; whatever is read is known, the rest is rejected. */
export class Members {
  readonly #read = new Set<string>();
  constructor(
    readonly at: string,
    readonly compilation: Compilation,
    private readonly json: { readonly [member: string]: Json },
  ) {}

  optional(name: string): Json | undefined {
    this.#read.add(name);
    return Object.hasOwn(this.json, name) ? this.json[name] : undefined;
  }

  required(name: string): Json {
    const value = this.optional(name);
    if (value === undefined) throw new MappingProblem(this.at, `lacks the property "${name}"`);
    return value;
  }

  text(name: string): string | undefined;
  text(name: string, absent: string): string;
  text(name: string, absent?: string): string | undefined {
    const value = this.optional(name) ?? absent;
    if (value !== undefined && (typeof value !== 'string' || value === ''))
      throw new MappingProblem(`${this.at}.${name}`, 'must be a non-empty string');
    return value;
  }

  texts(name: string): readonly string[] {
    const value = this.required(name);
    const list = typeof value === 'string' ? [value] : value;
    if (!Array.isArray(list) || list.length === 0 || list.some((one) => typeof one !== 'string' || one === ''))
      throw new MappingProblem(`${this.at}.${name}`, 'must be a string or a list of strings');
    return list as readonly string[];
  }

  flag(name: string, absent: boolean): boolean {
    const value = this.optional(name) ?? absent;
    if (typeof value !== 'boolean') throw new MappingProblem(`${this.at}.${name}`, 'must be true or false');
    return value;
  }

  oneOf<const Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined;
  oneOf<const Choice extends string>(name: string, choices: readonly Choice[], absent: Choice): Choice;
  oneOf<const Choice extends string>(name: string, choices: readonly Choice[], absent?: Choice): Choice | undefined {
    const value = this.optional(name) ?? absent;
    if (value !== undefined && !choices.includes(value as Choice))
      throw new MappingProblem(`${this.at}.${name}`, `must be one of ${choices.join(', ')}`);
    return value as Choice | undefined;
  }

  wholeNumber(name: string, least: number, most: number): number | undefined {
    const value = this.optional(name);
    if (value !== undefined && !(Number.isInteger(value) && (value as number) >= least && (value as number) <= most))
      throw new MappingProblem(`${this.at}.${name}`, `must be a whole number from ${least} to ${most}`);
    return value as number | undefined;
  }

  /** Called when everything known has been asked for. */
  rejectOthers(): void {
    const unknown = Object.keys(this.json).find((name) => !this.#read.has(name));
    if (unknown !== undefined)
      throw new MappingProblem(this.at, `has the unknown property "${unknown}"; allowed: ${[...this.#read].join(', ')}`);
  }
}

/** The one of the names that was probably meant. */
export function nearest(name: string, names: Iterable<string>): string | undefined {
  const [best] = [...names].map((each) => ({ each, far: distance(name.toLowerCase(), each.toLowerCase()) })).sort((a, b) => a.far - b.far);
  return best && best.far <= Math.max(2, name.length / 3) ? best.each : undefined;
}

/** Of Levenshtein. */
function distance(a: string, b: string): number {
  let before = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++)
      row.push(Math.min(row[j - 1]! + 1, before[j]! + 1, before[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    before = row;
  }
  return before[b.length]!;
}

export const isObject = (json: unknown): json is { readonly [member: string]: Json } =>
  typeof json === 'object' && json !== null && !Array.isArray(json);
