import { type DomainEvent, type EventLog, mustBeUnderstood } from '#event-log';
import {
  type Curator,
  type CuratorEvent,
  type CuratorStatus,
  curator,
  evolveCurator,
  shownAt,
  statusAt,
  streamOf,
  unknownCurator,
} from '#relationship';
import { withoutLost } from '../events/current-events.js';

/** By whom and to whom a departure was begun. */
export interface BegunDeparture {
  readonly to: string;
  readonly reason: string | undefined;
  readonly event: DomainEvent;
  readonly isDone: boolean;
}

/** @throws EventNotUnderstood */
export const curatorEventsOf = async (log: Pick<EventLog, 'readStream'>, curatorId: string): Promise<readonly DomainEvent[]> => {
  const events: DomainEvent[] = [];
  for await (const batch of log.readStream(streamOf(curator, curatorId))) events.push(...batch.map(withoutLost));
  events.forEach(mustBeUnderstood);
  return events;
};

/** Of the present employment, or of the last one of a curator who has left, by when each was true. */
export const begunIn = (events: readonly DomainEvent[], curatorId: string, now: string): BegunDeparture | undefined => {
  // Clocks differ: what is recorded has been.
  const recorded = events.at(-1)?.recordedAt ?? now;
  const { to, departedAt } = shownAt(stateOf(events, curatorId), recorded > now ? recorded : now) ?? {};
  const event = to === undefined ? undefined : events.findLast((each) => begunOf(each)?.to === to);
  return event && { to: to!, reason: begunOf(event)!.reason, event, isDone: departedAt !== undefined };
};

const begunOf = (event: DomainEvent): { readonly to: string; readonly reason?: string | undefined } | undefined => {
  const { type, data } = event as unknown as CuratorEvent;
  return type === 'curator-departure-begun' ? data : undefined;
};

const stateOf = (events: readonly DomainEvent[], curatorId: string): Curator => events.reduce(evolveCurator, unknownCurator(curatorId));

export const statusIn = (events: readonly DomainEvent[], curatorId: string, now: string): CuratorStatus =>
  statusAt(stateOf(events, curatorId), now);

/** The event by which the departure was done that was under way at a revision; undefined while it is. */
export const departedAfter = (events: readonly DomainEvent[], revision: number): DomainEvent | undefined => {
  const begun = events.findLast((event) => event.revision <= revision && event.type === 'curator-departure-begun');
  // A registration of the time before the departure ends nothing, however late it is recorded.
  const isEnd = ({ type, occurredAt }: DomainEvent) =>
    type === 'curator-departed' || (type === 'curator-registered' && begun !== undefined && occurredAt > begun.recordedAt);
  const end = events.find((event) => event.revision > revision && isEnd(event));
  return end?.type === 'curator-departed' ? end : undefined;
};
