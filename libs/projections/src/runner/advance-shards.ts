import { setImmediate as nextTurn } from 'node:timers/promises';
import { pause } from '#async';
import type { Batch, DomainEvent, EventLog } from '#event-log';
import type { Position } from '#event-log/event-log.js';
import { roughSize } from '#event-log/rough-size.js';
import type { ReadModelStore } from '#read-models/read-model-store.js';
import { idOf, prefixOf, streamOf } from '#relationship/kernel/aggregate.js';
import { isHalf, revises } from '../counting.js';
import { buildName } from './build.js';
import { MOST_CHARACTERS } from './coalesced.js';
import { repairSubject } from './repair.js';
import type { BySubject, Group, Shard } from './shard.js';
import type { Passing, Subjects } from './subjects.js';

/** How subjects follow from streams, and partitions from subjects; where absent, each stream is one, and all are in one partition. */
export interface Division {
  readonly subjects?: Subjects | undefined;
  readonly group?: Pick<Group, 'partitionOf'> | undefined;
}

/** Another shard, which another may advance, has to give up a subject first. */
export class SubjectAwaited extends Error {
  override readonly name = 'SubjectAwaited';
  constructor(readonly shard: string) {
    super(`the shard ${shard} still has streams that belong to a subject of another shard`);
  }
}

const AWAIT_MS = 20;

/** Tries again as long as another shard has to go first. The work must be safe to repeat. */
export async function onceSubjectsAreFree<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof SubjectAwaited)) throw error;
      await pause(AWAIT_MS, signal);
      signal.throwIfAborted();
    }
  }
}

/**
 * Takes shards over these events, each only over what is beyond its checkpoint: in one commit, unless streams pass from one subject to
 * another in between. Safe to repeat after a failure.
 * @throws SubjectAwaited
 */
export async function advanceShards(
  store: ReadModelStore,
  shards: readonly Shard[],
  events: Batch,
  head: Position,
  division: Division = {},
): Promise<void> {
  let at = 0;
  for (const passing of passingsAhead(shards, head, division)) {
    const start = at;
    while (at < events.length && events[at]!.position < passing.position) at++;
    if (at > start) await moveShards(store, shards, events.slice(start, at), events[at - 1]!.position, division);
    const isEvent = events[at]?.position === passing.position;
    await passOver(store, shards, passing, isEvent ? [events[at]!] : [], division);
    if (isEvent) at++;
  }
  await moveShards(store, shards, at === 0 ? events : events.slice(at), head, division);
}

function passingsAhead(shards: readonly Shard[], head: Position, { subjects }: Division): readonly Passing[] {
  const checkpoints = shards.filter(({ view }) => view.projection.category === subjects?.category).map(({ checkpoint }) => checkpoint);
  return checkpoints.length === 0 ? [] : subjects!.passings(checkpoints.reduce(least), head);
}

/**
 * The subject that the streams leave is refolded, then the one that they join, each with the checkpoint where its shard has nothing else to
 * do: what is cut off is done again by whoever continues from there. Between the two totals miss these streams; they never count them twice.
 */
async function passOver(
  store: ReadModelStore,
  shards: readonly Shard[],
  passing: Passing,
  events: Batch,
  division: Division,
): Promise<void> {
  const { position, from, to } = passing;
  const { group, subjects } = division;
  const category = subjects!.category!;
  const behind = shards.filter(({ checkpoint }) => checkpoint < position);
  const holding = (subject: string) =>
    new Set(behind.filter((shard) => shard.view.projection.category === category && shard.partition === group?.partitionOf(subject)));
  const [ofFrom, ofTo] = [holding(from), holding(to)];
  const concerned = ofFrom.union(ofTo);
  const others = behind.filter((shard) => !concerned.has(shard));
  await moveShards(store, others, events, position, division);
  if (concerned.size === 0) return;
  const left = ofFrom.size > 0 ? await subjects!.eventsOf(category, from, position) : [];
  for (const shard of ofFrom) await repairSubject(store, shard, from, left, ofTo.has(shard) ? shard.checkpoint : position);
  for (const { build } of ofTo.difference(ofFrom)) {
    const former = buildName(build, group?.partitionOf(from));
    if ((await store.checkpoint(former)) < position) throw new SubjectAwaited(former);
  }
  const joined = await subjects!.eventsOf(category, to, position);
  for (const shard of ofTo) await repairSubject(store, shard, to, joined, position);
}

