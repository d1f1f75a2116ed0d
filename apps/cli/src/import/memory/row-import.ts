export interface BegunImport {
  readonly number: number;
  /** No import of a whole file came before it: its commands may be known from before imports had numbers. */
  readonly first: boolean;
}

/** The import that a row belongs to. */
export interface RowImport extends BegunImport {
  readonly importId: string;
  /** For the rejects file. */
  readonly reference: string;
}

/** By this a command of a row of an import is remembered. */
export interface CommandPlace {
  /** Of the import. */
  readonly number: number;
  /** From 1. */
  readonly index: number;
  /** Line at which the row begins. */
  readonly row: number;
  /** A line with no other row between it and this one. */
  readonly after: number;
  readonly mended: boolean;
}
