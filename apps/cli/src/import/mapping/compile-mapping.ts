import type { CommandDefinition } from '#relationship';
import type { ImportRecord } from '../records/import-record.js';
import { compileExpression } from '../values/compile.js';
import { type Condition, compileCondition } from '../values/condition.js';
import { derivedId } from '../values/derived-id.js';
import { type Compilation, type Evaluate, MappingProblem } from '../values/expression.js';
import type { LookupTable } from '../values/lookup-table.js';
import type { CommandMapping, Mapping } from './mapping.js';

export interface CompiledCommand {
  readonly name: string;
  readonly holds: Condition;
  readonly target: Evaluate;
  readonly body: Evaluate;
  readonly occurredAt: Evaluate;
  readonly once: boolean;
  /** Known by its import, not for ever. */
  readonly setsState: boolean;
  readonly tolerate: ReadonlySet<string>;
}

export interface CompiledMapping {
  readonly system: string;
  readonly commands: readonly CompiledCommand[];
  readonly order: Evaluate | undefined;
  /** Names a row in its system: `file:line`, or an opaque id of the columns that `dedupe` names, which may be personal. */
  readonly sourceId: (row: ImportRecord) => string;
  /** The name of its file is part of that. */
  readonly knownByName: boolean;
  /** Every column that the mapping reads. */
  readonly columns: ReadonlySet<string>;
}

/** @throws MappingProblem that names the member */
export function compileMapping(
  mapping: Mapping,
  lookups: ReadonlyMap<string, LookupTable>,
  commandNamed: (name: string) => Pick<CommandDefinition, 'setsState'> | undefined,
): CompiledMapping {
  const { dedupe = 'line' } = mapping;
  const columns = new Set<string>(dedupe === 'line' ? [] : dedupe);
  const rowKey = (row: ImportRecord) =>
    dedupe === 'line' ? [row.file, String(row.line)] : dedupe.map((column) => row.get(column)?.trim() ?? '');
  const compilation: Compilation = { system: mapping.system, lookups, columns, rowKey };
  const occurredAt = mapping.occurredAt === undefined ? () => undefined : compileExpression(mapping.occurredAt, 'occurredAt', compilation);

  const compileCommand = (command: CommandMapping, index: number): CompiledCommand => {
    const at = `commands.${index}`;
    const definition = commandNamed(command.command);
    if (!definition)
      throw new MappingProblem(`${at}.command`, `"${command.command}" is not a command; \`letopis import --commands\` lists them`);
    return {
      name: command.command,
      holds: command.when === undefined ? () => true : compileCondition(command.when, `${at}.when`, compilation),
      target: compileExpression(command.target, `${at}.target`, compilation),
      body: compileExpression(command.body ?? {}, `${at}.body`, compilation),
      occurredAt: command.occurredAt === undefined ? occurredAt : compileExpression(command.occurredAt, `${at}.occurredAt`, compilation),
      once: command.once ?? false,
      setsState: definition.setsState ?? false,
      tolerate: new Set(command.tolerate),
    };
  };
  const commands = mapping.commands.map(compileCommand);
  const order = mapping.order === undefined ? undefined : compileExpression(mapping.order, 'order', compilation);
  const sourceId = (row: ImportRecord) =>
    dedupe === 'line' ? `${row.file}:${row.line}` : derivedId(mapping.system, 'row', ...rowKey(row));
  return { system: mapping.system, commands, order, sourceId, knownByName: dedupe === 'line', columns };
}
