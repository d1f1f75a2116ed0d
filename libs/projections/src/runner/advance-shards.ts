import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Batch, DomainEvent, EventLog } from '#event-log';
import type { Position } from '#event-log/event-log.js';
import { roughSize } from '#event-log/rough-size.js';
import type { ReadModelStore } from '#read-models/read-model-store.js';
import { idOf, prefixOf } from '#relationship/kernel/aggregate.js';
import { MOST_CHARACTERS } from './coalesced.js';
import type { BySubject, Group, Shard } from './shard.js';

/** Takes shards over these events in one commit; each takes only what lies beyond its checkpoint. Safe to repeat after a failure. */
export async function advanceShards(
  store: ReadModelStore,
  shards: readonly Shard[],
  events: Batch,
  head: Position,
  group?: Pick<Group, 'partitionOf'>,
): Promise<void> {
  const subjectsOf = bySubject(events, group);
  const prepared = [];
  for (const shard of shards) {
    if (shard.checkpoint >= head) continue;
    const own = subjectsOf(shard);
    const reached = events[0] !== undefined && events[0].position <= shard.checkpoint;
    prepared.push(await shard.prepare(reached ? beyond(own, shard.checkpoint) : own, head));
  }
  if (prepared.length === 0) return;
  await store.commit(prepared.map(({ batch }) => batch));
  for (const { accept } of prepared) accept();
}

export interface Pace {
  /** Events of one commit. */
  readonly commitEvents: number;
  /** Nobody waits for a commit meanwhile: what is filled may hold up the store for seconds. */
  readonly alone?: boolean;
  readonly signal: AbortSignal;
  readonly group?: Pick<Group, 'partitionOf'> | undefined;
  readonly progressed: (events: number) => void;
}

/** Reads the log in its order until the shards stand at `upTo`. */
export async function catchUp(log: EventLog, store: ReadModelStore, shards: readonly Shard[], upTo: Position, pace: Pace): Promise<void> {
  const behind = shards.filter((shard) => shard.checkpoint < upTo);
  for (const [category, own] of byCategory(behind)) {
    const after = own.map(({ checkpoint }) => checkpoint).reduce((least, each) => (each < least ? each : least));
    let gathered: DomainEvent[] = [];
    let characters = 0;
    for await (const batch of log.readAll({ after, upTo, streamPrefix: prefixOf({ category }) })) {
      for (const event of batch) {
        gathered.push(event);
        characters += roughSize(event.data);
      }
      if (gathered.length < pace.commitEvents && characters < MOST_CHARACTERS) continue;
      await advanceShards(store, own, gathered, gathered.at(-1)!.position, pace.group);
      pace.progressed(gathered.length);
      gathered = [];
      characters = 0;
      pace.signal.throwIfAborted();
      await nextTurn();
    }
    await advanceShards(store, own, gathered, upTo, pace.group);
    pace.progressed(gathered.length);
  }
}

export const byCategory = (shards: readonly Shard[]): ReadonlyMap<string, readonly Shard[]> =>
  Map.groupBy(shards, ({ view }) => view.projection.category);

function beyond(subjects: BySubject, checkpoint: Position): BySubject {
  const left = [...subjects].map(([id, events]) => [id, events.filter(({ position }) => position > checkpoint)] as const);
  return new Map(left.filter(([, events]) => events.length > 0));
}

/** Of the category and the partition of a shard; each category is gathered once for all shards. */
function bySubject(events: Batch, group: Pick<Group, 'partitionOf'> | undefined): (shard: Shard) => BySubject {
  const known = new Map<string, ReadonlyMap<number | undefined, BySubject>>();
  return ({ view, partition }) => {
    const { category } = view.projection;
    const partitions = known.get(category) ?? gathered(category, events, group);
    known.set(category, partitions);
    return partitions.get(partition) ?? nobody;
  };
}

function gathered(category: string, events: Batch, group: Pick<Group, 'partitionOf'> | undefined) {
  const partitions = new Map<number | undefined, Map<string, DomainEvent[]>>();
  const prefix = prefixOf({ category });
  const subjects = new Map<string, DomainEvent[]>();
  for (const event of events) {
    if (!event.stream.startsWith(prefix)) continue;
    const subject = idOf({ category }, event.stream);
    const known = subjects.get(subject);
    if (known) {
      known.push(event);
      continue;
    }
    const own = [event];
    subjects.set(subject, own);
    const partition = group?.partitionOf(subject);
    const members = partitions.get(partition);
    if (members) members.set(subject, own);
    else partitions.set(partition, new Map([[subject, own]]));
  }
  return partitions;
}

const nobody: BySubject = new Map();
