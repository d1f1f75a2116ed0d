import path from 'node:path';
import type { ImportEvent } from '#relationship';
import type { ImportLog } from '../../sink/import-log.js';
import { CliError, unavailable } from '../../terminal/cli-error.js';
import type { MendedRow, ReadRecord } from '../records/import-record.js';
import { formerHash, hashUnder } from './import-hashes.js';
import { type BegunImport, createImportHistory } from './import-history.js';
import {
  fileHashOf,
  importReference,
  importSourceIdOf,
  isOfRejectsFile,
  NO_IMPORT,
  nameHashOf,
  parseReference,
} from './import-identity.js';
import { type ImportMemory, openImportMemory } from './import-memory.js';
import type { NumberedImport, RowImport } from './row-import.js';

export interface ImportedFile {
  /** Canonical JSON of the mapping, hashed. */
  readonly importId: string;
  readonly system: string;
  readonly name: string;
  /** Hex, of the file as it is unpacked. */
  readonly sha256: string;
  /** Hex, of what else its rows are made from. */
  readonly inputs?: string | undefined;
  /** Rows were known by the name of their file before imports had numbers; by their content alone when absent. */
  readonly knownByName?: boolean;
  /** Nothing of it is recorded. */
  readonly rehearsal?: boolean | undefined;
}

export interface Imports {
  /** Of the import of this file, or the one that it would have if it began now. */
  readonly number: number;
  /** In which times are read that name none: that of the company, or the one in which the same file was imported before. */
  readonly zone: string;
  readonly memory: ImportMemory;
  /**
   * A mended row belongs to the import that it was rejected by, or where it does not say so to the last one of a file of that name.
   * @throws CliError where it names one that is not here
   */
  importOf(row: Pick<ReadRecord['row'], 'file' | 'line'> & { readonly mended?: Pick<MendedRow, 'import'> }): RowImport | Promise<RowImport>;
  /** The place of a mended row in the file of its import, if that is not its line. */
  rowOf(mended: MendedRow): number | undefined;
  /**
   * Before the first command of the import is issued: a file of which no row has one leaves no trace. Undefined where it has begun.
   * @throws CliError where another import under this mapping began meanwhile
   */
  begin(of: RowImport): Promise<void> | undefined;
  /**
   * To be called before the first event is appended: other runs that have read the stream as it is now append nothing to it any more, and end.
   * Undefined where this run has appended to it. What changes nothing needs none.
   * @throws CliError where another run was first
   */
  toClaim(): (() => Promise<void>) | undefined;
  /** Until then a rejects file cannot name it. */
  hasBegun(of: RowImport): boolean;
  /**
   * Of an import that issues commands: one that has none sets nothing.
   * @throws CliError where another import under this mapping went on meanwhile: what this one would set is older
   */
  assertLast(): Promise<void>;
}

type Writable<Type> = { -readonly [Member in keyof Type]: Type[Member] };

