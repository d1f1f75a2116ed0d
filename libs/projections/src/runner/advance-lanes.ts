import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Batch, EventLog, RecordedEvent } from '#event-log';
import type { Position } from '#event-log/event-log.js';
import type { ReadModelStore } from '#read-models/read-model-store.js';
import { relationshipPrefix } from '#relationship/streams.js';
import { customerOf } from '../facts.js';
import type { ByCustomer, Lane, Share } from './lane.js';

/** Takes lanes over these events in one commit; each lane takes only what lies beyond its checkpoint. Safe to repeat after a failure. */
export async function advanceLanes(
  store: ReadModelStore,
  lanes: readonly Lane[],
  events: Batch,
  head: Position,
  partitionOf?: Share['partitionOf'],
): Promise<void> {
  const all = byCustomer(events);
  const shared = partitionOf ? byPartition(all, partitionOf) : undefined;
  const prepared = [];
  for (const lane of lanes) {
    if (lane.checkpoint >= head) continue;
    const own = lane.partition === undefined ? all : (shared?.get(lane.partition) ?? nobody);
    const reached = events[0] !== undefined && events[0].position <= lane.checkpoint;
    prepared.push(await lane.prepare(reached ? beyond(own, lane.checkpoint) : own, head));
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
  readonly partitionOf?: Share['partitionOf'];
  readonly progressed: (events: number) => void;
}

/** Reads the log in its order until the lanes stand at `upTo`. */
export async function catchUp(log: EventLog, store: ReadModelStore, lanes: readonly Lane[], upTo: Position, pace: Pace): Promise<void> {
  const behind = lanes.filter((lane) => lane.checkpoint < upTo);
  if (behind.length === 0) return;
  const after = behind.map(({ checkpoint }) => checkpoint).reduce((least, each) => (each < least ? each : least));
  let gathered: RecordedEvent[] = [];
  for await (const batch of log.readAll({ after, upTo, streamPrefix: relationshipPrefix })) {
    for (const event of batch) gathered.push(event);
    if (gathered.length < pace.commitEvents) continue;
    await advanceLanes(store, behind, gathered, gathered.at(-1)!.position, pace.partitionOf);
    pace.progressed(gathered.length);
    gathered = [];
    pace.signal.throwIfAborted();
    await nextTurn();
  }
  await advanceLanes(store, behind, gathered, upTo, pace.partitionOf);
  pace.progressed(gathered.length);
}

const nobody: ByCustomer = new Map();

function beyond(customers: ByCustomer, checkpoint: Position): ByCustomer {
  const left = [...customers].map(([id, events]) => [id, events.filter(({ position }) => position > checkpoint)] as const);
  return new Map(left.filter(([, events]) => events.length > 0));
}

function byPartition(customers: ByCustomer, partitionOf: Share['partitionOf']): ReadonlyMap<number, ByCustomer> {
  const groups = new Map<number, Map<string, Batch>>();
  for (const [id, events] of customers) {
    const partition = partitionOf(id);
    const group = groups.get(partition);
    if (group) group.set(id, events);
    else groups.set(partition, new Map([[id, events]]));
  }
  return groups;
}

function byCustomer(events: Batch): ByCustomer {
  const groups = new Map<string, RecordedEvent[]>();
  for (const event of events) {
    if (!event.stream.startsWith(relationshipPrefix)) continue;
    const customerId = customerOf(event.stream);
    const group = groups.get(customerId);
    if (group) group.push(event);
    else groups.set(customerId, [event]);
  }
  return groups;
}
