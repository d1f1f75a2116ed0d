import { hash } from 'node:crypto';
import path from 'node:path';
import { commandByName } from '#relationship';
import type { CommandSink } from '../sink/command-sink.js';
import { CliError } from '../terminal/cli-error.js';
import { type CompiledMapping, compileMapping } from './mapping/compile-mapping.js';
import type { Mapping } from './mapping/mapping.js';
import { type InputFile, inspectInputFile, measure } from './records/input-file.js';
import { assertColumnsPresent, openRecords } from './records/open-records.js';
import { assertEncoding } from './records/physical-lines.js';
import { rejectsDialect } from './records/rejects-dialect.js';
import { sortedRecords } from './records/sorted-records.js';
import { rowCommands } from './row-commands.js';
import type { ImportCheckpoint } from './run/import-checkpoint.js';
import { openRejectsFile } from './run/rejects-file.js';
import { type ImportOutcome, runImport } from './run/run-import.js';
import { type LookupTable, loadLookup } from './values/lookup-table.js';

export interface PreparedImport {
  readonly file: InputFile;
  readonly mapping: CompiledMapping;
  readonly rejectsPath: string;
  /** Of the contents of file and mapping. */
  readonly fingerprint: string;
  readonly lines: number;
  run(sink: CommandSink, checkpoint: ImportCheckpoint, watch: Watch): Promise<ImportOutcome>;
}

export interface Watch {
  readonly signal: AbortSignal;
  onProgress(rows: number): void;
}

export interface ImportFileOptions {
  readonly rejects?: string;
  /** Paths of lookup files by name, where they are not beside the imported file. */
  readonly lookups: ReadonlyMap<string, string>;
}

/** Rows under way at once: enough to fill a group commit, few enough to keep memory flat. */
const IN_FLIGHT = 256;

/** Everything that can be refused without looking at a row is refused here. @throws CliError */
export async function prepareImport(filePath: string, mapping: Mapping, options: ImportFileOptions): Promise<PreparedImport> {
  const { source } = mapping;
  const file = await inspectInputFile(filePath);
  const mended = source.format === 'ndjson' ? undefined : await rejectsDialect(file);
  const { sha256, lines } = await measure(file);
  if (source.format !== 'ndjson') assertEncoding(source.encoding ?? 'utf-8');
  const lookups = await loadLookups(mapping, path.dirname(filePath), options.lookups);
  const compiled = compileMapping(mapping, lookups, (name) => commandByName(name) !== undefined);
  await assertColumnsPresent(file, source, mended, compiled.columns);
  const rejectsPath = options.rejects ?? `${filePath}.rejects.${source.format === 'ndjson' ? 'ndjson' : 'csv'}`;
  if (path.resolve(rejectsPath) === path.resolve(filePath))
    throw new CliError('--rejects names the imported file itself; name another one');

  return {
    file,
    mapping: compiled,
    rejectsPath,
    lines,
    fingerprint: `${sha256.slice(0, 32)}-${hash('sha256', JSON.stringify([file.name, mapping]), 'hex').slice(0, 16)}`,
    run(sink, checkpoint, { signal, onProgress }) {
      const records = openRecords(file, source, mended);
      return runImport({
        records: compiled.order ? sortedRecords(records, compiled.order) : records,
        commandsOf: (row) => rowCommands(row, compiled),
        sink,
        checkpoint,
        rejectsPath,
        openRejects: (keep) => openRejectsFile(rejectsPath, source.format === 'ndjson' ? 'ndjson' : 'csv', keep),
        signal,
        inFlight: IN_FLIGHT,
        onProgress,
      });
    },
  };
}

async function loadLookups(
  mapping: Mapping,
  folder: string,
  given: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, LookupTable>> {
  const tables = new Map<string, LookupTable>();
  for (const [name, lookup] of Object.entries(mapping.lookups ?? {}))
    tables.set(name, await loadLookup(name, lookup, folder, given.get(name)));
  const unknown = [...given.keys()].find((name) => !tables.has(name));
  if (unknown !== undefined)
    throw new CliError(`--lookup ${unknown}: the mapping has no such lookup; it has ${[...tables.keys()].join(', ') || 'none'}`);
  return tables;
}
