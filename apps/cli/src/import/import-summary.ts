import { duration } from '../terminal/import-progress.js';
import type { ImportOutcome } from './run/run-import.js';

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
  { tally, resumedAt, interrupted, failure }: ImportOutcome,
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
  const appended = summary.dryRun ? 'would be appended' : 'appended';
  return [
    `${summary.file}: ${count(summary.rows, 'row')} in ${duration(summary.seconds)} (${summary.rowsPerSecond.toLocaleString('en')} rows/s)${summary.resumedAtRow > 0 ? `, resumed after row ${summary.resumedAtRow.toLocaleString('en')}` : ''}`,
    `  ${count(summary.eventsAppended, 'event')} ${appended}, by ${count(summary.commands, 'command')}`,
    `  ${count(summary.alreadyThere, 'command')} executed before, ${summary.unchanged.toLocaleString('en')} unchanged`,
    ...(summary.idle > 0 ? [`  ${count(summary.idle, 'row')} for which the mapping issues no command`] : []),
    `  ${count(summary.rejected, 'row')} rejected${summary.partlyApplied > 0 ? `, ${summary.partlyApplied.toLocaleString('en')} of them applied in part` : ''}${summary.rejects ? `: see ${summary.rejects}` : ''}`,
    ...(summary.interrupted ? ['  interrupted; run the same command again to continue'] : []),
    ...(summary.brokenOff
      ? [
          `  stopped there${summary.dryRun ? '' : '; appended events stay, including those in progress'}: run the same command again to continue`,
        ]
      : []),
  ];
}
