import { idValues } from '#relationship/kernel/id-map.js';
import { inOrderOf } from '../shared/ordinals.js';
import { type Appointment, type DeskDocument, type DeskItem, scheduleOf } from './document.js';
import { responsibleAt, segmentsOf } from './segments.js';

/** An open planned contact or promise of one customer. */
export interface PlannedItem extends Pick<DeskItem, 'id' | 'channel' | 'purpose' | 'text'> {
  readonly kind: 'contact' | 'promise';
  readonly dueAt: string;
  readonly curatorId: string | null;
  readonly overdue: boolean;
  /** What opened it and gave it its present date. */
  readonly because: readonly string[];
}

/** By date. The document must be as of the instant already. */
export const plannedFor = (desk: DeskDocument, asOf: string): readonly PlannedItem[] =>
  inOrderOf(
    idValues(desk.items)
      .filter(isPlanned)
      .filter(({ closed, openedAt }) => openedAt <= asOf && (!closed || closed.at > asOf)),
    (item) => appointmentAt(item, asOf).dueAt,
  ).map((item) => plannedItem(desk, item, asOf));

type Planned = DeskItem & Pick<PlannedItem, 'kind'>;
const isPlanned = (item: DeskItem): item is Planned => item.kind !== 'complaint';

const appointmentAt = (item: DeskItem, asOf: string): Appointment => {
  const schedule = scheduleOf(item);
  return schedule.findLast(({ from }) => from <= asOf) ?? schedule[0]!;
};

function plannedItem(desk: DeskDocument, item: Planned, asOf: string): PlannedItem {
  const { kind, id, channel, purpose, text, schedule } = item;
  const present = appointmentAt(item, asOf);
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