/** Reads what imports under this mapping, and of this system, remember. @throws CliError when engine or server cannot be used */
export async function openImports(log: ImportLog, imported: ImportedFile): Promise<Imports> {
  const { importId, system, name, knownByName = false, rehearsal = false } = imported;
  const hash = hashUnder(await log.hashKey(importSourceIdOf(system)));
  const plainBytes = { sha256: imported.sha256, ...(imported.inputs !== undefined && { inputs: imported.inputs }) };
  const bytes = { sha256: hash(plainBytes.sha256), ...(plainBytes.inputs !== undefined && { inputs: hash(plainBytes.inputs) }) };
  const namesOf = (fileName: string) => [hash, formerHash].map((by) => nameHashOf(by, importId, fileName));
  const history = createImportHistory();
  const sameBytes = () => history.importOfBytes(bytes) ?? history.importOfBytes(plainBytes);
  /** What the stream is at as far as this import knows. */
  let revision = -1;
  let wholeHistory = true;
  for await (const event of log.readBackwards('import', importId)) {
    revision = Math.max(revision, event.revision);
    history.addEarlier(event as unknown as ImportEvent);
    if (!sameBytes()) continue;
    wholeHistory = false;
    break;
  }
  async function readWholeHistory(): Promise<void> {
    if (!wholeHistory) for await (const event of log.readBackwards('import', importId)) history.addEarlier(event as unknown as ImportEvent);
    wholeHistory = true;
  }

  /** Appends to the stream one after another: each expects it where the one before left it. After a failure there are no more. */
  let last: Promise<void> = Promise.resolve();
  let claimed = !log.shared;
  let claiming: Promise<void> | undefined;
  function execute(command: string, body: object, checked: boolean): Promise<void> {
    last = last.then(async () => {
      const expected = checked && { expectedRevision: revision };
      const result = await log.execute({ name: command, target: importId, body, system, ...expected });
      if (result.kind === 'done') {
        revision = result.revision;
        claimed = true;
      } else if (result.code === 'revision-mismatch') throw await overtaken();
      else throw unavailable(result.code === 'import-begun-meanwhile' ? begunMeanwhile(result.details.number) : result.message);
    });
    last.catch(() => {});
    return last;
  }

  const remember = (body: object) => execute('remember-import-rows', { hashes: 'hmac', ...body }, true);
  const claim = () => (claiming ??= remember({ number: history.last }));

  async function overtaken(): Promise<CliError> {
    for await (const { type, data } of log.readBackwards('import', importId)) {
      if (type !== 'import-begun') continue;
      const { number } = data as BegunImport;
      return unavailable(number > history.last ? overtakenBy(number, own.number) : GOING_ON);
    }
    return unavailable(GOING_ON);
  }

  /** Of imports that have not begun, what they will begin with. */
  const waiting = new Map<RowImport, Omit<BegunImport, 'number' | 'formerly'>>();

  async function toBegin(
    fileName: string,
    of: { readonly sha256?: string; readonly inputs?: string },
    formerZone?: string,
  ): Promise<Writable<RowImport>> {
    const zone = formerZone ?? (await log.zone());
    const body = { hashes: 'hmac' as const, name: nameHashOf(hash, importId, fileName), ...of, ...(zone !== 'UTC' && { zone }) };
    const formerly = await hasFormerIds(fileName);
    const toBe = { importId, number: 0, file: fileHashOf(body), formerly, zone, reference: NO_IMPORT };
    waiting.set(toBe, body);
    return toBe;
  }

  async function hasFormerIds(fileName: string): Promise<boolean> {
    if (!(await log.hasFormerIds())) return false;
    if (!knownByName) return history.file === undefined;
    await readWholeHistory();
    return !namesOf(fileName).some(history.hasFileNamed);
  }

  const begun = (one: NumberedImport): Writable<RowImport> => ({ ...one, importId, reference: importReference(importId, one) });

  /** As long as it has not begun it is the one after the last. */
  function numbered(of: Writable<RowImport>): RowImport {
    if (waiting.has(of)) of.number = history.last + 1;
    return of;
  }

  async function begin(of: Writable<RowImport>, body: Omit<BegunImport, 'number' | 'formerly'>): Promise<void> {
    const { number, formerly, zone } = of;
    await execute('begin-import', { number, ...body, ...(formerly && { formerly }) }, false);
    waiting.delete(of);
    history.begin({ number, file: of.file, formerly, zone }, body.name);
    if (!rehearsal) of.reference = importReference(importId, of);
  }

  const same = sameBytes();
  const isLast = same !== undefined && same === history.file;
  const own = isLast ? begun(same) : await toBegin(name, bytes, same?.zone);

  async function named(reference: string, fileName: string, line: number): Promise<Writable<RowImport>> {
    const parsed = parseReference(importId, reference);
    if (isOfRejectsFile(importId, reference)) return own;
    await readWholeHistory();
    if (reference === '') {
      const known = namesOf(path.basename(fileName))
        .map(history.importNamed)
        .find((one) => one !== undefined);
      return known ? begun(known) : toBegin(path.basename(fileName), {});
    }
    const known = parsed && history.importOf(parsed.number);
    if (known && importReference(importId, known) === reference) return begun(known);
    const wrong = !parsed
      ? 'which is not an import; leave it as it was in the rejects file'
      : `but import ${parsed.number} of this mapping is ${known ? 'of another file' : 'unknown here'}; import the rejects into the chronicle that they come from, or remove the columns letopis_… (lines X-LETOPIS-…) to import them as a separate file`;
    throw new CliError(`the row of ${fileName} line ${line} refers to the import ${JSON.stringify(reference)}, ${wrong}`);
  }

  let issuing = false;
  const mended = new Map<string, Writable<RowImport>>();
  async function importOfMended(reference: string, fileName: string, line: number): Promise<RowImport> {
    const of = await named(reference, fileName, line);
    mended.set(`${reference} ${fileName}`, of);
    return numbered(of);
  }

  return {
    get number() {
      return numbered(own).number;
    },
    zone: own.zone,
    memory: await openImportMemory(log, system, { history, hash, remember }),
    importOf({ file: fileName, line, mended: from }) {
      if (!from) return numbered(own);
      const known = mended.get(`${from.import} ${fileName}`);
      return known ? numbered(known) : importOfMended(from.import, fileName, line);
    },
    rowOf: ({ import: reference, at, row }) => (isOfRejectsFile(importId, reference) ? at : row),
    begin(of) {
      issuing = true;
      const body = waiting.get(of);
      return body && begin(numbered(of), body);
    },
    toClaim: () => (claimed ? undefined : claim),
    hasBegun: (of) => !waiting.has(of),
    async assertLast() {
      while (issuing) {
        const appended = last;
        await appended;
        let head = -1;
        for await (const event of log.readBackwards('import', importId, 1)) {
          head = event.revision;
          break;
        }
        if (head <= revision) return;
        // Unless this import appended meanwhile itself.
        if (last === appended) throw await overtaken();
      }
    },
  };
}

const begunMeanwhile = (number: unknown) =>
  `another import of this mapping started in the meantime, as number ${number}; run the same command again when it has finished`;

const overtakenBy = (number: number, own: number) =>
  `import ${number} of this mapping started while this one, number ${own}, was running, and sets a newer state; appended events stay. Import this file again only if its state is the final one`;

const GOING_ON = 'another import of this mapping is running; run the same command again when it has finished';
