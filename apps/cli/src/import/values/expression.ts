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
  /** What makes a row this row and no other: its file and line, or the columns that `dedupe` names. */
  rowKey(row: ImportRecord): readonly string[];
}

/** An operator's members, checked: `at` names the place for messages. */
export type Operator = (members: Members, compile: (json: Json, at: string) => Evaluate) => Evaluate;

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

  oneOf<const Choice extends string>(name: string, choices: readonly Choice[], absent: Choice): Choice {
    const value = this.optional(name) ?? absent;
    if (!choices.includes(value as Choice)) throw new MappingProblem(`${this.at}.${name}`, `must be one of ${choices.join(', ')}`);
    return value as Choice;
  }

  column(name: string): string {
    const column = this.text(name);
    if (column === undefined) throw new MappingProblem(this.at, `lacks the property "${name}"`);
    this.compilation.columns.add(column);
    return column;
  }

  /** Called when everything known has been asked for. */
  rejectOthers(): void {
    const unknown = Object.keys(this.json).find((name) => !this.#read.has(name));
    if (unknown !== undefined)
      throw new MappingProblem(this.at, `has the unknown property "${unknown}"; allowed: ${[...this.#read].join(', ')}`);
  }
}

export const isObject = (json: unknown): json is { readonly [member: string]: Json } =>
  typeof json === 'object' && json !== null && !Array.isArray(json);
