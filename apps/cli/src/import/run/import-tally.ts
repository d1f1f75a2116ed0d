/** What an import came to; kept in its checkpoint, so that a resumed run counts the whole file. */
export interface ImportTally {
  /** Rows read, rejected ones included. */
  rows: number;
  /** Commands issued. */
  commands: number;
  /** Events appended. */
  events: number;
  /** Commands that had been executed before, in an earlier run of the same import or for an earlier row. */
  repeated: number;
  /** Commands that found everything so already. */
  unchanged: number;
  /** Rows for which no command of the mapping was wanted. */
  idle: number;
  rejected: number;
  /** Rejected rows some of whose commands were applied before one was rejected. */
  partly: number;
  /** Keys that lookups did not find, in rows that were not rejected for it. */
  notFound: number;
  /** Returns, among the rejected rows, of which the file has no earlier purchase. */
  unmatched: number;
}

export const emptyTally = (): ImportTally => ({
  rows: 0,
  commands: 0,
  events: 0,
  repeated: 0,
  unchanged: 0,
  idle: 0,
  rejected: 0,
  partly: 0,
  notFound: 0,
  unmatched: 0,
});

export function addTally(sum: ImportTally, other: ImportTally): void {
  for (const name of Object.keys(sum) as (keyof ImportTally)[]) sum[name] += other[name];
}
