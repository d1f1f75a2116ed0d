import { commandByName } from '#relationship';
import type { CommandSink } from '../../sink/command-sink.js';
import type { Imports } from '../memory/open-imports.js';
import type { RowImport } from '../memory/row-import.js';
import { type ImportRecord, type ReadRecord, RowProblem, rowsOf } from '../records/import-record.js';
import type { PlannedCommand } from '../row-commands.js';
import { completedCommands, createRowApplier, executedBefore } from './apply-row.js';
import type { ImportCheckpoint } from './import-checkpoint.js';
import { emptyTally, type ImportTally } from './import-tally.js';
import { type Afterwards, createKeyedQueue } from './keyed-queue.js';
import type { PlainValues } from './plain-values.js';
import type { RejectsFile } from './rejects-file.js';
import { type Reject, type RowResult, rejected } from './row-result.js';
import { settledRows } from './settled-rows.js';

export interface ImportRun {
  readonly records: AsyncIterable<ReadRecord>;
  /** @throws RowProblem when the row cannot be turned into commands */
  commandsOf(row: ImportRecord, of: RowImport): readonly PlannedCommand[];
  /** Called once for every row of this run that was turned into commands. */
  readonly look?: (row: ImportRecord, commands: readonly PlannedCommand[]) => void;
  /** What was counted while the last row was turned into commands. */
  takeCounts?(): Partial<ImportTally>;
  /** Rows depend on those before them: also those that an earlier run settled are turned into commands. */
  readonly dependent?: boolean;
  readonly imports: Imports;
  readonly sink: CommandSink;
  readonly checkpoint: ImportCheckpoint;
  /** What to do about a row one command of which was applied before with other content. */
  readonly adviceOnConflict?: (row: ReadRecord['row']) => string;
  readonly rejectsPath: string;
  openRejects(keep: number): Promise<RejectsFile>;
  /** Keeps them encrypted beside the file. Repeated where a run continues. */
  readonly keepRejects?: ((rejects: readonly Reject[]) => Promise<void>) | undefined;
  /** Of a row that gives no commands. */
  customersOf?(row: ImportRecord): readonly string[];
  /** Ends the import after the rows under way. */
  readonly signal: AbortSignal;
  /** Rows under way at once. */
  readonly inFlight: number;
  onProgress(rows: number): void;
}

export interface ImportOutcome {
  readonly tally: ImportTally;
  /** Rows that an earlier run had settled already. */
  readonly resumedAt: number;
  readonly interrupted: boolean;
  /** Lines of the first rows, of this run, in which a lookup found nothing. */
  readonly notFoundAt: readonly number[];
  /** What of this run is stored in plain text and looks personal. */
  readonly plainValues?: readonly PlainValues[];
  /** Why engine, server or file gave way before the end, if they did; to be thrown once it is said what was appended. */
  readonly failure?: { readonly error: unknown };
}

const MOST_NAMED = 5;
const CHECKPOINT_EVERY_MS = 1_000;
/** Rejects that wait for their import to begin: a file full of them is not held in memory. */
const MOST_UNNAMED = 10_000;
/** Rows that wait for what is to be remembered, and those behind them: the more, the fewer appends. */
const WAITING = 4_096;

/**
 * Ends early when engine, server or file give way; what was settled until then is in the checkpoint. @throws what is wrong with them when no
 * row was settled
 */
