import { intervalsOf } from '../card/assignments.js';
import { NEVER } from '../days.js';
import type { DeskDocument } from './document.js';

/** A stretch of time in which a curator answered for the customer. */
export interface Stay {
  readonly curatorId: string;
  readonly from: string;
  /** Exclusive; `NEVER` while it lasts. */
  readonly to: string;
  /** The assignment. */
  readonly event: string;
  /** Absent while it lasts. */
  readonly endedBy: string | undefined;
}

type Curated = Pick<DeskDocument, 'assignments' | 'merged' | 'erased'>;

/** When the record ceased to be a customer of its own. */
export const goneAt = ({ merged, erased }: Pick<Curated, 'merged' | 'erased'>): string | undefined =>
  merged && erased ? (merged.at < erased.at ? merged.at : erased.at) : (merged ?? erased)?.at;

export const staysOf = (desk: Curated): readonly Stay[] => {
  const { assignments, merged, erased } = desk;
  const gone = goneAt(desk) ?? NEVER;
  return intervalsOf(assignments).flatMap(({ curatorId, from, to, event }, i, intervals): readonly Stay[] => {
    const end = gone < to ? gone : to;
    if (from >= end) return [];
    const endedBy = end === gone ? (merged?.at === gone ? merged : erased)?.event : intervals[i + 1]?.event;
    return [{ curatorId, from, to: end, event, endedBy }];
  });
};
