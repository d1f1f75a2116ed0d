import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { Command } from 'commander';
import { exitCodesHelp } from './terminal/exit-code.js';

type Adding = (program: Command) => void;

/** In the order of the help. Each is loaded when it is wanted: `import` needs no web server, and all of them begin at once. */
const commands: Readonly<Record<string, () => Promise<Adding>>> = {
  demo: async () => (await import('./commands/demo.command.js')).addDemoCommand,
  serve: async () => (await import('./commands/serve.command.js')).addServeCommand,
  import: async () => (await import('./commands/import.command.js')).addImportCommand,
  vcard: async () => (await import('./commands/vcard.command.js')).addVcardCommand,
  views: async () => (await import('./commands/views.command.js')).addViewsCommand,
  events: async () => (await import('./commands/events.command.js')).addEventsCommand,
  rebuild: async () => (await import('./commands/rebuild.command.js')).addRebuildCommand,
  policies: async () => (await import('./commands/policies.command.js')).addPoliciesCommand,
  keys: async () => (await import('./commands/keys.command.js')).addKeysCommand,
};

/** With the command that is asked for, or with all of them where help or an unknown name is. */
export async function buildProgram(wanted: string | undefined): Promise<Command> {
  const program = new Command('letopis')
    .description('Letopis keeps the history of every customer relationship.')
    .version(versionOf(findPackageJSON(import.meta.url)!), '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .showHelpAfterError('(--help shows what is possible)');
  const one = wanted !== undefined && Object.hasOwn(commands, wanted) ? commands[wanted] : undefined;
  for (const load of one ? [one] : Object.values(commands)) (await load())(program);
  for (const command of everyCommand(program)) command.addHelpText('after', exitCodesHelp).exitOverride();
  return program;
}

const everyCommand = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(everyCommand)];

const versionOf = (packageFile: string): string => JSON.parse(readFileSync(packageFile, 'utf8')).version;
