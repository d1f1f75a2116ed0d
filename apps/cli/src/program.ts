import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { Command } from 'commander';
import { exitCodesHelp } from './terminal/exit-code.js';

interface Offered {
  /** Its name and what goes with it. */
  readonly usage: string;
  readonly summary: string;
  /** Loads what gives it its options and its work: `--help` needs none of them, `import` no web server. */
  readonly load: () => Promise<(command: Command) => void>;
}

/** In the order of the help. */
const commands: readonly Offered[] = [
  {
    usage: 'demo',
    summary: 'load an example company and show it',
    load: async () => (await import('./commands/demo.command.js')).demoCommand,
  },
  { usage: 'serve', summary: 'start the API', load: async () => (await import('./commands/serve.command.js')).serveCommand },
  {
    usage: 'import [file]',
    summary: 'import a CSV, NDJSON or text file with a mapping',
    load: async () => (await import('./commands/import.command.js')).importCommand,
  },
  {
    usage: 'vcard <file...>',
    summary: 'import customers from an address book',
    load: async () => (await import('./commands/vcard.command.js')).vcardCommand,
  },
  {
    usage: 'views <name> [subject]',
    summary: 'show a view as tables or JSON',
    load: async () => (await import('./commands/views.command.js')).viewsCommand,
  },
  {
    usage: 'events [stream]',
    summary: 'print a stream or the log, or follow the log',
    load: async () => (await import('./commands/events.command.js')).eventsCommand,
  },
  {
    usage: 'verify',
    summary: 'verify every event of the log',
    load: async () => (await import('./commands/verify.command.js')).verifyCommand,
  },
  {
    usage: 'rebuild [view]',
    summary: 'rebuild views from the log',
    load: async () => (await import('./commands/rebuild.command.js')).rebuildCommand,
  },
  {
    usage: 'policies',
    summary: 'show and publish policies',
    load: async () => (await import('./commands/policies.command.js')).policiesCommand,
  },
  {
    usage: 'keys',
    summary: 'create, list and revoke API keys',
    load: async () => (await import('./commands/keys.command.js')).keysCommand,
  },
];

/** Every command is named; the one that the arguments name first can do its work. */
export async function buildProgram(given: readonly string[]): Promise<Command> {
  const program = new Command('letopis')
    .description('Letopis keeps the history of every customer relationship.')
    .version(versionOf(findPackageJSON(import.meta.url)!), '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .showHelpAfterError('(--help shows the usage)');
  const named = new Map(commands.map((offered) => [program.command(offered.usage).summary(offered.summary), offered] as const));
  const wanted = given.map((name) => [...named.keys()].find((command) => command.name() === name)).find((command) => command !== undefined);
  if (wanted) (await named.get(wanted)!.load())(wanted);
  for (const command of everyCommand(program)) command.addHelpText('after', exitCodesHelp).exitOverride();
  return program;
}

const everyCommand = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(everyCommand)];

const versionOf = (packageFile: string): string => JSON.parse(readFileSync(packageFile, 'utf8')).version;
