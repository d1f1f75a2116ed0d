import type { Command } from 'commander';
import type { ImportOptions } from '../import/import-command.js';
import type { RejectsOptions } from '../import/rejects-command.js';
import { addServerOptions } from '../server/server-options.js';
import { action } from '../terminal/run-command.js';

const help = `
The mapping turns every row into commands; docs/importing.md explains mappings, with examples.
Importing a file again appends nothing, and after a kill the same command resumes where it stopped. Commands that add something keep their
identity permanently (system, file name and line, or the columns in "dedupe"); a file with other content sets state again.
A rejected row is written to the rejects file with its reason, and is rejected again with the same file: to retry it, correct it there
and import the rejects file with the same mapping.

Examples:
  letopis import leads.csv --suggest --mapping leads.json
  letopis import CDNOW_sample.txt --mapping cdnow.json
  letopis import leads.csv.gz --mapping leads.json --dry-run
  letopis import deals.csv --mapping deals.json --lookup teams=./sales_teams.csv --rejects /tmp/rejects.csv
  letopis import leads.csv --mapping leads.json --server http://127.0.0.1:3000 --key letopis_…
  letopis import --commands
  letopis import --commands record-purchase`;

export function define(command: Command): void {
  command
    .command('rejects [import]')
    .description(
      'List the imports into the data folder whose rejected rows are kept, or write out the rows of one, to correct and import them. They are kept encrypted for 30 days, or as the policy privacy says.',
    )
    .option('--out <file>', 'where the rows are written to; default <import>.rejects.csv')
    .option('--files <customerId>', 'list the files in plain text that may have rows of this customer, as after an erasure')
    .option('--json', 'print the list as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  letopis import rejects\n  letopis import rejects --files 3f6c7d0e-8a58-5f0e-9a43-0a2a6b6f2d11\n  letopis import rejects 2-3b5d5c37-9f86d081884c --out again.csv',
    )
    .action(
      action(async (reference: string | undefined, options: RejectsOptions) =>
        (await import('../import/rejects-command.js')).runRejectsCommand(reference, options),
      ),
    );
  addServerOptions(
    command
      .description('Import a CSV, NDJSON or text file (gzip or zip allowed) with a mapping file.')
      .option('-m, --mapping <file>', 'JSON file that maps rows to commands')
      .option('--dry-run', 'decide all commands and append nothing')
      .option('--rejects <file>', 'file for rejected rows; default <file>.rejects.csv, with --dry-run <file>.rejects.dry-run.csv')
      .option(
        '--lookup <name=file>',
        'other file for a lookup of the mapping; repeatable',
        (value: string, before: readonly string[] = []) => [...before, value],
      )
      .option('--suggest', 'write a starter mapping for a CSV file, to --mapping or standard output, and exit')
      .option('--json', 'print the summary as JSON on standard output')
      .option(
        '--commands',
        'list the commands that a mapping may issue, with the members of their bodies, and exit; with a name, of that command',
      )
      .addHelpText('after', help),
  ).action(
    action(async (file: string | undefined, options: ImportOptions) =>
      (await import('../import/import-command.js')).runImportCommand(file, options),
    ),
  );
}
