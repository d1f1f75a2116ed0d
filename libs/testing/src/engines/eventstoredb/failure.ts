import shared from '@eventstore/db-client/generated/shared_pb.js';
import statuses from '@eventstore/db-client/generated/status_pb.js';
import { Any, grpc, status } from './protocol.js';

interface Message {
  serializeBinary(): Uint8Array;
}

/** Codes of google.rpc.Status, as BatchAppend sends them inside an answer. */
const rpc = { invalidArgument: 3, deadlineExceeded: 4, notFound: 5, alreadyExists: 6, permissionDenied: 7 } as const;

/** What a call fails with, and how BatchAppend says the same. */
export class Failure extends Error {
  readonly details: string;
  constructor(
    readonly code: number,
    message: string,
    readonly trailers: Readonly<Record<string, string>> = {},
    readonly inBatch: statuses.Status = badRequest(message),
  ) {
    super(message);
    this.details = message;
  }
  get metadata() {
    const metadata = new grpc.Metadata();
    for (const [key, value] of Object.entries(this.trailers)) metadata.set(key, value);
    return metadata;
  }
}

function packed(code: number, name: string, details: Message): statuses.Status {
  const any = new Any();
  any.pack(details.serializeBinary(), `event_store.client.${name}`);
  return new statuses.Status()
    .setCode(code as Parameters<statuses.Status['setCode']>[0])
    .setMessage(name)
    .setDetails(any);
}
const badRequest = (message: string) => packed(rpc.invalidArgument, 'BadRequest', new shared.BadRequest().setMessage(message));

const identifier = (stream: string) => new shared.StreamIdentifier().setStreamName(Buffer.from(stream));

export const handlerFailed = (inBatch?: string) =>
  new Failure(status.unknown, 'Exception was thrown by handler.', {}, inBatch === undefined ? undefined : badRequest(inBatch));

export const propertyMissing = (name: string) =>
  new Failure(status.invalidArgument, `Required Metadata Property '${name}' is missing`, {
    exception: 'missing-required-metadata-property',
    'required-metadata-properties': 'type,content-type',
  });

export const tooLarge = (limit: number) =>
  new Failure(
    status.invalidArgument,
    `Maximum Append Size of ${limit} Exceeded.`,
    { exception: 'maximum-append-size-exceeded', 'maximum-append-size': String(limit) },
    packed(rpc.invalidArgument, 'MaximumAppendSizeExceeded', new shared.MaximumAppendSizeExceeded().setMaxappendsize(limit)),
  );

export const streamDeleted = (stream: string) =>
  new Failure(
    status.failedPrecondition,
    `Event stream '${stream}' is deleted.`,
    { exception: 'stream-deleted', 'stream-name': stream },
    packed(rpc.notFound, 'StreamDeleted', new shared.StreamDeleted().setStreamIdentifier(identifier(stream))),
  );

export const timedOut = (what: string) =>
  new Failure(status.aborted, `Operation timed out: ${what}`, {}, packed(rpc.deadlineExceeded, 'Timeout', new shared.Timeout()));

export const accessDenied = () =>
  new Failure(
    status.permissionDenied,
    'Access Denied',
    { exception: 'access-denied' },
    packed(rpc.permissionDenied, 'AccessDenied', new shared.AccessDenied()),
  );

export const unauthenticated = () => new Failure(status.unauthenticated, 'Bad HTTP status code: 401');

export const notLeader = (leader: { readonly host: string; readonly port: number }) =>
  new Failure(status.notFound, `Leader info available`, {
    exception: 'not-leader',
    'leader-endpoint-host': leader.host,
    'leader-endpoint-port': String(leader.port),
  });

/** Of a delete or tombstone; appends say it inside their answers. */
export const wrongExpectedVersion = (stream: string, expected: string, current: number) =>
  new Failure(status.failedPrecondition, `Append failed due to WrongExpectedVersion. Stream: ${stream}, Expected version: ${expected}`, {
    exception: 'wrong-expected-version',
    'stream-name': stream,
    'expected-version': expected,
    ...(current < 0 ? {} : { 'actual-version': String(current) }),
  });

export const wrongExpectedInBatch = (details: shared.WrongExpectedVersion) => packed(rpc.alreadyExists, 'WrongExpectedVersion', details);

/** Whatever else goes wrong in a handler of a real server reaches the client without its reason. */
export const asFailure = (error: unknown): Failure => {
  if (error instanceof Failure) return error;
  console.error(error);
  return handlerFailed();
};
