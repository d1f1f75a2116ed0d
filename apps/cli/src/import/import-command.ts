import { writeFile } from 'node:fs/promises';
import { membersOf, type Shape } from '#relationship/kernel/shape.js';
import { CliError } from '../terminal/cli-error.js';
import { type ExitCode, exitCode } from '../terminal/exit-code.js';
import { importProgressBar } from '../terminal/import-progress.js';
import { print, printLine, say } from '../terminal/output.js';
import { type ImportFileOptions, prepareImport } from './import-file.js';
import { runSession, type SessionOptions } from './import-session.js';
import { importableCommands } from './importable-commands.js';
import { loadMapping } from './mapping/load-mapping.js';
import { hashUnder } from './memory/import-hashes.js';
import { importSourceIdOf } from './memory/import-identity.js';
import { fileCheckpoint, noCheckpoint } from './run/import-checkpoint.js';
import { suggestFor } from './suggest/suggest-file.js';

export interface ImportOptions extends SessionOptions {
  readonly mapping?: string;
  readonly rejects?: string;
  readonly lookup?: readonly string[];
  readonly commands?: boolean;
  readonly suggest?: boolean;
}

/** @throws CliError before anything is appended where usage, mapping or file are wrong */
export async function runImportCommand(file: string | undefined, options: ImportOptions): Promise<ExitCode> {
  if (options.commands) return listCommands(file);
  if (file === undefined) throw new CliError('name the file to import, e.g. letopis import leads.csv --mapping leads.json');
  if (options.suggest) return suggest(file, options.mapping);
  if (options.mapping === undefined) throw new CliError('--mapping is missing: the JSON file that maps rows to commands');
  const mapping = await loadMapping(options.mapping);
  const prepared = await prepareImport(file, mapping, toFileOptions(options, options.mapping));
  const { name } = prepared.file;
  return runSession(options, {
    label: name,
    rejectsPath: prepared.rejectsPath,
    async run({ sink, dataFolder, keepRejects }, signal) {
      const bar = importProgressBar(name, prepared.lines);
      const hash = hashUnder(await sink.imports.hashKey(importSourceIdOf(mapping.system)));
      const checkpoint = dataFolder === undefined ? noCheckpoint : fileCheckpoint(dataFolder, prepared, hash);
      try {
        return await prepared.run(sink, checkpoint, { signal, onProgress: bar.rows, keepRejects });
      } finally {
        bar.stop();
      }
    },
  });
}

function toFileOptions({ dryRun = false, rejects, lookup = [] }: ImportOptions, mappingPath: string): ImportFileOptions {
  const lookups = new Map<string, string>();
  for (const given of lookup) {
    const [, name, path] = /^([^=]+)=(.+)$/.exec(given) ?? [];
    if (name === undefined || path === undefined) throw new CliError(`--lookup must be name=file, not ${JSON.stringify(given)}`);
    lookups.set(name, path);
  }
  return { dryRun, mappingPath, lookups, ...(rejects !== undefined && { rejects }) };
}

/** The mapping goes to its file, which must not be there yet, or to standard output; what is to be checked of it is said. */
async function suggest(file: string, path: string | undefined): Promise<ExitCode> {
  const { mapping, notes } = await suggestFor(file);
  const json = `${JSON.stringify(mapping, undefined, 2)}\n`;
  if (path === undefined) await print(json);
  else
    await writeFile(path, json, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
      throw new CliError(`${path} ${error.code === 'EEXIST' ? 'exists; name another file' : `cannot be written: ${error.message}`}`);
    });
  for (const note of notes) say(`  ${note}`);
  say(`check the mapping${path === undefined ? '' : ` in ${path}`}, then import with --dry-run first`);
  return exitCode.ok;
}

/** With what a body may have, one member a line; of one command if it is named. */
async function listCommands(only: string | undefined): Promise<ExitCode> {
  const listed = importableCommands.filter(({ name }) => only === undefined || name === only);
  if (listed.length === 0) throw new CliError(`"${only}" is not a command; \`letopis import --commands\` lists them`);
  for (const { name, aggregate, summary, body, generatedId } of listed) {
    await printLine(`${name.padEnd(24)} ${aggregate.subject.padEnd(9)} ${summary}`);
    const target = generatedId === aggregate.idMember ? generatedId : undefined;
    for (const { path, type, required } of membersIn(body))
      if (path !== target) await printLine(`  ${path.padEnd(38)} ${(required ? 'required' : '').padEnd(9)} ${type}`);
  }
  return exitCode.ok;
}

interface BodyMember {
  readonly path: string;
  readonly type: string;
  /** Within what it is a member of. */
  readonly required: boolean;
}

const membersIn = (shape: Shape, within = ''): readonly BodyMember[] =>
  [...membersOf(shape)].flatMap(([name, member]): readonly BodyMember[] => {
    const { type = '', optional = false, shape: nested } = member;
    const path = `${within}${name}`;
    const own = { path, type, required: !optional };
    return nested ? [own, ...membersIn(nested(), `${path}${type.startsWith('list') ? '[]' : ''}.`)] : [own];
  });
