import { addTally, type ImportTally } from './import-tally.js';
import type { Reject, RowResult } from './row-result.js';

/**
 * Rows end in any order; what is written down moves only over the contiguous beginning of the file, so that a checkpoint never
 * passes a row that is still under way, and rejects stand in the order of the file.
 */
export function settledRows(from: number, tally: ImportTally) {
  const waiting = new Map<number, RowResult>();
  const rejects: Reject[] = [];
  let rows = from;
  return {
    settle(row: number, result: RowResult): void {
      waiting.set(row, result);
      for (let next = waiting.get(rows + 1); next; next = waiting.get(rows + 1)) {
        rows += 1;
        waiting.delete(rows);
        addTally(tally, next.tally);
        if (next.reject) rejects.push(next.reject, ...(next.reject.others ?? []));
      }
    },
    get rows() {
      return rows;
    },
    /** Not taken yet. */
    rejects: rejects as readonly Reject[],
    takeRejects: () => rejects.splice(0),
  };
}
