import { byTime } from '#relationship/facts.js';
import { type AssignmentInterval, type Assignments, curatorAt, intervalsOf } from '../card/assignments.js';
import { NEVER } from '../days.js';
import { type DeskDocument, type DeskItem, scheduleOf } from './document.js';

/** A piece of an item's life during which one curator answered for it and one date stood. */
export interface Segment {
  readonly curatorId: string | null;
  readonly dueAt: string;
  readonly from: string;
  /** Exclusive; `NEVER` while it lasts. */
  readonly to: string;
  /** How it ended: with the item, or by passing on to the next segment. */
  readonly state: 'open' | 'rescheduled' | 'handed-over' | NonNullable<DeskItem['closed']>['state'];
  /** The event that began it. */
  readonly event: string;
}

/**
 * An item belongs to whom it was given, else to the customer's curator. It passes to the successor when the one who holds it is
 * relieved of the customer; an item given to a colleague stays with the colleague.
 */
export const segmentsOf = ({ assignments }: Pick<DeskDocument, 'assignments'>, item: DeskItem): readonly Segment[] => {
  const end = item.closed?.at ?? NEVER;
  const first = item.schedule[0]!;
  const segments: Segment[] = [];
  let segment: Segment = {
    curatorId: item.curatorId ?? curatorAt({ assignments }, item.openedAt) ?? null,
    dueAt: first.dueAt,
    from: item.openedAt,
    to: NEVER,
    state: 'open',
    event: first.event,
  };
  const passOn = (at: string, state: 'rescheduled' | 'handed-over', change: Partial<Segment>) => {
    segments.push({ ...segment, to: at, state });
    segment = { ...segment, ...change, from: at };
  };

  for (const change of changesOf({ assignments }, item)) {
    if (change.at >= end) break;
    if ('dueAt' in change) passOn(change.at, 'rescheduled', { dueAt: change.dueAt, event: change.event });
    else if (segment.curatorId === change.former && change.curatorId !== segment.curatorId)
      passOn(change.at, 'handed-over', { curatorId: change.curatorId, event: change.event });
  }
  return [...segments, { ...segment, to: end, state: item.closed?.state ?? 'open' }];
};

/** Who held an item when it ended. */
export const holderAtEnd = (
  { assignments }: Pick<DeskDocument, 'assignments'>,
  { curatorId, openedAt }: Pick<DeskItem, 'curatorId' | 'openedAt'>,
  end: string,
): string | null => {
  let holder = curatorId ?? curatorAt({ assignments }, openedAt) ?? null;
  for (const { from, former, curatorId } of handovers(assignments, openedAt)) {
    if (from >= end) break;
    if (holder === former) holder = curatorId;
  }
  return holder;
};

/** Who answered for an item at an instant of its life. */
export const responsibleAt = (segments: readonly Segment[], instant: string): string | null =>
  (segments.findLast(({ from }) => from <= instant) ?? segments[0]!).curatorId;

type Change =
  | { readonly at: string; readonly dueAt: string; readonly event: string }
  | { readonly at: string; readonly former: string | null; readonly curatorId: string; readonly event: string };

function changesOf({ assignments }: Pick<DeskDocument, 'assignments'>, item: DeskItem): readonly Change[] {
  const moves: Change[] = scheduleOf(item)
    .slice(1)
    .map(({ from, dueAt, event }) => ({ at: from, dueAt, event }));
  const changes = handovers(assignments, item.openedAt);
  if (changes.length === 0) return moves;
  for (const { from, former, curatorId, event } of changes) moves.push({ at: from, former, curatorId, event });
  return moves.sort(byTime);
}

/** Of the customer, since an item was opened. */
function handovers(assignments: Assignments, openedAt: string): readonly (AssignmentInterval & { readonly former: string | null })[] {
  if (assignments.length === 0 || assignments.at(-1)!.at <= openedAt) return [];
  const intervals = intervalsOf(assignments);
  const since = intervals.findIndex(({ from }) => from > openedAt);
  if (since < 0) return [];
  return intervals.slice(since).map((each, i) => ({ ...each, former: intervals[since + i - 1]?.curatorId ?? null }));
}
