import type { Command } from 'commander';
import type { ImportOptions } from '../import/import-command.js';
import { addServerOptions } from '../server/server-options.js';
import { action } from '../terminal/run-command.js';

const help = `
Every row becomes commands, as the mapping says; docs/importing.md explains mappings, with examples.
Importing a file again appends nothing, and after a kill the same command goes on where it was. What adds something keeps its identity
for ever (system, file name and line, or the columns that "dedupe" names); what sets state is set anew by a file with other content.
A rejected row stands in the rejects file with its reason, and is rejected again with the same file: to have it tried again, mend it there
and import the rejects file with the same mapping.

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
  ).action(
    action(async (file: string | undefined, options: ImportOptions) =>
      (await import('../import/import-command.js')).runImportCommand(file, options),
    ),
  );
}
