import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { Command } from 'commander';
import { exitCodesHelp } from './terminal/exit-code.js';

/**
 * Its name and what goes with it, and what loads that which gives it its options and its work: `--help` needs none of them, `import` no web
 * server.
 */
type Offered = readonly [usage: string, summary: string, load: () => Promise<{ define(command: Command): void }>];

/** In the order of the help. */
const commands: readonly Offered[] = [
  ['demo', 'load an example company and show it', () => import('./commands/demo.command.js')],
  ['serve', 'start the API', () => import('./commands/serve.command.js')],
  ['import [file]', 'import a CSV, NDJSON or text file with a mapping', () => import('./commands/import.command.js')],
  ['vcard <file...>', 'import customers from an address book', () => import('./commands/vcard.command.js')],
  ['views <name> [subject]', 'show a view as tables or JSON', () => import('./commands/views.command.js')],
  ['events [stream]', 'print a stream or the log, or follow the log', () => import('./commands/events.command.js')],
  ['export-customer <customerId>', 'export the data of a customer for the customer', () => import('./commands/export-customer.command.js')],
  ['verify', 'verify every event of the log', () => import('./commands/verify.command.js')],
  ['copy-log', 'move the log to another engine or file', () => import('./commands/copy-log.command.js')],
  ['encrypt-log', 'encrypt a log with personal data in plain text', () => import('./commands/encrypt-log.command.js')],
  ['rebuild [view]', 'rebuild views from the log', () => import('./commands/rebuild.command.js')],
  ['policies', 'show and publish policies', () => import('./commands/policies.command.js')],
  ['keys', 'create, list and revoke API keys', () => import('./commands/keys.command.js')],
  ['kept-outside', 'replace the store of erasures outside of backups', () => import('./commands/kept-outside.command.js')],
  ['master-key', 'list and rotate the master keys', () => import('./commands/master-key.command.js')],
];

/** Every command is named; the one that the arguments name first can do its work. */
export async function buildProgram(given: readonly string[]): Promise<Command> {
  const program = new Command('letopis')
    .description('Letopis keeps the history of every customer relationship.')
    .version(versionOf(findPackageJSON(import.meta.url)!), '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .showHelpAfterError('(--help shows the usage)')
    // What stands behind the name of a command is an option of that one, also where one above it has an option of that name.
    .enablePositionalOptions();
  const named = new Map(commands.map(([usage, summary, load]) => [program.command(usage).summary(summary), load] as const));
  const wanted = given.map((name) => [...named.keys()].find((command) => command.name() === name)).find((command) => command !== undefined);
  if (wanted) (await named.get(wanted)!()).define(wanted);
  for (const command of everyCommand(program)) command.addHelpText('after', exitCodesHelp).exitOverride();
  return program;
}

const everyCommand = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(everyCommand)];

const versionOf = (packageFile: string): string => JSON.parse(readFileSync(packageFile, 'utf8')).version;
