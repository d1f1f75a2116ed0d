import { UNKNOWN_CUSTOMER } from '#platform';
import { commandByName, RELATIONSHIP } from '#relationship';
import type { RowCommand } from '../sink/command-sink.js';
import type { CompiledCommand, CompiledMapping } from './mapping/compile-mapping.js';
import { type CommandSlot, type RowImport, slotOf } from './memory/row-import.js';
import { type ImportRecord, RowProblem } from './records/import-record.js';
import type { Returnable } from './values/purchase-book.js';

export interface PlannedCommand extends RowCommand {
  /** From 1, among the commands of the mapping. */
  readonly index: number;
  readonly once: boolean;
  readonly tolerate: ReadonlySet<string>;
  /** Of a command that sets state, unless it is issued once a target. */
  readonly slot?: CommandSlot;
  /** What it says depends on the rows before it: asked when they are done. @throws RowProblem */
  readonly completed?: () => PlannedCommand;
  /** To be called when it was accepted, for the rows after it. */
  readonly accepted?: () => void;
  /** What it may have said when it was executed, as the file had other rows then: a return may have been of any of these purchases. */
  readonly formerlySaid?: () => readonly PlannedCommand[];
}

/** What a row says, as commands in their order. @throws RowProblem when any of them cannot be made: then none is issued */
export function rowCommands(row: ImportRecord, of: RowImport, mapping: CompiledMapping): readonly PlannedCommand[] {
  mapping.company.zone = of.zone;
  let key: string | undefined;
  const planned: PlannedCommand[] = [];
  for (const [at, command] of mapping.commands.entries()) {
    if (!command.holds(row)) continue;
    key ??= mapping.sourceId(row);
    const target = textOf(command, 'target', command.target(row));
    if (target === undefined) throw new RowProblem(`${command.name} has no target: the columns of its id are empty`);
    const occurredAt = textOf(command, 'occurredAt', command.occurredAt(row));
    const body = { ...(command.body(row) as object | undefined), ...ownId(command.name, target) };
    const item = command.returns?.(row);
    if (command.returns && item === undefined) throw new RowProblem('return-purchase returns no item: its value is empty');
    const index = at + 1;
    const known = command.once ? `once:${target}` : `${key}#${index}`;
    const { purchases } = mapping;
    const plan: PlannedCommand = {
      name: command.name,
      index,
      target,
      body,
      once: command.once,
      tolerate: command.tolerate,
      ...(occurredAt !== undefined && { occurredAt }),
      ...(command.setsState
        ? stateIdentity(mapping.system, of, { row, index, known, ...(command.once && { once: target }) })
        : { source: { system: mapping.system, id: known } }),
      ...(purchases && command.name === 'record-purchase' && { accepted: () => purchases.add(target, body) }),
    };
    if (!purchases || item === undefined) planned.push(plan);
    else {
      const returnOf = ({ purchaseId, take }: Returnable) => ({ ...plan, body: { purchaseId, ...body }, accepted: () => take(known) });
      const completed = () => ({
        ...returnOf(purchases.find(known, target, String(item), body)),
        formerlySaid: () => purchases.all(target, String(item), body).map(returnOf),
      });
      planned.push({ ...plan, completed });
    }
  }
  return planned;
}

/** Everybody whom the row of these commands concerns. */
export const customersAmong = (commands: readonly PlannedCommand[]): readonly string[] => [
  ...new Set(commands.flatMap(({ name, target, body }) => (isOfCustomer(name) ? [target, ...otherCustomerIn(name, body)] : []))),
];

/** The same of a row of which not all commands can be made; `UNKNOWN_CUSTOMER` among them where it concerns somebody else too. */
export function customersOfRow(row: ImportRecord, { commands }: CompiledMapping): readonly string[] {
  const customers = new Set<string>();
  for (const command of commands) {
    if (!isOfCustomer(command.name)) continue;
    try {
      const target = command.target(row);
      if (typeof target === 'string' && target !== '') customers.add(target);
      else if (command.holds(row)) customers.add(UNKNOWN_CUSTOMER);
      if (commandByName(command.name)?.otherCustomer !== undefined && command.holds(row))
        for (const other of otherCustomerIn(command.name, command.body(row))) customers.add(other);
    } catch (error) {
      if (!(error instanceof RowProblem)) throw error;
      customers.add(UNKNOWN_CUSTOMER);
    }
  }
  return [...customers];
}

const isOfCustomer = (name: string): boolean => commandByName(name)?.aggregate.category === RELATIONSHIP;

function otherCustomerIn(name: string, body: unknown): readonly string[] {
  const member = commandByName(name)?.otherCustomer;
  if (member === undefined) return [];
  // A correction contains the body of the command that it corrects.
  const { data = body ?? {} } = (body ?? {}) as { readonly data?: unknown };
  const other = (data as Readonly<Record<string, unknown>>)[member];
  return typeof other === 'string' && other !== '' ? [other] : [];
}

interface StateCommand {
  readonly row: Pick<ImportRecord, 'line' | 'row' | 'end' | 'after' | 'mended'>;
  readonly index: number;
  /** Id of its source before imports had numbers, if it was issued then. */
  readonly known: string | undefined;
  /** The target, of one that is issued once a target. */
  readonly once?: string;
}

/** A command that sets state is one of its import: the same row of a later file sets the state again. */
export function stateIdentity(
  system: string,
  of: RowImport,
  { row, index, known, once }: StateCommand,
): Pick<PlannedCommand, 'source' | 'formerly' | 'slot'> {
  const slot = slotOf(of, row, index);
  const within = once === undefined ? `${slot.row}#${index}` : `once:${once}`;
  return {
    source: { system, id: `import-${of.importId}/${of.number}:${within}` },
    ...(of.formerly && known !== undefined && { formerly: known }),
    ...(once === undefined && { slot }),
  };
}

/** The body of a command that makes its own target names it. */
function ownId(name: string, target: string): object {
  const definition = commandByName(name);
  const member = definition?.aggregate.idMember;
  return member !== undefined && definition?.generatedId === member ? { [member]: target } : {};
}

function textOf(command: CompiledCommand, member: string, value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw new RowProblem(`${member} of ${command.name} is not a string`);
  return value;
}
