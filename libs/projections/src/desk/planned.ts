import { idValues } from '../persistent/id-map.js';
import { type DeskDocument, type DeskItem, scheduleOf } from './document.js';
import { responsibleAt, segmentsOf } from './segments.js';

/** An open planned contact or promise of one customer. */
export interface PlannedItem extends Pick<DeskItem, 'kind' | 'id' | 'channel' | 'purpose' | 'text'> {
  readonly dueAt: string;
  readonly curatorId: string | null;
  readonly overdue: boolean;
  /** What opened it and gave it its present date. */
  readonly because: readonly string[];
}

/** By date. The document must be as of the instant already. */
export const plannedFor = (desk: DeskDocument, asOf: string): readonly PlannedItem[] =>
  idValues(desk.items)
    .filter(({ closed, openedAt }) => openedAt <= asOf && (!closed || closed.at > asOf))
    .map((item) => plannedItem(desk, item, asOf))
    .sort((a, b) => (a.dueAt < b.dueAt ? -1 : a.dueAt > b.dueAt ? 1 : 0));

function plannedItem(desk: DeskDocument, item: DeskItem, asOf: string): PlannedItem {
  const { kind, id, channel, purpose, text } = item;
  const schedule = scheduleOf(item);
  const present = schedule.findLast(({ from }) => from <= asOf) ?? schedule[0]!;
  return {
    kind,
    id,
    ...(channel && { channel }),
    ...(purpose && { purpose }),
    ...(text && { text }),
    dueAt: present.dueAt,
    curatorId: responsibleAt(segmentsOf(desk, item), asOf),
    overdue: present.dueAt < asOf,
    because: [...new Set([schedule[0]!.event, present.event])],
  };
}
