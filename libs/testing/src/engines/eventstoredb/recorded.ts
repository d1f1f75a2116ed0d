import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { Entry } from './event-file.js';

/** The revision of the event that a tombstone is: 2^63 - 1. */
export const TOMBSTONE = 2 ** 63;
const TOMBSTONE_TEXT = '9223372036854775807';

export interface Proposed {
  readonly id: string;
  readonly type: string;
  /** Anything else than JSON comes back as octets. */
  readonly contentType: string;
  readonly metadata: Uint8Array;
  readonly data: Uint8Array;
}

export interface Recorded {
  readonly stream: string;
  readonly revision: number;
  readonly type: string;
  readonly id: string;
  readonly position: number;
  /** The event as reads send it, a serialized `ReadResp`. It is also what the file holds. */
  readonly answer: Buffer;
}

const JSON_TYPE = 'application/json';
const TICKS_PER_MS = 10_000;
const { ReadResp } = streams;

export function record(stream: string, revision: number, proposed: Proposed, position: number): Recorded {
  const at = String(position);
  const recorded = new ReadResp.ReadEvent.RecordedEvent()
    .setId(new shared.UUID().setString(proposed.id))
    .setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(stream)))
    .setStreamRevision(revision === TOMBSTONE ? TOMBSTONE_TEXT : String(revision))
    .setPreparePosition(at)
    .setCommitPosition(at)
    .setCustomMetadata(proposed.metadata)
    .setData(proposed.data);
  recorded
    .getMetadataMap()
    .set('type', proposed.type)
    .set('created', String(Date.now() * TICKS_PER_MS))
    .set('content-type', proposed.contentType === JSON_TYPE ? JSON_TYPE : 'application/octet-stream');
  const event = new ReadResp.ReadEvent().setEvent(recorded).setCommitPosition(at);
  const answer = Buffer.from(new ReadResp().setEvent(event).serializeBinary());
  return { stream, revision, type: proposed.type, id: proposed.id, position, answer };
}

export function recordedIn({ position, bytes }: Entry): { readonly recorded: Recorded; readonly data: Uint8Array } {
  const event = ReadResp.deserializeBinary(bytes).getEvent()!.getEvent()!;
  const recorded = {
    stream: Buffer.from(event.getStreamIdentifier()!.getStreamName_asU8()).toString(),
    revision: Number(event.getStreamRevision()),
    type: event.getMetadataMap().get('type')!,
    id: event.getId()!.getString(),
    position,
    answer: bytes,
  };
  return { recorded, data: event.getData_asU8() };
}
