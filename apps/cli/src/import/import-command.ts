import { CliError } from '../terminal/cli-error.js';
import { type ExitCode, exitCode } from '../terminal/exit-code.js';
import { importProgressBar } from '../terminal/import-progress.js';
import { printLine } from '../terminal/output.js';
import { type ImportFileOptions, prepareImport } from './import-file.js';
import { runSession, type SessionOptions } from './import-session.js';
import { importableCommands } from './importable-commands.js';
import { loadMapping } from './mapping/load-mapping.js';
import { fileCheckpoint, noCheckpoint } from './run/import-checkpoint.js';

export interface ImportOptions extends SessionOptions {
  readonly mapping?: string;
  readonly rejects?: string;
  readonly lookup?: readonly string[];
  readonly commands?: boolean;
}

/** @throws CliError before anything is appended where usage, mapping or file are wrong */
export async function runImportCommand(file: string | undefined, options: ImportOptions): Promise<ExitCode> {
  if (options.commands) return listCommands();
  if (file === undefined) throw new CliError('name the file to import, e.g. letopis import leads.csv --mapping leads.json');
  if (options.mapping === undefined) throw new CliError('--mapping is missing: the JSON file that maps rows to commands');
  const mapping = await loadMapping(options.mapping);
  const prepared = await prepareImport(file, mapping, toFileOptions(options, options.mapping));
  const { name } = prepared.file;
  return runSession(options, {
    label: name,
    rejectsPath: prepared.rejectsPath,
    async run({ sink, dataFolder }, signal) {
      const bar = importProgressBar(name, prepared.lines);
      const checkpoint = dataFolder === undefined ? noCheckpoint : fileCheckpoint(dataFolder, prepared.fingerprint, prepared.rejectsPath);
      try {
        return await prepared.run(sink, checkpoint, { signal, onProgress: bar.rows });
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

async function listCommands(): Promise<ExitCode> {
  for (const { name, aggregate, summary } of importableCommands)
    await printLine(`${name.padEnd(24)} ${aggregate.subject.padEnd(9)} ${summary}`);
  return exitCode.ok;
}
