import { byTime, passesOnAt, reliefsIn } from '#relationship/read-side.js';
import { NEVER } from '../days.js';
import { type Assignments, curatorAt, intervalsOf } from '../shared/assignments.js';
import { type DeskDocument, type DeskItem, type Held, inItsLife, scheduleOf } from './document.js';

/** A piece of an item's life during which it had one responsible curator and one date. */
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

/** An item belongs to whom it was given until it passes on to the customer's curator, and then to each successor, or is given again. */
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

/** Who held an item when it ended. */
export const holderAtEnd = ({ assignments }: Pick<DeskDocument, 'assignments'>, item: Held, end: string): string | null =>
  holderChanges(assignments, item).findLast(({ at }) => at < end)?.curatorId ?? firstHolder(assignments, item);

/** Who answered for an item at an instant of its life. */
export const responsibleAt = (segments: readonly Segment[], instant: string): string | null =>
  (segments.findLast(({ from }) => from <= instant) ?? segments[0]!).curatorId;

interface Move {
  readonly at: string;
  readonly dueAt: string;
  readonly event: string;
}
interface HolderChange {
  readonly at: string;
  readonly curatorId: string;
  readonly event: string;
}

function changesOf({ assignments }: Pick<DeskDocument, 'assignments'>, item: DeskItem): readonly (Move | HolderChange)[] {
  const changes = holderChanges(assignments, item);
  if (item.schedule.length === 1) return changes;
  const moves = scheduleOf(item)
    .slice(1)
    .map(({ from, dueAt, event }) => ({ at: from, dueAt, event }));
  return changes.length === 0 ? moves : [...moves, ...changes].sort(byTime);
}

function firstHolder(assignments: Assignments, { curatorId, openedAt }: Held): string | null {
  return curatorId ?? curatorAt({ assignments }, openedAt) ?? null;
}

/** In order: whoever it was given to, and whom it passed on to from there until it was given again. */
function holderChanges(assignments: Assignments, { curatorId, openedAt, reassigned = [] }: Held): readonly HolderChange[] {
  const givings = reassigned.map((giving) => ({ ...giving, at: inItsLife({ openedAt }, giving.at) }));
  const passed = passings(assignments, curatorId, openedAt, givings[0]?.at);
  if (givings.length === 0) return passed;
  const given = givings.flatMap((giving, place) => [giving, ...passings(assignments, giving.curatorId, giving.at, givings[place + 1]?.at)]);
  return [...passed, ...given];
}

/** To the curators of the customer, in order of time. */
function passings(
  assignments: Assignments,
  curatorId: string | undefined,
  givenAt: string,
  until: string = NEVER,
): readonly HolderChange[] {
  const last = assignments.at(-1);
  if (last === undefined || (last.since ?? last.at) <= givenAt) return [];
  const since = passesOnAt(reliefsIn(assignments), { curatorId, givenAt });
  if (since === undefined) return [];
  const intervals = intervalsOf(assignments).filter(({ from }) => from > givenAt && from >= since && from < until);
  return intervals.map(({ from, curatorId, event }) => ({ at: from, curatorId, event }));
}
