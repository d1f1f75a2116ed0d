import type { CommandSink } from '../../sink/command-sink.js';
import { type ImportRecord, type ReadRecord, RowProblem } from '../records/import-record.js';
import type { PlannedCommand } from '../row-commands.js';
import { createRowApplier } from './apply-row.js';
import type { ImportCheckpoint } from './import-checkpoint.js';
import { emptyTally, type ImportTally } from './import-tally.js';
import { createLanes } from './lanes.js';
import type { RejectsFile } from './rejects-file.js';
import { rejected } from './row-result.js';
import { settledRows } from './settled-rows.js';

export interface ImportRun {
  readonly records: AsyncIterable<ReadRecord>;
  /** @throws RowProblem when the row cannot be turned into commands */
  commandsOf(row: ImportRecord): readonly PlannedCommand[];
  readonly sink: CommandSink;
  readonly checkpoint: ImportCheckpoint;
  /** What to do about a row one command of which was applied before with other content. */
  readonly adviceOnConflict?: (row: ReadRecord['row']) => string;
  readonly rejectsPath: string;
  openRejects(keep: number): Promise<RejectsFile>;
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
  /** Why engine, server or file gave way before the end, if they did; to be thrown once it is said what was appended. */
  readonly failure?: { readonly error: unknown };
}

const CHECKPOINT_EVERY_MS = 1_000;

/**
 * Ends early when engine, server or file give way; what was settled until then is in the checkpoint. @throws what is wrong with them when no
 * row was settled
 */
export async function runImport(run: ImportRun): Promise<ImportOutcome> {
  const { sink, checkpoint, rejectsPath, signal } = run;
  const earlier = await checkpoint.load();
  const tally = earlier?.tally ?? emptyTally();
  const resumedAt = earlier?.rows ?? 0;
  const settled = settledRows(resumedAt, tally);
  const rejects = await run.openRejects(earlier?.rejectsSize ?? 0);
  const lanes = createLanes(run.inFlight);
  const applyRow = createRowApplier(sink, run.adviceOnConflict);
  let failure: { readonly error: unknown } | undefined;
  let savedAt = Date.now();
  let interrupted = false;

  /** Once it has failed, rejects may be missing from the file: no later checkpoint may pass them. */
  let writable = true;
  async function writeDown(): Promise<void> {
    if (!writable) return;
    writable = false;
    const rows = settled.rows;
    const at = { ...tally };
    await rejects.write(settled.takeRejects());
    await checkpoint.save({ rows, rejectsPath, rejectsSize: rejects.size, tally: at });
    savedAt = Date.now();
    writable = true;
  }

  async function process(row: number, record: ReadRecord): Promise<void> {
    const plan = planRow(record, run);
    if ('reason' in plan) {
      settled.settle(row, { tally: { ...emptyTally(), rows: 1, rejected: 1 }, reject: rejected(record, plan.reason) });
      return;
    }
    await lanes.run(targetsOf(plan.commands), async () => {
      if (failure) return;
      try {
        settled.settle(row, await applyRow(record, plan.commands));
      } catch (error) {
        failure ??= { error };
      }
    });
  }

  try {
    let row = 0;
    for await (const record of run.records) {
      interrupted = signal.aborted;
      if (failure || interrupted) break;
      row += 1;
      if (row <= resumedAt) continue;
      await process(row, record);
      run.onProgress(row);
      if (Date.now() - savedAt > CHECKPOINT_EVERY_MS) await writeDown();
    }
  } catch (error) {
    failure ??= { error };
  }
  await lanes.drained();
  try {
    await writeDown();
  } catch (error) {
    failure ??= { error };
  } finally {
    await rejects.close();
  }
  if (failure && settled.rows === resumedAt) throw failure.error;
  if (failure) return { tally, resumedAt, interrupted, failure };
  if (!interrupted) await checkpoint.clear();
  return { tally, resumedAt, interrupted };
}

function planRow(
  record: ReadRecord,
  { commandsOf }: ImportRun,
): { readonly commands: readonly PlannedCommand[] } | { readonly reason: string } {
  if (record.kind === 'unreadable') return { reason: record.row.problem };
  try {
    return { commands: commandsOf(record.row) };
  } catch (error) {
    if (error instanceof RowProblem) return { reason: error.message };
    throw error;
  }
}

/** What is issued once a target does not hold up the others: it is waited for where it stands. */
const targetsOf = (commands: readonly PlannedCommand[]) => [...new Set(commands.filter(({ once }) => !once).map(({ target }) => target))];
