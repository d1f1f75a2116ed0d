import { hash } from 'node:crypto';
import path from 'node:path';
import { canonicalJson } from '#event-log/canonical-json.js';
import type { CommandSink } from '../sink/command-sink.js';
import { CliError } from '../terminal/cli-error.js';
import { importableCommand } from './importable-commands.js';
import { type CompiledMapping, compileMapping } from './mapping/compile-mapping.js';
import type { LookupFile, Mapping } from './mapping/mapping.js';
import { importIdOf, NO_IMPORT } from './memory/import-identity.js';
import { type Imports, openImports } from './memory/open-imports.js';
import type { RowImport } from './memory/row-import.js';
import { assertEncoding } from './records/encoding.js';
import { createGroupWatch } from './records/group-watch.js';
import { groupedRecords } from './records/grouped-records.js';
import type { ReadRecord } from './records/import-record.js';
import { type InputFile, inspectInputFile, readWhole } from './records/input-file.js';
import { measure } from './records/measure.js';
import { neighbouringRecords } from './records/neighbouring-records.js';
import { assertColumnsPresent, openRecords } from './records/open-records.js';
import { rejectsDialect } from './records/rejects-dialect.js';
import { sortedRecords } from './records/sorted-records.js';
import { customersOfRow, rowCommands } from './row-commands.js';
import type { ImportCheckpoint } from './run/import-checkpoint.js';
import type { KeepRejects } from './run/kept-rejects.js';
import { watchPlainValues } from './run/plain-values.js';
import { openRejectsFile } from './run/rejects-file.js';
import { assertRejectsPath, rejectsPathOf } from './run/rejects-path.js';
import { type ImportOutcome, runImport } from './run/run-import.js';
import { type LookupTable, loadLookup } from './values/lookup-table.js';

export interface PreparedImport {
  readonly file: InputFile;
  readonly mapping: CompiledMapping;
  readonly rejectsPath: string;
  /** Of the contents of file, lookups and mapping. */
  readonly fingerprint: string;
  readonly lines: number;
  run(sink: CommandSink, checkpoint: ImportCheckpoint, watch: Watch): Promise<ImportOutcome>;
}

export interface Watch {
  readonly signal: AbortSignal;
  onProgress(rows: number): void;
  /** Absent where rejected rows are written to the file alone. */
  readonly keepRejects?: KeepRejects | undefined;
}

export interface ImportFileOptions {
  readonly dryRun: boolean;
  readonly mappingPath: string;
  readonly rejects?: string;
  /** Paths of lookup files by name, where they are not beside the imported file. */
  readonly lookups: ReadonlyMap<string, string>;
}

/** Rows under way at once: enough to fill a group commit, few enough to keep memory flat. */
const IN_FLIGHT = 256;

