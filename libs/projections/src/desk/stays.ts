import { intervalsOf } from '../shared/assignments.js';
import { departureOf } from '../shared/departure.js';
import type { DeskDocument } from './document.js';

/** A period in which a curator was responsible for the customer. */
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

export const staysOf = (desk: Curated): readonly Stay[] => {
  const departure = departureOf(desk);
  return intervalsOf(desk.assignments).flatMap(({ curatorId, from, to, event }, i, intervals): readonly Stay[] => {
    const end = departure && departure.at < to ? departure.at : to;
    if (from >= end) return [];
    const endedBy = end === departure?.at ? departure.event : intervals[i + 1]?.event;
    return [{ curatorId, from, to: end, event, endedBy }];
  });
};
