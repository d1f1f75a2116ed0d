import { commandByName } from '#relationship';
import type { RowCommand } from '../sink/command-sink.js';
import type { CompiledCommand, CompiledMapping } from './mapping/compile-mapping.js';
import { type ImportRecord, RowProblem } from './records/import-record.js';

export interface PlannedCommand extends RowCommand {
  readonly once: boolean;
  readonly tolerate: ReadonlySet<string>;
}

/** What a row says, as commands in their order. @throws RowProblem when any of them cannot be made: then none is issued */
export function rowCommands(row: ImportRecord, mapping: CompiledMapping): readonly PlannedCommand[] {
  const key = mapping.sourceId(row);
  const planned: PlannedCommand[] = [];
  for (const [index, command] of mapping.commands.entries()) {
    if (!command.holds(row)) continue;
    const target = textOf(command, 'target', command.target(row));
    if (target === undefined) throw new RowProblem(`${command.name} has no target: the columns that its id is made from are empty`);
    const occurredAt = textOf(command, 'occurredAt', command.occurredAt(row));
    const body = { ...(command.body(row) as object | undefined), ...ownId(command.name, target) };
    planned.push({
      name: command.name,
      target,
      body,
      source: { system: mapping.system, id: command.once ? `once:${target}` : `${key}#${index + 1}` },
      once: command.once,
      tolerate: command.tolerate,
      ...(occurredAt !== undefined && { occurredAt }),
    });
  }
  return planned;
}

/** The body of a command that makes its own target names it. */
function ownId(name: string, target: string): object {
  const definition = commandByName(name);
  const member = definition?.aggregate.idMember;
  return member !== undefined && definition?.generatedId === member ? { [member]: target } : {};
}

function textOf(command: CompiledCommand, member: string, value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw new RowProblem(`${member} of ${command.name} is not a text`);
  return value;
}
