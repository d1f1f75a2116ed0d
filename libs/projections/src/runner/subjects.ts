import type { DomainEvent, EventLog } from '#event-log';
import { ORIGIN, type Position } from '#event-log/event-log.js';
import { streamOf } from '#relationship/kernel/aggregate.js';
import type { RelationshipEvent } from '#relationship/read-side.js';
import { customerIdOf, RELATIONSHIP } from '#relationship/streams.js';

/** Which events join streams of a category into one subject, and part them again. */
export interface Merging {
  readonly category: string;
  readonly types: readonly string[];
  /**
   * Pure. Ids of streams: one belongs to the survivor from this event on, or is a subject of its own again where there is none. The event
   * itself is in a stream of one of these subjects, or in another category.
   */
  read(event: DomainEvent): { readonly absorbed: string; readonly survivor?: string };
}

/** Those of customers. */
export const customerMerges: Merging = {
  category: RELATIONSHIP,
  types: ['customer-merged', 'customer-unmerged'] satisfies readonly RelationshipEvent['type'][],
  read({ stream, data }) {
    const { into } = data as { readonly into?: string };
    return { absorbed: customerIdOf(stream)!, ...(into !== undefined && { survivor: into }) };
  },
};

/** Streams that pass from one subject to another at a position. */
export interface Passing {
  readonly position: Position;
  readonly from: string;
  readonly to: string;
}

/** Several streams that are one subject. Plain data. */
export interface Joined {
  readonly category: string;
  readonly subject: string;
  /** Ids of its streams. */
  readonly members: readonly string[];
}

/** Which subject each stream belongs to, at every position of the log up to which it was read. */
export interface Subjects {
  /** Nothing else is ever joined; none where nothing is. */
  readonly category: string | undefined;
  /** An event of the log that may be read already. */
  take(event: DomainEvent): void;
  /** Knows all up to there afterwards. */
  readTo(position: Position): Promise<void>;
  /** The subject of a stream, by their ids, as it is at a position. */
  subjectAt(position: Position): (category: string, id: string) => string;
  /** Beyond one position, up to another. */
  passings(after: Position, upTo: Position): readonly Passing[];
  joinedAt(position: Position): readonly Joined[];
  /** What a subject consists of at a position: the events of all of its streams up to there in the order of the log; none where it belongs to another. */
  eventsOf(category: string, subject: string, upTo: Position): Promise<readonly DomainEvent[]>;
}

interface Change {
  readonly position: Position;
  readonly absorbed: string;
  readonly survivor?: string;
}

/** By id of a stream, the one that it was joined into. */
type Parents = ReadonlyMap<string, string>;

const itself = (_: string, id: string): string => id;

export function createSubjects(log: Pick<EventLog, 'readAll' | 'readStream'>, merging?: Merging): Subjects {
  /** In the order of the log. */
  const changes: Change[] = [];
  let readUpTo = ORIGIN;
  let replayed: { readonly count: number; readonly parents: Parents } = { count: 0, parents: new Map() };
  const category = merging?.category;

  /** How many changes there are up to a position. */
  function countAt(position: Position): number {
    let count = changes.length;
    while (count > 0 && changes[count - 1]!.position > position) count--;
    return count;
  }

  function parentsAfter(count: number): Parents {
    if (replayed.count === count) return replayed.parents;
    const isBeyond = replayed.count < count;
    const parents = new Map(isBeyond ? replayed.parents : []);
    for (const change of changes.slice(isBeyond ? replayed.count : 0, count)) follow(parents, change);
    replayed = { count, parents };
    return parents;
  }

  const parentsAt = (position: Position): Parents => parentsAfter(countAt(position));

  function membersOf(parents: Parents, subject: string): readonly string[] {
    if (parents.has(subject)) return [];
    return [subject, ...[...parents.keys()].filter((id) => rootOf(parents, id) === subject)];
  }

  function take(event: DomainEvent): void {
    if (!merging?.types.includes(event.type) || event.notUnderstood !== undefined) return;
    const at = countAt(event.position);
    if (changes[at - 1]?.position === event.position) return;
    changes.splice(at, 0, { position: event.position, ...merging.read(event) });
    if (replayed.count > at) replayed = { count: 0, parents: new Map() };
  }

  return {
    category,
    take,

    async readTo(position) {
      if (!merging || position <= readUpTo) return;
      for await (const batch of log.readAll({ after: readUpTo, upTo: position, types: merging.types })) batch.forEach(take);
      if (readUpTo < position) readUpTo = position;
    },

    subjectAt(position) {
      const parents = parentsAt(position);
      return parents.size === 0 ? itself : (of, id) => (of === category ? rootOf(parents, id) : id);
    },

    passings(after, upTo) {
      const passings: Passing[] = [];
      const [start, end] = [countAt(after), countAt(upTo)];
      if (start === end) return passings;
      const parents = new Map(parentsAfter(start));
      for (const change of changes.slice(start, end)) {
        const from = rootOf(parents, change.absorbed);
        follow(parents, change);
        const to = rootOf(parents, change.absorbed);
        if (from !== to) passings.push({ position: change.position, from, to });
      }
      return passings;
    },

    joinedAt(position) {
      const parents = parentsAt(position);
      const bySubject = Map.groupBy(parents.keys(), (id) => rootOf(parents, id));
      return [...bySubject].map(([subject, absorbed]) => ({ category: category!, subject, members: [subject, ...absorbed] }));
    },

    async eventsOf(of, subject, upTo) {
      const members = of === category ? membersOf(parentsAt(upTo), subject) : [subject];
      return readMembers(log, { category: of, subject, members }, upTo);
    },
  };
}

/** The events of all its streams, in the order of the log. */
export async function readMembers(
  log: Pick<EventLog, 'readStream'>,
  { category, members }: Joined,
  upTo: Position,
): Promise<DomainEvent[]> {
  const events: DomainEvent[] = [];
  for (const id of members)
    for await (const batch of log.readStream(streamOf({ category }, id)))
      for (const event of batch) if (event.position <= upTo) events.push(event);
  return members.length > 1 ? events.sort((a, b) => (a.position < b.position ? -1 : 1)) : events;
}

function rootOf(parents: Parents, id: string): string {
  const parent = parents.get(id);
  return parent === undefined ? id : rootOf(parents, parent);
}

const isWithin = (parents: Parents, id: string | undefined, subject: string): boolean =>
  id !== undefined && (id === subject || isWithin(parents, parents.get(id), subject));

/** A stream that would be joined into itself, or into one that was joined into it, stays as it is. */
function follow(parents: Map<string, string>, { absorbed, survivor }: Change): void {
  if (survivor === undefined) parents.delete(absorbed);
  else if (!isWithin(parents, survivor, absorbed)) parents.set(absorbed, survivor);
}
