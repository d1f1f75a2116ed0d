import { LRUCache } from 'lru-cache';
import type { CommandSink, Outcome } from '../../sink/command-sink.js';
import type { ImportMemory } from '../memory/import-memory.js';
import type { Imports } from '../memory/open-imports.js';
import { type RowImport, slotOf } from '../memory/row-import.js';
import { type ReadRecord, RowProblem, rowsOf } from '../records/import-record.js';
import { customersAmong, type PlannedCommand } from '../row-commands.js';
import { emptyTally } from './import-tally.js';
import { type RowResult, rejected } from './row-result.js';

/** Remembered so that the thousandth row of a customer does not register him again; forgetting one costs a repeated command, no more. */
const ONCE_KEPT = 200_000;

/** `recalled`: it changed nothing before, and was not issued. */
type Issued = Outcome | { readonly kind: 'recalled' };

export interface AppliedRow {
  readonly result: RowResult;
  /** Before it resolves the row is not settled. */
  readonly remembered?: Promise<void> | undefined;
}

/** One for all: there may be as many as are kept. */
const DONE: Promise<Issued> = Promise.resolve({ kind: 'repeated' });

type Parked = <Result>(wait: Promise<Result>) => Promise<Result>;

export interface RowApplierOptions {
  readonly sink: CommandSink;
  readonly memory: ImportMemory;
  readonly toClaim?: Imports['toClaim'];
  readonly adviceOnConflict?: ((row: ReadRecord['row']) => string) | undefined;
}

interface RowInHand {
  readonly targets: readonly string[];
  /** It was rejected when its file was imported before. */
  readonly again: boolean;
  readonly parked: Parked;
  remembered?: Promise<void> | undefined;
}

/**
 * Issues the commands of a row one after another. A row is rejected as a whole when the shape of any command is wrong. When a later
 * command is rejected by the domain, those before it stand (history is never taken back): the reject names them, and importing the
 * mended row issues only the rest, because each keeps its source.
 *
 * A command that changed nothing leaves no trace in the stream that it was decided on, and a rejected one neither, so they are remembered:
 * decided again on what came later, they might change something. That has to be durable before an event is appended for the same target,
 * and no sooner: without a later event there is nothing else to decide them on. So as long as it is not, a command is asked first whether it
 * would append any, and thousands of rows of one customer that change nothing are remembered by one append. One that did append some the
 * last time will do so again, as a rule, and is not asked.
 *
 * Where another run of the same import may be under way, commands are also asked first until this one has claimed the import: a repeat that
 * changes nothing leaves no event.
 *
 * A row that was rejected before is rejected again, unless all of it was done since (its mended row was imported): the same bytes change
 * nothing, whatever would be accepted by now.
 */
