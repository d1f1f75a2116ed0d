import type { Command } from 'commander';
import { summarize, summaryLines } from '../import/import-summary.js';
import { type ImportRecord, RowProblem } from '../import/records/import-record.js';
import { noCheckpoint } from '../import/run/import-checkpoint.js';
import { openRejectsFile } from '../import/run/rejects-file.js';
import { assertRejectsPath, rejectsPathOf } from '../import/run/rejects-path.js';
import { runImport } from '../import/run/run-import.js';
import { addServerOptions } from '../server/server-options.js';
import { openSink, type SinkOptions } from '../sink/open-sink.js';
import { type ExitCode, exitCode } from '../terminal/exit-code.js';
import { onInterruption } from '../terminal/interruption.js';
import { printJson, say } from '../terminal/output.js';
import { action } from '../terminal/run-command.js';
import type { Card } from '../vcard/card.js';
import { cardCommands } from '../vcard/card-commands.js';
import { readCards, toRecord } from '../vcard/card-records.js';

interface VcardOptions extends SinkOptions {
  readonly system: string;
  readonly rejects?: string;
  readonly json?: boolean;
}

const help = `
Each card becomes a customer with its name, e-mail addresses, phone numbers, messenger handles and what else is known. A card is
the same one again by its UID, or by its text where it has none. Photos, logos and keys are left out and counted.

Examples:
  letopis vcard contacts.vcf
  letopis vcard export/*.vcf --dry-run`;

export function vcardCommand(command: Command): void {
  addServerOptions(
    command
      .description('Import customers from vCard files (2.1, 3.0, 4.0), as telephones and mail programs export them.')
      .option('--system <name>', 'name of the address book, part of the derived ids', 'vcard')
      .option('--dry-run', 'decide everything and append nothing')
      .option('--rejects <file>', 'where rejected cards go; vcard.rejects.csv when absent, vcard.rejects.dry-run.csv of a rehearsal')
      .option('--json', 'print the summary as JSON on standard output')
      .addHelpText('after', help),
  ).action(action(importCards));
}

async function importCards(files: readonly string[], options: VcardOptions): Promise<ExitCode> {
  const cards = await readCards(files);
  const byPlace = new Map(cards.map((card) => [placeOf(card), card] as const));
  const rejectsPath = options.rejects ?? rejectsPathOf('vcard', 'csv', options.dryRun ?? false);
  await assertRejectsPath(rejectsPath, new Map(files.map((file) => [file, file])));
  const { sink } = await openSink(options);
  const interruption = onInterruption();
  const started = performance.now();
  try {
    const outcome = await runImport({
      records: asyncly(cards),
      commandsOf: (row) => cardCommands(byPlace.get(placeOf(row)) ?? lost(row), options.system),
      sink,
      checkpoint: noCheckpoint,
      rejectsPath,
      openRejects: (keep) => openRejectsFile(rejectsPath, 'csv', keep),
      signal: interruption.signal,
      inFlight: 64,
      onProgress: () => {},
    });
    const label = files.length === 1 ? (files[0] as string) : `${files.length} files`;
    const summary = {
      ...summarize(label, options.dryRun ?? false, rejectsPath, outcome, performance.now() - started),
      leftOut: countBinaries(cards),
    };
    if (!outcome.interrupted && !outcome.failure) await sink.finish(interruption.signal);
    if (options.json) await printJson(summary);
    else
      for (const line of [...summaryLines(summary), `  ${summary.leftOut} photos, logos, sounds and keys left out`])
        say(line.replace(/\brows?\b/, 'cards'));
    if (outcome.failure) throw outcome.failure.error;
    if (outcome.interrupted) return exitCode.interrupted;
    return outcome.tally.rejected > 0 ? exitCode.partly : exitCode.ok;
  } finally {
    interruption.release();
    await sink.close();
  }
}

async function* asyncly(cards: readonly Card[]) {
  for (const card of cards) yield toRecord(card);
}

const placeOf = ({ file, line }: Pick<ImportRecord, 'file' | 'line'>) => `${file}:${line}`;

function lost(row: ImportRecord): never {
  throw new RowProblem(`${row.file} stands twice among the given files`);
}

const countBinaries = (cards: readonly Card[]) =>
  cards.reduce((sum, { properties }) => sum + properties.filter(({ binary }) => binary).length, 0);
