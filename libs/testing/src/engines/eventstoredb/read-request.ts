import streams from '@eventstore/db-client/generated/streams_pb.js';
import { nameIn } from './append-messages.js';
import type { EventStore } from './event-store.js';
import { handlerFailed } from './failure.js';
import type { Recorded } from './recorded.js';

/** Where to read from: a revision in a stream, a position in $all. */
export type From = 'start' | 'end' | number;

export interface Filter {
  matches(recorded: Recorded): boolean;
  /** A subscription gets a checkpoint after so many considered events. */
  readonly checkpointInterval: number;
}

export interface ReadRequest {
  /** Undefined for $all. */
  readonly stream: string | undefined;
  readonly from: From;
  readonly backwards: boolean;
  /** Undefined for a subscription. */
  readonly count: number | undefined;
  readonly filter: Filter | undefined;
}

const BACKWARDS = 1;
const SEARCH_WINDOW = 32;

export function readRequest(request: streams.ReadReq): ReadRequest {
  const options = request.getOptions();
  if (!options) throw handlerFailed();
  const common = {
    backwards: options.getReadDirection() === BACKWARDS,
    count: options.hasSubscription() ? undefined : Number(options.getCount()),
    filter: filterOf(options.getFilter()),
  };
  const stream = options.getStream();
  if (stream) {
    const from = stream.hasRevision() ? revisionFrom(stream.getRevision()) : stream.hasEnd() ? 'end' : 'start';
    return { ...common, stream: nameIn(stream), from };
  }
  const all = options.getAll();
  if (!all) throw handlerFailed();
  const position = all.getPosition();
  if (!position) return { ...common, stream: undefined, from: all.hasEnd() ? 'end' : 'start' };
  // Each event has one position: a pair of two is that of none.
  const [commit, prepare] = [position.getCommitPosition(), position.getPreparePosition()];
  return { ...common, stream: undefined, from: commit === prepare ? revisionFrom(commit) : Number.NaN };
}

/** 2^64 - 1 is the end, on the wire as well. */
const revisionFrom = (text: string): From => (text === '18446744073709551615' ? 'end' : Number(text));

function filterOf(options: streams.ReadReq.Options.FilterOptions | undefined): Filter | undefined {
  if (!options) return undefined;
  const byStream = options.getStreamIdentifier();
  const expression = byStream ?? options.getEventType();
  if (!expression) throw handlerFailed();
  const prefixes = expression.getPrefixList();
  const pattern = expression.getRegex() === '' ? undefined : new RegExp(expression.getRegex());
  return {
    matches({ stream, type }) {
      const text = byStream ? stream : type;
      return pattern ? pattern.test(text) : prefixes.some((prefix) => text.startsWith(prefix));
    },
    checkpointInterval: (options.getMax() || SEARCH_WINDOW) * (options.getCheckpointintervalmultiplier() || 1),
  };
}

/** Of the event at a position; `end` past the last one; undefined for a position that is none. */
export function indexOf(store: EventStore, from: From, end: number): number | undefined {
  if (from === 'start' || from === 0) return 0;
  if (from === 'end') return end;
  if (end === 0 || from > store.events[end - 1]!.position) return end;
  let [low, high] = [0, end];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (store.events[middle]!.position < from) low = middle + 1;
    else high = middle;
  }
  return store.events[low]?.position === from ? low : undefined;
}
