import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { Place } from './positions.js';
import type { WireEvent } from './wire-events.js';

const { Options } = streams.ReadReq;
const empty = () => new shared.Empty();

/** Of a stream from a revision on, inclusive; of `$all` from a place on: forwards it includes the event there, backwards it does not. */
export interface Read {
  readonly stream?: string;
  readonly from?: number | Place | 'end' | undefined;
  readonly backwards?: boolean;
  /** Absent: a subscription, which begins behind `from`. */
  readonly count?: number;
  /** Of the names of streams. */
  readonly prefix?: string;
  /** The server filters by these or by the names of streams, never by both: those whose types begin so come, of every stream. */
  readonly types?: readonly string[] | undefined;
}

/** Events of `$all` that the server looks at before it reports how far it is: nobody here goes by these reports. */
const WINDOW = 512;
const SELDOM = 1_000;

export function readRequest({ stream, from, backwards = false, count, prefix, types }: Read): streams.ReadReq {
  const uuids = new Options.UUIDOption();
  uuids.setString(empty());
  const control = new Options.ControlOption();
  control.setCompatibility(1);
  const options = new Options();
  options.setUuidOption(uuids);
  options.setControlOption(control);
  options.setResolveLinks(false);
  options.setReadDirection(backwards ? 1 : 0);
  if (stream === undefined) options.setAll(allFrom(from));
  else options.setStream(streamFrom(stream, from));
  if (count === undefined) options.setSubscription(new Options.SubscriptionOptions());
  else options.setCount(String(count));
  if (types !== undefined) options.setFilter(filterBy('type', types));
  else if (prefix !== undefined) options.setFilter(filterBy('stream', [prefix]));
  else options.setNoFilter(empty());
  const request = new streams.ReadReq();
  request.setOptions(options);
  return request;
}

function allFrom(from: Read['from']) {
  const all = new Options.AllOptions();
  if (from === 'end') all.setEnd(empty());
  else if (typeof from === 'object') {
    const position = new Options.Position();
    position.setCommitPosition(from.commit);
    position.setPreparePosition(from.prepare);
    all.setPosition(position);
  } else all.setStart(empty());
  return all;
}

function streamFrom(stream: string, from: Read['from']) {
  const options = new Options.StreamOptions();
  options.setStreamIdentifier(identifier(stream));
  if (from === 'end') options.setEnd(empty());
  else if (typeof from === 'number') options.setRevision(String(from));
  else options.setStart(empty());
  return options;
}

function filterBy(what: 'stream' | 'type', prefixes: readonly string[]) {
  const expression = new Options.FilterOptions.Expression();
  expression.setPrefixList([...prefixes]);
  const filter = new Options.FilterOptions();
  if (what === 'stream') filter.setStreamIdentifier(expression);
  else filter.setEventType(expression);
  filter.setMax(WINDOW);
  filter.setCheckpointintervalmultiplier(SELDOM);
  return filter;
}

function identifier(stream: string) {
  const name = new shared.StreamIdentifier();
  name.setStreamName(Buffer.from(stream));
  return name;
}

export function uuid(text: string) {
  const value = new shared.UUID();
  value.setString(text);
  return value;
}

/** −1: no stream. */
export interface AppendRequest {
  readonly stream: string;
  readonly after: number;
  readonly events: readonly WireEvent[];
}

export function classicHead({ stream, after }: AppendRequest): streams.AppendReq {
  const options = new streams.AppendReq.Options();
  options.setStreamIdentifier(identifier(stream));
  if (after < 0) options.setNoStream(empty());
  else options.setRevision(String(after));
  const request = new streams.AppendReq();
  request.setOptions(options);
  return request;
}

export function classicEvent(event: WireEvent): streams.AppendReq {
  const request = new streams.AppendReq();
  request.setProposedMessage(filled(new streams.AppendReq.ProposedMessage(), event));
  return request;
}

/** Of one message: a server takes at least 4 MiB, which so many characters of 3 bytes and the largest event of a batch stay below. */
const MESSAGE_CHARACTERS = 600_000;

const charactersOf = ({ data, metadata }: WireEvent): number => data.length + metadata.length;

export const fitsBatch = ({ events }: AppendRequest): boolean => events.every((event) => charactersOf(event) <= MESSAGE_CHARACTERS);

export function* batchRequests({ stream, after, events }: AppendRequest, correlationId: string): Generator<streams.BatchAppendReq> {
  const options = new streams.BatchAppendReq.Options();
  options.setStreamIdentifier(identifier(stream));
  if (after < 0) options.setNoStream(empty());
  else options.setStreamPosition(String(after));
  for (let at = 0; at < events.length; ) {
    const request = new streams.BatchAppendReq();
    request.setCorrelationId(uuid(correlationId));
    if (at === 0) request.setOptions(options);
    let characters = 0;
    do {
      const event = events[at++]!;
      characters += charactersOf(event);
      request.addProposedMessages(filled(new streams.BatchAppendReq.ProposedMessage(), event));
    } while (at < events.length && characters < MESSAGE_CHARACTERS);
    request.setIsFinal(at === events.length);
    yield request;
  }
}

type Proposed = streams.AppendReq.ProposedMessage | streams.BatchAppendReq.ProposedMessage;

function filled<Message extends Proposed>(message: Message, { id, type, data, metadata }: WireEvent): Message {
  message.setId(uuid(id));
  message.getMetadataMap().set('type', type).set('content-type', 'application/json');
  message.setData(Buffer.from(data));
  message.setCustomMetadata(Buffer.from(metadata));
  return message;
}
