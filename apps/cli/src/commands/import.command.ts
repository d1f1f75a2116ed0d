import type { Command } from 'commander';
import { commandCatalogue } from '#relationship';
import { type ImportFileOptions, prepareImport } from '../import/import-file.js';
import { summarize, summaryLines } from '../import/import-summary.js';
import { loadMapping } from '../import/mapping/load-mapping.js';
import { fileCheckpoint, noCheckpoint } from '../import/run/import-checkpoint.js';
import { addServerOptions } from '../server/server-options.js';
import { openSink, type SinkOptions } from '../sink/open-sink.js';
import { CliError } from '../terminal/cli-error.js';
import { type ExitCode, exitCode } from '../terminal/exit-code.js';
import { importProgressBar } from '../terminal/import-progress.js';
import { onInterruption } from '../terminal/interruption.js';
import { printJson, printLine, say } from '../terminal/output.js';
import { action } from '../terminal/run-command.js';

interface ImportOptions extends SinkOptions {
  readonly mapping?: string;
  readonly rejects?: string;
  readonly lookup?: readonly string[];
  readonly json?: boolean;
  readonly commands?: boolean;
}

const help = `
Every row becomes commands, as the mapping says; test/fixtures/mappings/README.md explains mappings by four examples.
A row keeps its identity (system, file name and line, or the columns that "dedupe" names): importing a file again appends
nothing, and after a kill the same command goes on where it was. A rejected row stands in the rejects file with its reason;
mend it there and import that file with the same mapping.

Examples:
  letopis import CDNOW_sample.txt --mapping cdnow.json
  letopis import leads.csv.gz --mapping leads.json --dry-run
  letopis import deals.csv --mapping deals.json --lookup teams=./sales_teams.csv --rejects /tmp/rejects.csv
  letopis import leads.csv --mapping leads.json --server http://127.0.0.1:3000 --key letopis_…
  letopis import --commands`;

export function importCommand(command: Command): void {
  addServerOptions(
    command
      .description('Import a CSV, NDJSON or text file (also compressed by gzip) by a mapping file.')
      .option('-m, --mapping <file>', 'JSON file that says how rows become commands')
      .option('--dry-run', 'decide everything and append nothing')
      .option('--rejects <file>', 'where rejected rows go; <file>.rejects.csv when absent, <file>.rejects.dry-run.csv of a rehearsal')
      .option(
        '--lookup <name=file>',
        'another file for a lookup of the mapping; may be repeated',
        (value: string, before: readonly string[] = []) => [...before, value],
      )
      .option('--json', 'print the summary as JSON on standard output')
      .option('--commands', 'list the commands that a mapping may issue, and end')
      .addHelpText('after', help),
  ).action(action(importFile));
}

async function importFile(file: string | undefined, options: ImportOptions): Promise<ExitCode> {
  if (options.commands) return listCommands();
  if (file === undefined) throw new CliError('name the file to import, e.g. letopis import leads.csv --mapping leads.json');
  if (options.mapping === undefined) throw new CliError('--mapping is missing: it names the JSON file that says how rows become commands');
  const mapping = await loadMapping(options.mapping);
  const prepared = await prepareImport(file, mapping, toFileOptions(options, options.mapping));
  const { sink, dataFolder } = await openSink(options);
  const interruption = onInterruption();
  const bar = importProgressBar(prepared.file.name, prepared.lines);
  const started = performance.now();
  try {
    const checkpoint = dataFolder === undefined ? noCheckpoint : fileCheckpoint(dataFolder, prepared.fingerprint, prepared.rejectsPath);
    const outcome = await prepared.run(sink, checkpoint, { signal: interruption.signal, onProgress: bar.rows });
    bar.stop();
    const summary = summarize(prepared.file.name, options.dryRun ?? false, prepared.rejectsPath, outcome, performance.now() - started);
    if (!options.json) for (const line of summaryLines(summary)) say(line);
    if (!outcome.interrupted) await sink.finish(interruption.signal);
    if (options.json) await printJson(summary);
    if (outcome.interrupted) return exitCode.interrupted;
    return outcome.tally.rejected > 0 ? exitCode.partly : exitCode.ok;
  } finally {
    bar.stop();
    interruption.release();
    await sink.close();
  }
}

function toFileOptions({ dryRun = false, rejects, lookup = [] }: ImportOptions, mappingPath: string): ImportFileOptions {
  const lookups = new Map<string, string>();
  for (const given of lookup) {
    const [, name, path] = /^([^=]+)=(.+)$/.exec(given) ?? [];
    if (name === undefined || path === undefined) throw new CliError(`--lookup wants name=file, not ${JSON.stringify(given)}`);
    lookups.set(name, path);
  }
  return { dryRun, mappingPath, lookups, ...(rejects !== undefined && { rejects }) };
}

async function listCommands(): Promise<ExitCode> {
  for (const { name, target, summary } of commandCatalogue) await printLine(`${name.padEnd(24)} ${target.padEnd(9)} ${summary}`);
  return exitCode.ok;
}
