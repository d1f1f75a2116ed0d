import type streamsTypes from '@eventstore/db-client/generated/streams_pb.js';
import type { Position, RawEvent, StoredEvent } from '../event-log.js';
import { parsedEvent, unreadableEvent } from '../not-understood.js';
import type { SerializedEvent } from '../serialized-append.js';
import { uuidOf } from './event-ids.js';
import type { Place } from './positions.js';

export type RecordedEvent = streamsTypes.ReadResp.ReadEvent.RecordedEvent;

/** An event as other clients of the server see it. */
export interface WireEvent {
  readonly id: string;
  readonly type: string;
  /** JSON: the data of the event. */
  readonly data: string;
  /** JSON: all the rest of it, and its hash. */
  readonly metadata: string;
}

const DATA = ',"data":';
const ID = ',"id":';
const VERSION = ',"envelopeVersion":2';
const HASH = /,"hash":"([0-9a-f]{64})"\}$/;
const HASH_LENGTH = 75;
const NO_HASH = '0'.repeat(64);
/** `[ours, theirs]`: the names that the ecosystem follows chains of events by. */
const RENAMED = [
  [',"causationId":', ',"$causationId":'],
  [',"correlationId":', ',"$correlationId":'],
] as const;

/**
 * The canonical text is cut, not parsed: its members are sorted, and a quote inside of a string is always escaped, so the names that it is cut
 * at stand at the top level alone. What comes before the data has no member of the name of one after it, and the other way round.
 */
export function toWire({ type, text, hash }: SerializedEvent): WireEvent {
  const { head, data, tail, id } = cut(text);
  const renamed = RENAMED.reduce((renaming, [ours, theirs]) => renaming.replace(ours, () => theirs), head);
  return { id: uuidOf(id), type, data, metadata: `${renamed}${tail.slice(0, -1)},"hash":"${hash}"}` };
}

function cut(text: string) {
  let tailAt = text.lastIndexOf(ID);
  const idAt = tailAt + ID.length + 1;
  const id = text.slice(idAt, text.indexOf('"', idAt));
  if (text.startsWith(VERSION, tailAt - VERSION.length)) tailAt -= VERSION.length;
  const dataAt = text.indexOf(DATA);
  if (dataAt < 0) return { head: text.slice(0, tailAt), data: '', tail: text.slice(tailAt), id };
  return { head: text.slice(0, dataAt), data: text.slice(dataAt + DATA.length, tailAt), tail: text.slice(tailAt), id };
}

/** The canonical text and its hash, undefined for an event that is not ours. */
export function fromWire({
  data,
  metadata,
}: Pick<WireEvent, 'data' | 'metadata'>): { readonly text: string; readonly hash: string } | undefined {
  const [, hash] = HASH.exec(metadata.slice(-HASH_LENGTH)) ?? [];
  const versionAt = metadata.indexOf(VERSION);
  const tailAt = versionAt < 0 ? metadata.indexOf(ID) : versionAt;
  if (hash === undefined || tailAt < 0) return undefined;
  const head = RENAMED.reduce((renaming, [ours, theirs]) => renaming.replace(theirs, () => ours), metadata.slice(0, tailAt));
  return { text: `${head}${DATA}${data}${metadata.slice(tailAt, -HASH_LENGTH)}}`, hash };
}

export const streamOf = (event: RecordedEvent): string => textOf(event.getStreamIdentifier()!.getStreamName_asU8());
export const typeOf = (event: RecordedEvent): string => event.getMetadataMap().get('type') ?? '';
/** The event that says that a stream was deleted has one that no number holds. */
export const revisionOf = (event: RecordedEvent): number => Math.min(Number(event.getStreamRevision()), Number.MAX_SAFE_INTEGER);
/** Where it is in `$all`. */
export const placeIn = (event: RecordedEvent): Place => ({ commit: event.getCommitPosition(), prepare: event.getPreparePosition() });
export const isAt = ({ commit, prepare }: Place, event: RecordedEvent): boolean =>
  event.getCommitPosition() === commit && event.getPreparePosition() === prepare;
export const bytesOf = (event: RecordedEvent): number => event.getData_asU8().length + event.getCustomMetadata_asU8().length;

const RECORDED_AT = '"recordedAt":"';
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Without parsing: it is asked of events that nobody wants, too. Empty for one that is not ours. */
export function recordedAtOf(event: RecordedEvent): string {
  const { buffer, byteOffset, byteLength } = event.getCustomMetadata_asU8();
  const metadata = Buffer.from(buffer, byteOffset, byteLength);
  const at = metadata.indexOf(RECORDED_AT);
  const instant = at < 0 ? '' : metadata.toString('latin1', at + RECORDED_AT.length, at + RECORDED_AT.length + 24);
  return INSTANT.test(instant) ? instant : '';
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();

/** Whatever the server holds is answered: what is not ours has no hash that fits. */
export function rawEvent(event: RecordedEvent, stream: string, position: Position): RawEvent {
  const [data, metadata] = [textOf(event.getData_asU8()), textOf(event.getCustomMetadata_asU8())];
  const { text, hash } = fromWire({ data, metadata }) ?? { text: data, hash: NO_HASH };
  return { stream, revision: revisionOf(event), position, type: typeOf(event), hash, text };
}

/** An event that is not ours, whose data is no JSON or that was appended at another place is marked `unreadable`. */
export function storedEvent(recorded: RecordedEvent, stream: string, position: Position): StoredEvent {
  const raw = rawEvent(recorded, stream, position);
  const event = raw.hash === NO_HASH ? undefined : parsedEvent(raw.text);
  const isHere = event?.stream === stream && event.type === raw.type && (event.revision ?? raw.revision) === raw.revision;
  return isHere ? Object.assign(event, { revision: raw.revision, position, hash: raw.hash }) : unreadableEvent(raw);
}
