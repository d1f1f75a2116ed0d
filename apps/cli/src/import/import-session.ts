import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type OpenedSink, openSink, type SinkOptions } from '../sink/open-sink.js';
import { type ExitCode, exitCode } from '../terminal/exit-code.js';
import { duration } from '../terminal/import-progress.js';
import { onInterruption } from '../terminal/interruption.js';
import { printJson, say } from '../terminal/output.js';
import type { PlainValues } from './run/plain-values.js';
import type { ImportOutcome } from './run/run-import.js';

export interface SessionOptions extends SinkOptions {
  readonly json?: boolean;
}

interface Imported {
  /** As the summary calls it. */
  readonly label: string;
  readonly rejectsPath: string;
  /** Of what is no table: beside the summary in JSON, and its lines in other words. */
  readonly more?: object;
  words?(lines: readonly string[]): readonly string[];
  run(opened: OpenedSink, signal: AbortSignal): Promise<ImportOutcome>;
}

/** Runs an import from the opening of the sink to the last word about it. @throws what broke it off, once it is said what was appended */
export async function runSession({ json, ...options }: SessionOptions, imported: Imported): Promise<ExitCode> {
  const { label, rejectsPath, more, words = (lines) => lines } = imported;
  let opened: OpenedSink | undefined = await openSink(options);
  const { finish } = opened;
  keepGarbageLow();
  const interruption = onInterruption();
  const started = performance.now();
  try {
    const outcome = await imported.run(opened, interruption.signal);
    const summary = summarize(label, options.dryRun ?? false, rejectsPath, outcome, performance.now() - started);
    if (!json) for (const line of words(summaryLines(summary))) say(line);
    await opened.sink.close();
    opened = undefined;
    collectGarbage();
    if (!outcome.interrupted && !outcome.failure) await finish(interruption.signal);
    if (json) await printJson({ ...summary, ...more });
    if (outcome.failure) throw outcome.failure.error;
    if (outcome.interrupted) return exitCode.interrupted;
    return outcome.tally.rejected > 0 ? exitCode.partly : exitCode.ok;
  } finally {
    interruption.release();
    await opened?.sink.close();
  }
}

/** Of the heap, V8 lets garbage grow to several times what is alive; an import makes much of it and keeps little. */
const keepGarbageLow = () => setFlagsFromString('--heap-growing-percent=50');

/** The threads that build the views take the memory that streams were remembered in: V8 gives free pages back only in its last resort. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

export interface ImportSummary {
  readonly file: string;
  readonly dryRun: boolean;
  readonly rows: number;
  readonly commands: number;
  readonly eventsAppended: number;
  readonly alreadyThere: number;
  readonly unchanged: number;
  readonly idle: number;
  readonly rejected: number;
  readonly partlyApplied: number;
  readonly lookupsNotFound: number;
  /** Lines of the first of them. */
  readonly lookupsNotFoundAt: readonly number[];
  readonly returnsUnmatched: number;
  /** Columns whose values are not encrypted and look personal; never the values. */
  readonly plainValues: readonly PlainValues[];
  readonly rejects: string | null;
  readonly resumedAtRow: number;
  readonly interrupted: boolean;
  /** Engine, server or file gave way before the end. Rows that were under way may stand too. */
  readonly brokenOff: boolean;
  readonly seconds: number;
  readonly rowsPerSecond: number;
}

export function summarize(
  file: string,
  dryRun: boolean,
  rejects: string,
  { tally, resumedAt, interrupted, notFoundAt, plainValues = [], failure }: ImportOutcome,
  milliseconds: number,
): ImportSummary {
  const seconds = Math.round(milliseconds) / 1000;
  return {
    file,
    dryRun,
    rows: tally.rows,
    commands: tally.commands,
    eventsAppended: tally.events,
    alreadyThere: tally.repeated,
    unchanged: tally.unchanged,
    idle: tally.idle,
    rejected: tally.rejected,
    partlyApplied: tally.partly,
    lookupsNotFound: tally.notFound,
    lookupsNotFoundAt: notFoundAt,
    returnsUnmatched: tally.unmatched,
    plainValues,
    rejects: tally.rejected > 0 ? rejects : null,
    resumedAtRow: resumedAt,
    interrupted,
    brokenOff: failure !== undefined,
    seconds,
    rowsPerSecond: Math.round((tally.rows - resumedAt) / Math.max(seconds, 0.001)),
  };
}

/** Lines for a person. */
export function summaryLines(summary: ImportSummary): readonly string[] {
  const count = (value: number, one: string, many = `${one}s`) => `${value.toLocaleString('en')} ${value === 1 ? one : many}`;
  const named = summary.lookupsNotFoundAt.length > 0 ? `, first at line ${summary.lookupsNotFoundAt.join(', ')}` : '';
  const appended = summary.dryRun ? 'would be appended' : 'appended';
  return [
    `${summary.file}: ${count(summary.rows, 'row')} in ${duration(summary.seconds)} (${summary.rowsPerSecond.toLocaleString('en')} rows/s)${summary.resumedAtRow > 0 ? `, resumed after row ${summary.resumedAtRow.toLocaleString('en')}` : ''}`,
    `  ${count(summary.eventsAppended, 'event')} ${appended}, by ${count(summary.commands, 'command')}`,
    `  ${count(summary.alreadyThere, 'command')} executed before, ${summary.unchanged.toLocaleString('en')} unchanged`,
    ...(summary.idle > 0 ? [`  ${count(summary.idle, 'row')} for which the mapping issues no command`] : []),
    ...(summary.lookupsNotFound > 0
      ? [
          `  ${count(summary.lookupsNotFound, 'lookup')} found no row for the key${named}; "missing": "reject" writes these rows to the rejects file`,
        ]
      : []),
    `  ${count(summary.rejected, 'row')} rejected${summary.partlyApplied > 0 ? `, ${summary.partlyApplied.toLocaleString('en')} of them applied in part` : ''}${summary.rejects ? `: see ${summary.rejects}` : ''}`,
    ...(summary.returnsUnmatched > 0
      ? [`  ${count(summary.returnsUnmatched, 'return')} of them without an earlier purchase in the file`]
      : []),
    ...summary.plainValues.map(
      ({ column, looksLike, rows, line }) =>
        `  ${column}: ${count(rows, 'row')} with a value that looks like ${looksLike.join(' or ')}, first at line ${line}; it is stored in plain text and not erased: map it to a personal member, or replace it by an id`,
    ),
    ...(summary.interrupted ? ['  interrupted; run the same command again to continue'] : []),
    ...(summary.brokenOff
      ? [
          `  stopped there${summary.dryRun ? '' : '; appended events stay, including those in progress'}: run the same command again to continue`,
        ]
      : []),
  ];
}
