import path from 'node:path';
import type { ImportEvent } from '#relationship';
import type { ImportLog } from '../../sink/import-log.js';
import { unavailable } from '../../terminal/cli-error.js';
import type { ReadRecord } from '../records/import-record.js';
import { createImportHistory } from './import-history.js';
import { importReference, nameHashOf, numberOfReference } from './import-identity.js';
import { type ImportMemory, openImportMemory } from './import-memory.js';
import type { BegunImport, RowImport } from './row-import.js';

export interface ImportedFile {
  /** Canonical JSON of the mapping, hashed. */
  readonly importId: string;
  readonly system: string;
  readonly name: string;
  /** Hex, of the file as it is unpacked. */
  readonly sha256: string;
  /** Hex, of what else its rows are made from. */
  readonly inputs?: string | undefined;
}

export interface Imports {
  /** Of the import of this file, which begins with its first row that was not mended. */
  readonly number: number;
  readonly memory: ImportMemory;
  /**
   * A mended row belongs to the import that it was rejected by, or where it does not say so to the last one of a file of that name.
   * @throws CliError where another import under this mapping began meanwhile
   */
  importOf(row: ReadRecord['row']): RowImport | Promise<RowImport>;
}

/** Reads what imports under this mapping, and of this system, remember. @throws CliError when engine or server cannot be used */
export async function openImports(log: ImportLog, { importId, system, name, sha256, inputs }: ImportedFile): Promise<Imports> {
  const history = createImportHistory();
  let revision = -1;
  for await (const event of log.readBackwards('import', importId)) {
    revision = Math.max(revision, event.revision);
    history.addEarlier(event as unknown as ImportEvent);
    if (history.file) break;
  }
  const { file } = history;
  const same = file && file.sha256 === sha256 && file.inputs === inputs ? file : undefined;

  /** What is remembered is appended where this import left the stream: if another one went on with it, either is the one to go on. */
  async function execute(command: string, body: object, expectedRevision?: number): Promise<void> {
    const result = await log.execute({
      name: command,
      target: importId,
      body,
      system,
      ...(expectedRevision !== undefined && { expectedRevision }),
    });
    if (result.kind === 'refused') throw unavailable(sentence(result));
    revision = result.revision;
  }

  async function begin(fileName: string, bytes: object): Promise<RowImport> {
    const one = { number: history.last + 1, first: history.file === undefined };
    const hashed = nameHashOf(importId, fileName);
    await execute('begin-import', { number: one.number, name: hashed, ...bytes });
    history.begin(one, hashed);
    return toRowImport(one);
  }

  const toRowImport = (one: BegunImport): RowImport => ({ ...one, importId, reference: importReference(importId, one.number) });

  let own: RowImport | undefined;
  async function beginOwn(): Promise<RowImport> {
    own = same ? toRowImport(same) : await begin(name, { sha256, ...(inputs !== undefined && { inputs }) });
    return own;
  }

  let wholeHistory = false;
  const mended = new Map<string, RowImport>();
  async function importOfMended(fileName: string, reference: string): Promise<RowImport> {
    const key = `${reference} ${fileName}`;
    const before = mended.get(key);
    if (before) return before;
    if (!wholeHistory) for await (const event of log.readBackwards('import', importId)) history.addEarlier(event as unknown as ImportEvent);
    wholeHistory = true;
    const number = numberOfReference(importId, reference);
    const known = (number && history.importOf(number)) || history.importNamed(nameHashOf(importId, path.basename(fileName)));
    const found = known ? toRowImport(known) : await begin(path.basename(fileName), {});
    mended.set(key, found);
    return found;
  }

  return {
    number: same?.number ?? history.last + 1,
    memory: await openImportMemory(log, system, { history, execute: (command, body) => execute(command, body, revision) }),
    importOf: (row) => (row.mended ? importOfMended(row.file, row.mended.import) : (own ?? beginOwn())),
  };
}

function sentence({ code, message, facts }: { code: string; message: string; facts: Readonly<Record<string, unknown>> }): string {
  if (code === 'import-begun-meanwhile')
    return `another import under this mapping began meanwhile, as number ${facts.number}; run the same command again when it is through`;
  if (code === 'revision-mismatch')
    return 'another import under this mapping is going on at the same time; run the same command again when it is through';
  return message;
}
