import { type ImportEvent, parseContents, parseRows } from '#relationship';
import { createKnownRows } from './known-rows.js';
import type { BegunImport, CommandPlace } from './row-import.js';

interface BegunFile extends BegunImport {
  readonly sha256: string;
  readonly inputs: string | undefined;
}

/** What the stream of the imports under a mapping says, as far as it has been read, from its end. */
export function createImportHistory() {
  const begun = new Map<number, BegunImport>();
  const names = new Map<string, BegunImport>();
  const rows = new Map<number, ReturnType<typeof createKnownRows>>();
  const contents = new Map<string, string>();
  let last = 0;
  let file: BegunFile | undefined;

  const rowsOf = (number: number) => {
    const known = rows.get(number) ?? createKnownRows();
    rows.set(number, known);
    return known;
  };
  const setContent = (place: Place, hash: string) => void contents.set(keyOf(place), hash);

  return {
    /** An event; those that are later in the stream were given before it. */
    addEarlier({ type, data }: ImportEvent): void {
      if (type === 'import-rows-remembered') {
        const { number } = data;
        rowsOf(number).add(parseRows(data.rows));
        for (const { index, row, hash } of data.contents === undefined ? [] : parseContents(data.contents))
          setContent({ number, index, row }, hash);
        return;
      }
      const { number, name, sha256, inputs, first = false } = data;
      const one = { number, first };
      last = Math.max(last, number);
      begun.set(number, one);
      if (!names.has(name)) names.set(name, one);
      if (sha256 !== undefined) file ??= { ...one, sha256, inputs };
    },
    /** The import that began last, of a file of this name. */
    begin(one: BegunImport, name: string): void {
      last = one.number;
      begun.set(one.number, one);
      names.set(name, one);
    },
    rowsOf,
    setContent,
    /** Hash of what a command said whose row was rejected later. */
    contentOf: (place: Place) => contents.get(keyOf(place)),
    importOf: (number: number) => begun.get(number),
    importNamed: (name: string) => names.get(name),
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

type Place = Pick<CommandPlace, 'number' | 'index' | 'row'>;
const keyOf = ({ number, index, row }: Place) => `${number} ${index} ${row}`;

export type ImportHistory = ReturnType<typeof createImportHistory>;
