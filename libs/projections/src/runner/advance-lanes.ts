import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Batch, EventLog, RecordedEvent } from '#event-log';
import type { Position } from '#event-log/event-log.js';
import type { ReadModelStore } from '#read-models/read-model-store.js';
import { customerOf } from '../facts.js';
import type { ByCustomer, Lane } from './lane.js';

export const RELATIONSHIP_PREFIX = 'relationship-';

/** Takes lanes over these events in one commit; each lane takes only what lies beyond its checkpoint. Safe to repeat after a failure. */
export async function advanceLanes(store: ReadModelStore, lanes: readonly Lane[], events: Batch, head: Position): Promise<void> {
  const all = byCustomer(events);
  const prepared = [];
  for (const lane of lanes) {
    if (lane.checkpoint >= head) continue;
    const reached = events[0] !== undefined && events[0].position <= lane.checkpoint;
    const own = reached ? byCustomer(events.filter(({ position }) => position > lane.checkpoint)) : all;
    prepared.push(await lane.prepare(own, head));
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
  readonly progressed: (events: number) => void;
}

/** Reads the log in its order until the lanes stand at `upTo`. */
export async function catchUp(log: EventLog, store: ReadModelStore, lanes: readonly Lane[], upTo: Position, pace: Pace): Promise<void> {
  const behind = lanes.filter((lane) => lane.checkpoint < upTo);
  if (behind.length === 0) return;
  const after = behind.map(({ checkpoint }) => checkpoint).reduce((least, each) => (each < least ? each : least));
  let gathered: RecordedEvent[] = [];
  for await (const batch of log.readAll({ after, upTo, streamPrefix: RELATIONSHIP_PREFIX })) {
    for (const event of batch) gathered.push(event);
    if (gathered.length < pace.commitEvents) continue;
    await advanceLanes(store, behind, gathered, gathered.at(-1)!.position);
    pace.progressed(gathered.length);
    gathered = [];
    pace.signal.throwIfAborted();
    await nextTurn();
  }
  await advanceLanes(store, behind, gathered, upTo);
  pace.progressed(gathered.length);
}

function byCustomer(events: Batch): ByCustomer {
  const groups = new Map<string, RecordedEvent[]>();
  for (const event of events) {
    if (!event.stream.startsWith(RELATIONSHIP_PREFIX)) continue;
    const customerId = customerOf(event.stream);
    const group = groups.get(customerId);
    if (group) group.push(event);
    else groups.set(customerId, [event]);
  }
  return groups;
}
