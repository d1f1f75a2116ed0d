import { randomUUID } from 'node:crypto';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';

const { ReadResp } = streams;

export const confirmation = () =>
  new ReadResp().setConfirmation(new ReadResp.SubscriptionConfirmation().setSubscriptionId(randomUUID())).serializeBinary();

export const caughtUp = () => new ReadResp().setCaughtUp(new ReadResp.CaughtUp()).serializeBinary();

export const checkpoint = (position: number) =>
  new ReadResp()
    .setCheckpoint(new ReadResp.Checkpoint().setCommitPosition(String(position)).setPreparePosition(String(position)))
    .serializeBinary();

export const streamNotFound = (stream: string) =>
  new ReadResp()
    .setStreamNotFound(new ReadResp.StreamNotFound().setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(stream))))
    .serializeBinary();

export const firstStreamPosition = (revision: number) => new ReadResp().setFirstStreamPosition(String(revision)).serializeBinary();
export const lastStreamPosition = (revision: number) => new ReadResp().setLastStreamPosition(String(revision)).serializeBinary();
