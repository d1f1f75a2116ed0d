import type { EventLog, RecordedEvent } from '#event-log';
import { type CuratorFact, type CuratorStanding, curator, evolveCurator, standingAt, streamOf, unknownCurator } from '#relationship';

/** By whom and to whom a departure was begun. */
export interface BegunDeparture {
  readonly to: string;
  readonly reason: string | undefined;
  readonly event: RecordedEvent;
  readonly isDone: boolean;
}

export const curatorEventsOf = async (log: Pick<EventLog, 'readStream'>, curatorId: string): Promise<readonly RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  for await (const batch of log.readStream(streamOf(curator, curatorId))) events.push(...batch);
  return events;
};

/** Of the present employment, or of the last one of a curator who has left. */
export const begunIn = (events: readonly RecordedEvent[]): BegunDeparture | undefined =>
  events.reduce<BegunDeparture | undefined>((begun, event) => {
    const { type, data } = event as unknown as CuratorFact;
    switch (type) {
      case 'curator-registered':
        return undefined;
      case 'curator-departure-begun':
        return { to: data.to, reason: data.reason, event, isDone: false };
      case 'curator-departed':
        return begun && { to: begun.to, reason: begun.reason, event: begun.event, isDone: true };
      default:
        return begun;
    }
  }, undefined);

export const standingIn = (events: readonly RecordedEvent[], curatorId: string, now: string): CuratorStanding =>
  standingAt(events.reduce(evolveCurator, unknownCurator(curatorId)), now);

/** The event by which the departure was done that was under way at a revision; undefined while it is. */
export const departedAfter = (events: readonly RecordedEvent[], revision: number): RecordedEvent | undefined => {
  const end = events.find((event) => event.revision > revision && /^curator-(registered|departed)$/.test(event.type));
  return end?.type === 'curator-departed' ? end : undefined;
};
