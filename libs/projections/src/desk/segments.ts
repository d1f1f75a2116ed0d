import { byTime, passesOnAt } from '#relationship/facts.js';
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

/** An item belongs to whom it was given until it passes on to the customer's curator, and then to each successor. */
export const segmentsOf = ({ assignments }: Pick<DeskDocument, 'assignments'>, item: DeskItem): readonly Segment[] => {
  const end = item.closed?.at ?? NEVER;
  const first = item.schedule[0]!;
  const segments: Segment[] = [];
  let segment: Segment = {
    curatorId: firstHolder(assignments, item),
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
    else if (change.curatorId !== segment.curatorId) passOn(change.at, 'handed-over', { curatorId: change.curatorId, event: change.event });
  }
  return [...segments, { ...segment, to: end, state: item.closed?.state ?? 'open' }];
};

type Given = Pick<DeskItem, 'curatorId' | 'openedAt'>;

/** Who held an item when it ended. */
export const holderAtEnd = ({ assignments }: Pick<DeskDocument, 'assignments'>, item: Given, end: string): string | null =>
  passings(assignments, item).findLast(({ from }) => from < end)?.curatorId ?? firstHolder(assignments, item);

/** Who answered for an item at an instant of its life. */
export const responsibleAt = (segments: readonly Segment[], instant: string): string | null =>
  (segments.findLast(({ from }) => from <= instant) ?? segments[0]!).curatorId;

type Change =
  | { readonly at: string; readonly dueAt: string; readonly event: string }
  | { readonly at: string; readonly curatorId: string; readonly event: string };

function changesOf({ assignments }: Pick<DeskDocument, 'assignments'>, item: DeskItem): readonly Change[] {
  const moves: Change[] = scheduleOf(item)
    .slice(1)
    .map(({ from, dueAt, event }) => ({ at: from, dueAt, event }));
  const passed = passings(assignments, item);
  if (passed.length === 0) return moves;
  for (const { from, curatorId, event } of passed) moves.push({ at: from, curatorId, event });
  return moves.sort(byTime);
}

function firstHolder(assignments: Assignments, { curatorId, openedAt }: Given): string | null {
  return curatorId ?? curatorAt({ assignments }, openedAt) ?? null;
}

/** The times of those whom an item passed on to, in order. */
function passings(assignments: Assignments, { curatorId, openedAt }: Given): readonly AssignmentInterval[] {
  const last = assignments.at(-1);
  if (last === undefined || (last.since ?? last.at) <= openedAt) return [];
  const since = passesOnAt(assignments, { curatorId, givenAt: openedAt });
  return since === undefined ? [] : intervalsOf(assignments).filter(({ from }) => from > openedAt && from >= since);
}