/** Everything that can be rejected without looking at a row is rejected here. @throws CliError */
export async function prepareImport(filePath: string, mapping: Mapping, options: ImportFileOptions): Promise<PreparedImport> {
  const { source } = mapping;
  const file = await inspectInputFile(filePath);
  const mended = source.format === 'ndjson' ? undefined : await rejectsDialect(file);
  const encoding = (source.format !== 'ndjson' && source.encoding) || 'utf-8';
  assertEncoding(encoding, 'source.encoding');
  const importId = importIdOf(mapping);
  const { sha256, contentSha256, lines } = await measure(file, mended ? 'utf-8' : encoding);
  const lookupFiles = findLookups(mapping, encoding, path.dirname(filePath), options.lookups);
  const extension = source.format === 'ndjson' ? 'ndjson' : 'csv';
  const rejectsPath = options.rejects ?? rejectsPathOf(filePath, extension, options.dryRun);
  await assertRejectsPath(
    rejectsPath,
    new Map([
      ['the imported file', filePath],
      ['the mapping', options.mappingPath],
      ...[...lookupFiles].map(([name, lookup]) => [`the lookup ${name}`, lookup.file] as const),
    ]),
  );
  const lookups = new Map<string, LookupTable>();
  for (const [name, lookup] of lookupFiles) lookups.set(name, await loadLookup(name, lookup));
  const compiled = compileMapping(mapping, lookups, importableCommand, new Date());
  await assertColumnsPresent(file, source, mended, compiled.columns);
  const inputs = await hashOfLookups(lookupFiles);

  return {
    file,
    mapping: compiled,
    rejectsPath,
    lines,
    fingerprint: `${sha256.slice(0, 32)}-${hash('sha256', JSON.stringify([file.name, mapping, ...(inputs === undefined ? [] : [inputs])]), 'hex').slice(0, 16)}`,
    async run(sink, checkpoint, { signal, onProgress, keepRejects }) {
      const { knownByName } = compiled;
      const bytes = { name: file.name, sha256: contentSha256, inputs };
      const imports = await openImports(sink.imports, {
        importId,
        system: mapping.system,
        ...bytes,
        knownByName,
        rehearsal: options.dryRun,
      });
      compiled.company.zone = imports.zone;
      compiled.foreignKeyIds.of = sink.foreignKeyIds.of;
      await assertImportsNamed(openRecords(file, source, mended), imports);
      const records = neighbouringRecords(openRecords(file, source, mended));
      const { order, columns, group } = compiled;
      const watch = group && order.length > 0 ? createGroupWatch(group, source.format) : undefined;
      const ordered = order.length > 0 ? sortedRecords(records, { keys: order, columns, watch }) : records;
      const grouped = group ? groupedRecords(ordered, group, watch) : ordered;
      const looking: RowImport = { number: 0, file: '', formerly: false, zone: imports.zone, importId, reference: NO_IMPORT };
      const plainValues = watchPlainValues(columns);
      const run = runImport({
        look: plainValues.look,
        records: sink.foreignKeyIds.ahead(grouped, ({ kind, row }) => kind === 'row' && rowCommands(row, looking, compiled)),
        dependent: compiled.purchases !== undefined,
        commandsOf: (row, of) => rowCommands(row, of, compiled),
        takeCounts: compiled.takeCounts,
        imports,
        sink,
        checkpoint,
        adviceOnConflict: (row) => adviceOnConflict(row.mended !== undefined, mapping.dedupe),
        rejectsPath,
        customersOf: (row) => customersOfRow(row, compiled),
        openRejects: (keep) => openRejectsFile(rejectsPath, extension, keep),
        keepRejects: keepRejects?.({ importId, format: extension, rejectsPath }),
        signal,
        inFlight: IN_FLIGHT,
        onProgress,
      });
      const outcome = await run.finally(() => compiled.purchases?.close());
      return { ...outcome, plainValues: plainValues.found() };
    },
  };
}

/** The rows of a rejects file name their imports: what is wrong with that is said before anything is appended. @throws CliError */
async function assertImportsNamed(records: AsyncIterable<ReadRecord>, imports: Imports): Promise<void> {
  for await (const { row } of records) {
    if (!row.mended) return;
    await imports.importOf(row);
  }
}

function adviceOnConflict(mended: boolean, dedupe: Mapping['dedupe'] = 'line'): string {
  if (mended)
    return 'it was applied before for this row with other content; restore the values that it reads, and correct what it recorded with a separate command';
  if (dedupe === 'line')
    return 'it was applied before for this line of a file of this name with other content; rename the file, or let the mapping dedupe by columns';
  return `it was applied before for a row of the same ${dedupe.join(', ')} with other content; correct what it recorded with a separate command, or name more columns in dedupe if this row is another event`;
}

/** The values that they give to rows are no less the file's than its own. Undefined where there are none. */
async function hashOfLookups(files: ReadonlyMap<string, LookupFile>): Promise<string | undefined> {
  if (files.size === 0) return undefined;
  const hashes: Record<string, string> = {};
  for (const [name, { file }] of files) hashes[name] = hash('sha256', await readWhole(file), 'hex');
  return hash('sha256', canonicalJson(hashes), 'hex');
}

/** Beside the imported file, or where `--lookup` says; in the encoding of the source, unless the mapping says otherwise. */
function findLookups(
  { lookups = {}, source: { missing } }: Mapping,
  encoding: string,
  folder: string,
  given: ReadonlyMap<string, string>,
): ReadonlyMap<string, LookupFile> {
  const unknown = [...given.keys()].find((name) => !Object.hasOwn(lookups, name));
  if (unknown !== undefined)
    throw new CliError(`--lookup ${unknown}: the mapping has no such lookup; it has ${Object.keys(lookups).join(', ') || 'none'}`);
  return new Map(
    Object.entries(lookups).map(([name, lookup]) => {
      if (lookup.encoding !== undefined) assertEncoding(lookup.encoding, `lookups.${name}.encoding`);
      return [name, { encoding, ...(missing && { missing }), ...lookup, file: given.get(name) ?? path.resolve(folder, lookup.file) }];
    }),
  );
}
