import { EventLogUnavailable, ORIGIN, type Position } from '../event-log.js';
import { failureOf, unavailable } from './failures.js';
import { incoming, incomingOrUnavailable, SOON } from './incoming.js';
import type { LogState, Searched } from './log-state.js';
import type { Read } from './requests.js';
import { isAt, placeIn, type RecordedEvent, streamOf } from './wire-events.js';

/** Of the end of `$all`, at first: mostly there is an event of ours among them, or nothing new. */
const FEW = 16;

const idOf = (event: RecordedEvent): string => event.getId()!.getString();

export const isBegin = ({ begin }: LogState, event: RecordedEvent): boolean => isAt(begin, event);
/** A server that was restored may have another event at the place. */
const isWhere = (searched: Searched, event: RecordedEvent): boolean => isAt(searched.place, event) && idOf(event) === searched.id;

export async function* eventsIn(messages: ReturnType<typeof incoming>): AsyncGenerator<RecordedEvent> {
  for await (const some of messages)
    for (const message of some) {
      const event = message.getEvent()?.getEvent();
      if (event) yield event;
    }
}

/** Other logs and programs share `$all`: however much they append, it is searched once. */
export async function head(state: LogState): Promise<Position> {
  state.open();
  let newest: RecordedEvent | undefined;
  const found = (position: Position): Position => {
    state.searched = { place: placeIn(newest!), id: idOf(newest!), head: position };
    return position;
  };
  let from: Read['from'] = 'end';
  let came = 0;
  for await (const event of eventsIn(incomingOrUnavailable(state.connection, { from, backwards: true, count: FEW }, SOON))) {
    newest ??= event;
    if (isBegin(state, event)) return found(ORIGIN);
    if (streamOf(event).startsWith(state.prefix)) return found(state.positionOf(event));
    if (state.searched && isWhere(state.searched, event)) return found(state.searched.head);
    from = placeIn(event);
    came += 1;
  }
  if (came < FEW) throw gone(state);
  // One after another: whoever comes second finds what the first has searched.
  return state.searchInTurn(async () => {
    const { searched } = state;
    return found(searched && (await isThere(state, searched)) ? await lastBehind(state, searched) : await lastBefore(state, from));
  });
}

async function isThere(state: LogState, searched: Searched): Promise<boolean> {
  try {
    for await (const event of eventsIn(incoming(state.connection, { from: searched.place, count: 1 }, SOON)))
      return isWhere(searched, event);
  } catch (error) {
    if (failureOf(error) !== 'no-position') throw unavailable(error, state.connection.server);
  }
  return false;
}

async function lastBehind(state: LogState, { place, head }: Searched): Promise<Position> {
  let last = head;
  for await (const event of ours(state, { from: place, count: Number.MAX_SAFE_INTEGER }))
    if (!isBegin(state, event)) last = state.positionOf(event);
  return last;
}

async function lastBefore(state: LogState, from: Read['from']): Promise<Position> {
  for await (const event of backwards(state, 1, from)) return state.positionOf(event);
  return ORIGIN;
}

/** The last events of the log, the last first. */
export async function* backwards(state: LogState, most: number, from: Read['from'] = 'end'): AsyncGenerator<RecordedEvent> {
  let came = 0;
  for await (const event of ours(state, { from, backwards: true, count: most })) {
    if (isBegin(state, event)) return;
    came += 1;
    yield event;
  }
  if (came < most) throw gone(state);
}

/** As long as it takes the server, which looks for them among the events of others. */
async function* ours(state: LogState, read: Read & { readonly count: number }): AsyncGenerator<RecordedEvent> {
  const options = { leader: true, signal: state.closing };
  yield* eventsIn(incomingOrUnavailable(state.following, { ...read, prefix: state.prefix }, options));
  state.open();
}

const gone = (state: LogState) =>
  new EventLogUnavailable(
    `EventStoreDB at ${state.connection.server} does not hold this event log any more; connect to the server that has it, and restart`,
  );