async function moveShards(
  store: ReadModelStore,
  shards: readonly Shard[],
  events: Batch,
  head: Position,
  division: Division,
): Promise<void> {
  const subjectsOf = bySubject(events, head, division);
  const historiesOf = createHistories(events, head, division);
  const prepared = [];
  for (const shard of shards) {
    if (shard.checkpoint >= head) continue;
    const own = subjectsOf(shard);
    const reached = events[0] !== undefined && events[0].position <= shard.checkpoint;
    const left = reached ? beyond(own, shard.checkpoint) : own;
    prepared.push(await shard.prepare(left, head, await historiesOf(shard, left)));
  }
  if (prepared.length === 0) return;
  await store.commit(prepared.map(({ batch }) => batch));
  for (const { accept } of prepared) accept();
}

export interface Pace extends Division {
  /** Events of one commit. */
  readonly commitEvents: number;
  /** Nobody waits for a commit meanwhile: what is built may hold up the store for seconds. */
  readonly alone?: boolean;
  readonly signal: AbortSignal;
  readonly progressed: (events: number) => void;
}

/** Reads the log in its order until the shards have reached `upTo`. */
export async function catchUp(log: EventLog, store: ReadModelStore, shards: readonly Shard[], upTo: Position, pace: Pace): Promise<void> {
  await pace.subjects?.readTo(upTo);
  const behind = shards.filter((shard) => shard.checkpoint < upTo);
  for (const [category, own] of byCategory(behind)) {
    const after = own.map(({ checkpoint }) => checkpoint).reduce(least);
    let gathered: DomainEvent[] = [];
    let characters = 0;
    for await (const batch of log.readAll({ after, upTo, streamPrefix: prefixOf({ category }) })) {
      for (const event of batch) {
        gathered.push(event);
        characters += roughSize(event.data);
      }
      if ((gathered.length < pace.commitEvents && characters < MOST_CHARACTERS) || isHalf(gathered.at(-1))) continue;
      await advanceShards(store, own, gathered, gathered.at(-1)!.position, pace);
      pace.progressed(gathered.length);
      gathered = [];
      characters = 0;
      pace.signal.throwIfAborted();
      await nextTurn();
    }
    await advanceShards(store, own, gathered, upTo, pace);
    pace.progressed(gathered.length);
  }
}

export const byCategory = (shards: readonly Shard[]): ReadonlyMap<string, readonly Shard[]> =>
  Map.groupBy(shards, ({ view }) => view.projection.category);

const least = (one: Position, other: Position): Position => (other < one ? other : one);

function beyond(subjects: BySubject, checkpoint: Position): BySubject {
  const left = [...subjects].map(([id, events]) => [id, events.filter(({ position }) => position > checkpoint)] as const);
  return new Map(left.filter(([, events]) => events.length > 0));
}

/** Of those of a shard's subjects whose events retract or erase something: each is read once for all shards. */
function createHistories(events: Batch, head: Position, { subjects }: Division) {
  const known = new Map<string, Promise<Batch>>();
  const isRevising = events.some(revises);
  return async ({ view }: Shard, own: BySubject): Promise<BySubject> => {
    if (!isRevising) return nobody;
    const { category } = view.projection;
    const histories = new Map<string, Batch>();
    for (const [subject, some] of own) {
      if (!some.some(revises)) continue;
      const key = streamOf({ category }, subject);
      const reading = known.get(key) ?? subjects!.eventsOf(category, subject, head);
      known.set(key, reading);
      histories.set(subject, await reading);
    }
    return histories;
  };
}

/** Of the category and the partition of a shard; each category is gathered once for all shards. */
function bySubject(events: Batch, head: Position, division: Division): (shard: Shard) => BySubject {
  const known = new Map<string, ReadonlyMap<number | undefined, BySubject>>();
  return ({ view, partition }) => {
    const { category } = view.projection;
    const partitions = known.get(category) ?? gathered(category, events, head, division);
    known.set(category, partitions);
    return partitions.get(partition) ?? nobody;
  };
}

function gathered(category: string, events: Batch, head: Position, { subjects, group }: Division) {
  const partitions = new Map<number | undefined, Map<string, DomainEvent[]>>();
  const prefix = prefixOf({ category });
  const subjectOf = subjects?.subjectAt(head);
  const known = new Map<string, DomainEvent[]>();
  for (const event of events) {
    if (!event.stream.startsWith(prefix)) continue;
    const id = idOf({ category }, event.stream);
    const subject = subjectOf?.(category, id) ?? id;
    const others = known.get(subject);
    if (others) {
      others.push(event);
      continue;
    }
    const own = [event];
    known.set(subject, own);
    const partition = group?.partitionOf(subject);
    const members = partitions.get(partition);
    if (members) members.set(subject, own);
    else partitions.set(partition, new Map([[subject, own]]));
  }
  return partitions;
}

const nobody: BySubject = new Map();
