import path from 'node:path';
import type { RejectedImport, RejectedRows } from '#platform';
import { NO_IMPORT } from '../memory/import-identity.js';
import type { Reject } from './row-result.js';

/** Keeps the rejected rows of an import. */
export type KeepRejects = (of: {
  readonly importId: string;
  readonly format: RejectedImport['format'];
  readonly rejectsPath: string;
}) => (rejects: readonly Reject[]) => Promise<void>;

/** @param until when rows that are rejected now are to be forgotten, ISO 8601 in UTC */
export const keptRejects =
  (store: RejectedRows, until: () => string): KeepRejects =>
  ({ importId, format, rejectsPath }) =>
  async (rejects) => {
    const due = until();
    await store.wrote(path.resolve(rejectsPath), rejects);
    const rowsOf = Map.groupBy(
      // Of an erased customer nothing is kept, whatever the row names.
      rejects.filter(({ reason }) => !reason.includes('(customer-erased)')),
      ({ of }) => (of.reference === NO_IMPORT ? unnamed(importId, due) : of.reference),
    );
    for (const [reference, rows] of rowsOf)
      await store.keep(
        { reference, format, until: due },
        rows.map(({ of: _, others: __, ...row }) => row),
      );
  };

/** Of rows of which nothing else is recorded: those of each day have their own key, so that later ones do not delay its end. */
const unnamed = (importId: string, due: string): string => `${NO_IMPORT}-${importId.slice(0, 8)}-${due.slice(0, 10).replaceAll('-', '')}`;
