import { type ImportEvent, parseContents, parseRows } from '#relationship';
import { fileHashOf } from './import-identity.js';
import { createKnownRows } from './known-rows.js';
import type { CommandSlot, NumberedImport } from './row-import.js';

/** What the event says that an import began with. */
export type BegunImport = Extract<ImportEvent, { readonly type: 'import-begun' }>['data'];

type Slot = Pick<CommandSlot, 'number' | 'index' | 'row'>;
/** What rows are made from: a file, and what else they are. */
type FileBytes = Pick<BegunImport, 'inputs'> & { readonly sha256: string };

/** What a command said. */
export interface RowContentHash {
  /** 8 hex digits. */
  readonly hash: string;
  /** It was made without a key. */
  readonly formerly: boolean;
}

/** What the stream of the imports under a mapping says, as far as it has been read, from its end. */
export function createImportHistory() {
  const begun = new Map<number, NumberedImport>();
  const names = new Map<string, NumberedImport>();
  /** Names of whole files. */
  const files = new Set<string>();
  const unchanged = createRowsByImport();
  const rejected = createRowsByImport();
  const contents = new Map<string, RowContentHash>();
  let last = 0;
  /** By their bytes, the last of each. */
  const wholeFiles = new Map<string, NumberedImport>();
  let file: NumberedImport | undefined;

  const setContent = (slot: Slot, content: RowContentHash) => void contents.set(keyOf(slot), content);

  return {
    /** An event; those that are later in the stream were given before it. */
    addEarlier({ type, data }: ImportEvent): void {
      const { number } = data;
      if (type === 'import-rows-remembered') {
        if (data.rows !== undefined) unchanged(number).add(parseRows(data.rows));
        if (data.rejected !== undefined) rejected(number).add(parseRows(data.rejected));
        for (const { index, row, hash } of data.contents === undefined ? [] : parseContents(data.contents))
          setContent({ number, index, row }, { hash, formerly: data.hashes === undefined });
        return;
      }
      const { name, sha256, inputs, zone = 'UTC', first = false, formerly = first } = data;
      const one = { number, file: fileHashOf(data), formerly, zone };
      last = Math.max(last, number);
      begun.set(number, one);
      if (!names.has(name)) names.set(name, one);
      if (sha256 === undefined) return;
      files.add(name);
      const bytes = bytesKey({ sha256, inputs });
      if (!wholeFiles.has(bytes)) wholeFiles.set(bytes, one);
      file ??= one;
    },
    /** The import that began last, of a file of this name. */
    begin(one: NumberedImport, name: string): void {
      last = one.number;
      begun.set(one.number, one);
      names.set(name, one);
    },
    /** Rows of an import whose commands changed nothing, by index. */
    unchanged,
    /** Rows of an import that were rejected, by the index of the command. */
    rejected,
    setContent,
    /** Hash of what a command said whose row was rejected later. */
    contentOf: (slot: Slot) => contents.get(keyOf(slot)),
    importOf: (number: number) => begun.get(number),
    importNamed: (name: string) => names.get(name),
    hasFileNamed: (name: string) => files.has(name),
    /** The last import of a whole file of these bytes. */
    importOfBytes: (bytes: FileBytes) => wholeFiles.get(bytesKey(bytes)),
    /** Number of the last import; 0 before the first. */
    get last() {
      return last;
    },
    /** The last import of a whole file. */
    get file() {
      return file;
    },
  };
}

function createRowsByImport() {
  const rows = new Map<number, ReturnType<typeof createKnownRows>>();
  return (number: number) => {
    const known = rows.get(number) ?? createKnownRows();
    rows.set(number, known);
    return known;
  };
}

const bytesKey = ({ sha256, inputs }: FileBytes) => `${sha256} ${inputs}`;
const keyOf = ({ number, index, row }: Slot) => `${number} ${index} ${row}`;

export type ImportHistory = ReturnType<typeof createImportHistory>;