export function createRowApplier({ sink, memory, toClaim, adviceOnConflict }: RowApplierOptions) {
  const done = new LRUCache<string, Promise<Issued>>({ max: ONCE_KEPT });
  /** Commands of the mapping, by their index. */
  const appending = new Set<number>();

  async function issue(command: PlannedCommand, row: RowInHand): Promise<Issued> {
    const known = memory.recall(command);
    if (known === 'unchanged') return { kind: 'recalled' };
    if (known === 'otherwise') return conflict;
    const outcome = await execute(command, row);
    if (isConflict(outcome)) return command.once ? { kind: 'repeated' } : outcome;
    if (isUnchanged(outcome, command) && !row.again) row.remembered = memory.remember(command);
    return outcome;
  }

  async function execute(command: PlannedCommand, { targets, again, parked }: RowInHand): Promise<Outcome> {
    if (again) return sink.execute({ ...command, append: false });
    const claim = toClaim?.();
    if (claim) {
      const outcome = await sink.execute({ ...command, append: false });
      if (outcome.kind !== 'withheld') return outcome;
      await claim();
    }
    const pending = memory.pending(targets);
    if (!pending) return sink.execute(command);
    if (!appending.has(command.index)) {
      const outcome = await sink.execute({ ...command, append: false });
      if (outcome.kind !== 'withheld') return outcome;
      appending.add(command.index);
    }
    await parked(pending);
    const outcome = await sink.execute(command);
    if (outcome.kind !== 'applied') appending.delete(command.index);
    return outcome;
  }

  /** `first` tells whether this row is the one that issued it. */
  async function once(command: PlannedCommand, row: RowInHand): Promise<{ outcome: Issued; first: boolean }> {
    const key = onceKey(command);
    const before = done.get(key);
    if (before) return { outcome: await row.parked(before), first: false };
    const issued = issue(command, row);
    // What is withheld here is the business of the next row.
    if (!row.again) done.set(key, issued);
    const outcome = await issued;
    if (!row.again && outcome.kind !== 'rejected') done.set(key, DONE);
    return { outcome, first: true };
  }

  return async function applyRow(record: ReadRecord, of: RowImport, all: readonly PlannedCommand[], parked: Parked): Promise<AppliedRow> {
    const rows = rowsOf(record).length;
    const tally = { ...emptyTally(), rows, idle: all.length === 0 ? rows : 0 };
    const commands = completedCommands(all);
    if ('problem' in commands)
      return {
        result: {
          tally: { ...tally, rejected: rows, unmatched: 1 },
          reject: rejected(record, of, { reason: commands.problem, customerIds: customersAmong(all) }),
        },
      };
    const customerIds = customersAmong(commands);
    // The first that is issued is checked when it is executed, before anything of the row stands.
    const issued = commands.filter((command) => !(command.once && done.has(onceKey(command))));
    for (const command of issued.slice(1)) {
      const problem = sink.problemOf(command);
      if (problem !== undefined)
        return {
          result: {
            tally: { ...tally, rejected: rows },
            reject: rejected(record, of, { reason: `${command.name}: ${problem}`, customerIds }),
          },
        };
    }
    const again = memory.wasRejected(of, record.row);
    const row: RowInHand = { targets: commands.map(({ target }) => target), again, parked };
    const applied: string[] = [];
    const unchanged: PlannedCommand[] = [];
    for (const planned of commands) {
      const { outcome: said, first } = planned.once ? await once(planned, row) : { outcome: await issue(planned, row), first: true };
      const before = isConflict(said) ? await executedBefore(sink, planned) : undefined;
      const [command, outcome]: [PlannedCommand, Issued] = before ? [before, { kind: 'repeated' }] : [planned, said];
      if (first) tally.commands += 1;
      const reason = reasonOf(command, outcome) ?? (again && first ? reasonAgain(outcome) : undefined);
      if (reason !== undefined) {
        const advice = (isConflict(outcome) && adviceOnConflict?.(record.row)) || reason.message;
        const why = `${command.name} ${reason.what}: ${advice}${again ? AGAIN : ''}`;
        const reject = rejected(record, of, { reason: why, customerIds, applied });
        const result = { tally: { ...tally, rejected: rows, partly: applied.length > 0 ? rows : 0 }, reject };
        const rejection = again ? undefined : memory.reject(slotOf(of, record.row, command.index), unchanged, row.targets);
        return { result, remembered: rejection ?? row.remembered };
      }
      if (!first) continue;
      if (command.accepted && !memory.wasRejected(of, record.row, command.index)) command.accepted();
      if (outcome.kind === 'applied') {
        tally.events += outcome.events;
        applied.push(command.name);
      } else if (outcome.kind === 'repeated') {
        tally.repeated += 1;
        if (!command.once) applied.push(command.name);
      } else {
        unchanged.push(command);
        if (outcome.kind === 'recalled') tally.repeated += 1;
        else tally.unchanged += 1;
      }
    }
    return { result: { tally }, remembered: row.remembered };
  };
}

/**
 * What a command said when it was executed. A return stays that of its purchase when a longer export of the same file has another one that
 * would fit better. Undefined where it said none of what it may have said.
 */
export async function executedBefore(sink: CommandSink, command: PlannedCommand): Promise<PlannedCommand | undefined> {
  if (!command.formerlySaid) return undefined;
  for (const said of [command, ...command.formerlySaid()])
    if ((await sink.execute({ ...said, append: false })).kind === 'repeated') return said;
  return undefined;
}

/** The returns of a row are found among the purchases that were accepted before it. */
export function completedCommands(planned: readonly PlannedCommand[]): readonly PlannedCommand[] | { readonly problem: string } {
  try {
    return planned.map((command) => command.completed?.() ?? command);
  } catch (error) {
    if (error instanceof RowProblem) return { problem: error.message };
    throw error;
  }
}

const onceKey = ({ name, target }: PlannedCommand) => `${name} ${target}`;

const conflict: Outcome = { kind: 'rejected', code: 'idempotency-conflict', message: 'it was executed before with other content' };

/** A command that is issued once has the body of whichever row came first; another row's body is no contradiction. */
const isConflict = (outcome: Issued) => outcome.kind === 'rejected' && outcome.code === 'idempotency-conflict';

/** Accepted and changed nothing, or rejected for a reason that means the same. */
const isUnchanged = (outcome: Outcome, { tolerate }: PlannedCommand) =>
  outcome.kind === 'unchanged' || (outcome.kind === 'rejected' && tolerate.has(outcome.code));

interface Reason {
  readonly what: string;
  readonly message: string;
}

const reasonOf = ({ tolerate }: PlannedCommand, outcome: Issued): Reason | undefined =>
  outcome.kind === 'rejected' && !tolerate.has(outcome.code)
    ? { what: `was rejected (${outcome.code})`, message: outcome.message }
    : undefined;

/** Of a command of a row that was rejected before: it was not issued then, or it was the one that was rejected. */
const reasonAgain = ({ kind }: Issued): Reason | undefined =>
  kind === 'recalled' || kind === 'repeated' ? undefined : { what: 'was not executed', message: 'it would be accepted now' };

const AGAIN =
  '; this row was rejected when the file was imported before, and importing the same file again changes nothing: import the rejects file to retry it';
