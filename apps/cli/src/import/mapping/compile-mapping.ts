import type { CommandDefinition } from '#relationship';
import type { ForeignKeyIds } from '../../sink/foreign-key-ids.js';
import type { Grouping } from '../records/grouping.js';
import { type ImportRecord, RowProblem } from '../records/import-record.js';
import { compileBody, compilerFor } from '../values/compile.js';
import { type Condition, compileCondition } from '../values/condition.js';
import { type Compilation, columnReader, type Evaluate, MappingProblem, type RowCounts } from '../values/expression.js';
import type { LookupTable } from '../values/lookup-table.js';
import { createPurchaseBook, type PurchaseBook } from '../values/purchase-book.js';
import type { CommandMapping, Mapping } from './mapping.js';

export interface CompiledCommand {
  readonly name: string;
  readonly holds: Condition;
  readonly target: Evaluate;
  readonly body: Evaluate;
  /** Item of an earlier purchase. */
  readonly returns: Evaluate | undefined;
  readonly occurredAt: Evaluate;
  readonly once: boolean;
  /** Known by its import, not for ever. */
  readonly setsState: boolean;
  readonly tolerate: ReadonlySet<string>;
}

export interface CompiledMapping {
  readonly system: string;
  readonly commands: readonly CompiledCommand[];
  /** The first key decides; none where the rows are in the order of the file. */
  readonly order: readonly Evaluate[];
  readonly group: Grouping | undefined;
  /**
   * Names a row in its system: `file:line`, or an opaque id of the columns that `dedupe` names, which may be personal.
   * @throws RowProblem if these are all empty
   */
  readonly sourceId: (row: ImportRecord) => string;
  /** The name of its file is part of that. */
  readonly knownByName: boolean;
  /** Every column that the mapping reads. */
  readonly columns: ReadonlySet<string>;
  /** These two are to be set before a row is evaluated. */
  readonly foreignKeyIds: { of: ForeignKeyIds['of'] };
  readonly company: { zone: string };
  /** What was counted since they were taken the last time. */
  takeCounts(): RowCounts;
  readonly counts: RowCounts;
  /** Where a command returns one of them. */
  readonly purchases: PurchaseBook | undefined;
}

/** No zone is further ahead of UTC. */
const FURTHEST_AHEAD = 14 * 3_600_000;

/** @throws MappingProblem that names the member */
export function compileMapping(
  mapping: Mapping,
  lookups: ReadonlyMap<string, LookupTable>,
  commandNamed: (name: string) => Pick<CommandDefinition, 'setsState' | 'body'> | undefined,
  now: Date,
): CompiledMapping {
  const { dedupe = 'line' } = mapping;
  const columns = new Set<string>();
  const counts: RowCounts = { notFound: 0 };
  const missing = new Set(mapping.source.missing);
  const company = { zone: 'UTC' };
  const foreignKeyIds: CompiledMapping['foreignKeyIds'] = {
    of: () => {
      throw new Error('nobody derives ids yet');
    },
  };
  const readers = (names: readonly string[]) => names.map((name) => columnReader(name, { columns, missing }));
  const identity = dedupe === 'line' ? [] : readers(dedupe);
  const rowKey = (row: ImportRecord) => {
    if (dedupe === 'line') return [row.file, String(row.line)];
    if (identity.every((read) => read(row) === undefined))
      throw new RowProblem(`nothing identifies it: ${dedupe.join(', ')} (dedupe) ${dedupe.length > 1 ? 'are' : 'is'} empty`);
    return dedupe.map((column) => row.get(column)?.trim() ?? '');
  };
  const compilation: Compilation = {
    system: mapping.system,
    lookups,
    columns,
    missing,
    today: new Date(now.getTime() + FURTHEST_AHEAD).toISOString().slice(0, 10),
    company,
    foreignKeyIds,
    counts,
    grouped: mapping.group !== undefined,
    rowKey,
  };
  const compile = compilerFor(compilation);
  const occurredAt = mapping.occurredAt === undefined ? () => undefined : compile(mapping.occurredAt, 'occurredAt');

  const compileCommand = (command: CommandMapping, index: number): CompiledCommand => {
    const at = `commands.${index}`;
    const definition = commandNamed(command.command);
    if (!definition)
      throw new MappingProblem(`${at}.command`, `"${command.command}" is not a command; \`letopis import --commands\` lists them`);
    if (command.returns !== undefined && command.command !== 'return-purchase')
      throw new MappingProblem(`${at}.returns`, 'is for return-purchase only');
    return {
      name: command.command,
      holds: command.when === undefined ? () => true : compileCondition(command.when, `${at}.when`, compile),
      target: compile(command.target, `${at}.target`),
      body: compileBody(command.body ?? {}, `${at}.body`, definition.body, compile),
      returns: command.returns === undefined ? undefined : compile(command.returns, `${at}.returns`),
      occurredAt: command.occurredAt === undefined ? occurredAt : compile(command.occurredAt, `${at}.occurredAt`),
      once: command.once ?? false,
      setsState: definition.setsState ?? false,
      tolerate: new Set(command.tolerate),
    };
  };
  const commands = mapping.commands.map(compileCommand);
  const { order: wanted = [] } = mapping;
  // Its lookups are those of no command.
  const compileKey = compilerFor({ ...compilation, counts: { ...counts } });
  const order = Array.isArray(wanted) ? wanted.map((key, at) => compileKey(key, `order.${at}`)) : [compileKey(wanted, 'order')];
  const returns = mapping.commands.flatMap(({ returns, when }, index) =>
    returns === undefined ? [] : [when === undefined ? () => true : compileCondition(when, `commands.${index}.when`, compileKey)],
  );
  // Each is of one purchase: those of a credit note are not one.
  const isReturn = (row: ImportRecord) => {
    try {
      return returns.some((holds) => holds(row));
    } catch (error) {
      // Reported when its commands are created.
      if (error instanceof RowProblem) return false;
      throw error;
    }
  };
  const { group: grouped } = mapping;
  const group = grouped && { columns: grouped, values: readers(grouped), alone: isReturn };
  const sourceId = (row: ImportRecord) =>
    dedupe === 'line' ? `${row.file}:${row.line}` : foreignKeyIds.of(mapping.system, 'row', ...rowKey(row));
  const takeCounts = () => {
    const taken = { ...counts };
    counts.notFound = 0;
    return taken;
  };
  const purchases = commands.some(({ returns }) => returns !== undefined) ? createPurchaseBook() : undefined;
  return {
    system: mapping.system,
    commands,
    order,
    group,
    sourceId,
    knownByName: dedupe === 'line',
    columns,
    company,
    foreignKeyIds,
    counts,
    takeCounts,
    purchases,
  };
}
