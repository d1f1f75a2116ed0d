/** A list in the answer of a view, as rows of cells. */
export interface CsvTable {
  /** Path of the list in the answer; lists within the items of a list are tables of their own, with the columns of both. */
  readonly name: string;
  readonly header: readonly string[];
  rows(body: unknown): Generator<readonly unknown[]>;
}