export async function runImport(run: ImportRun): Promise<ImportOutcome> {
  const { sink, imports, checkpoint, rejectsPath, signal } = run;
  const { memory } = imports;
  const earlier = await checkpoint.load(imports.number);
  const tally = earlier?.tally ?? emptyTally();
  // Of the file; where several of them are one, that one counts in the checkpoint.
  const resumedAt = tally.rows;
  const settledBefore = earlier?.rows ?? 0;
  const settled = settledRows(settledBefore, tally);
  const rejects = await run.openRejects(earlier?.rejectsSize ?? 0);
  const queue = createKeyedQueue({ running: run.inFlight, begun: WAITING }, memory.flush);
  const applyRow = createRowApplier({ sink, memory, toClaim: imports.toClaim, adviceOnConflict: run.adviceOnConflict });
  let failure: { readonly error: unknown } | undefined;
  let savedAt = Date.now();
  let interrupted = false;
  const notFoundAt: number[] = [];

  /** Once it has failed, rejects may be missing from the file: no later checkpoint may pass them. */
  let writable = true;
  async function writeDown(): Promise<void> {
    if (!writable) return;
    writable = false;
    const settledRows = settled.rows;
    const at = { ...tally };
    const named = unnamed() === undefined;
    const rows = settled.takeRejects();
    await run.keepRejects?.(rows);
    await rejects.write(rows);
    // The next run writes the others again, with the name of the import, should it begin then.
    if (named) await checkpoint.save({ import: imports.number, rows: settledRows, rejectsPath, rejectsSize: rejects.size, tally: at });
    writable = true;
  }

  /** An import that has not begun, of a reject that would be written down without its name. */
  const unnamed = () => settled.rejects.find(({ of }) => !imports.hasBegun(of))?.of;

  async function writeDownNamed(): Promise<void> {
    const of = unnamed();
    if (of && settled.rejects.length > MOST_UNNAMED) await imports.begin(of);
    if (!unnamed()) await writeDown();
    savedAt = Date.now();
  }

  async function process(row: number, record: ReadRecord): Promise<void> {
    const found = imports.importOf(record.row);
    const of = found instanceof Promise ? await found : found;
    for (const row of new Set([record.row, ...rowsOf(record)])) {
      const at = row.mended && imports.rowOf(row.mended);
      if (at !== undefined) (row as { row?: number }).row = at;
    }
    const planned = planRow(record, of, run);
    const plan = planned instanceof Promise ? await planned : planned;
    const counts = run.takeCounts?.();
    if (counts?.notFound && notFoundAt.length < MOST_NAMED) notFoundAt.push(record.row.line);
    if ('reason' in plan) {
      settled.settle(row, {
        tally: { ...emptyTally(), rows: rowsOf(record).length, rejected: rowsOf(record).length, ...counts },
        reject: rejected(record, of, plan),
      });
      return;
    }
    if (record.kind === 'row') run.look?.(record.row, plan.commands);
    const begun = plan.commands.length > 0 ? imports.begin(of) : undefined;
    if (begun) await begun;
    await queue.run(keysOf(plan.commands), async (parked) => {
      if (failure) return {};
      try {
        const { result, remembered } = await applyRow(record, of, plan.commands, parked);
        return settle(row, counts ? { ...result, tally: { ...result.tally, ...counts } } : result, remembered);
      } catch (error) {
        failure ??= { error };
        return {};
      }
    });
  }

  /** Of a row that an earlier run settled: what the rows after it depend on. */
  async function acceptAgain(record: ReadRecord): Promise<void> {
    const of = await imports.importOf(record.row);
    const plan = await planRow(record, of, run);
    const commands = 'reason' in plan ? [] : completedCommands(plan.commands);
    if ('problem' in commands || commands.some((command) => sink.problemOf(command) !== undefined)) return;
    for (const command of commands) {
      if (memory.wasRejected(of, record.row, command.index)) continue;
      const { accepted } = (await executedBefore(sink, command)) ?? command;
      accepted?.();
    }
  }

  /** A function of its own, so that the record is not kept for as long as the row waits. */
  function settle(row: number, result: RowResult, remembered: Promise<void> | undefined): Afterwards {
    if (!remembered) {
      settled.settle(row, result);
      return {};
    }
    const done = remembered.then(
      () => settled.settle(row, result),
      (error: unknown) => {
        failure ??= { error };
      },
    );
    return { settled: done };
  }

  async function drained(): Promise<void> {
    const looking = setInterval(() => {
      imports.assertLast().catch((error: unknown) => {
        failure ??= { error };
      });
    }, CHECKPOINT_EVERY_MS);
    await queue.drained();
    clearInterval(looking);
  }

  try {
    let row = 0;
    for await (const record of run.records) {
      interrupted = signal.aborted;
      if (failure || interrupted) break;
      row += 1;
      if (row <= settledBefore) {
        if (run.dependent) {
          await acceptAgain(record);
          run.takeCounts?.();
        }
        continue;
      }
      await process(row, record);
      run.onProgress(row);
      if (Date.now() - savedAt > CHECKPOINT_EVERY_MS) {
        memory.flush();
        await imports.assertLast();
        await writeDownNamed();
      }
    }
  } catch (error) {
    failure ??= { error };
  }
  try {
    await drained();
    if (!failure) await imports.assertLast();
  } catch (error) {
    failure ??= { error };
  }
  try {
    await writeDown();
  } catch (error) {
    failure ??= { error };
  } finally {
    await rejects.close();
  }
  if (failure && settled.rows === settledBefore) throw failure.error;
  if (failure) return { tally, resumedAt, interrupted, notFoundAt, failure };
  if (!interrupted) await checkpoint.clear();
  return { tally, resumedAt, interrupted, notFoundAt };
}

type RowPlan =
  | { readonly commands: readonly PlannedCommand[] }
  | { readonly reason: string; readonly customerIds?: readonly string[] | undefined };

function planRow(record: ReadRecord, of: RowImport, { sink, commandsOf, customersOf, takeCounts }: ImportRun): RowPlan | Promise<RowPlan> {
  if (record.kind === 'unreadable') return { reason: record.row.problem };
  const { row } = record;
  return sink.foreignKeyIds.deriving(() => {
    // Of an attempt that had not all ids.
    takeCounts?.();
    try {
      return { commands: commandsOf(row, of) };
    } catch (error) {
      if (error instanceof RowProblem) return { reason: error.message, customerIds: customersOf?.(row) };
      throw error;
    }
  });
}

/**
 * Whatever is done to a customer is done in the order of the file. Of reference data, such as curators, what is issued once does not hold up
 * the rows of all customers that name it: it is waited for where it stands.
 */
const keysOf = (commands: readonly PlannedCommand[]) => [
  ...new Set(commands.filter(({ once, name }) => !(once && isOfReference(name))).map(({ target }) => target)),
];

const isOfReference = (name: string) => commandByName(name)?.aggregate.reference !== undefined;
