import { constants, type ServerHttp2Stream } from 'node:http2';
import { createRequire } from 'node:module';
import type statuses from '@eventstore/db-client/generated/status_pb.js';
import type { IStreamsServer } from '@eventstore/db-client/generated/streams_grpc_pb.js';

type Call<Method extends keyof IStreamsServer> = Parameters<IStreamsServer[Method]>[0];
type Callback<Method extends keyof IStreamsServer> = Parameters<IStreamsServer[Method]>[1];
export type Metadata = Call<'read'>['metadata'];

interface Server {
  addService(definition: object, handlers: object): void;
  bindAsync(address: string, credentials: unknown, bound: (error: Error | null, port: number) => void): void;
  tryShutdown(done: () => void): void;
  forceShutdown(): void;
}

interface Grpc {
  readonly Metadata: new () => Metadata;
  readonly Server: new (options: Readonly<Record<string, number>>) => Server;
  readonly ServerCredentials: {
    createInsecure(): unknown;
    createSsl(rootCertificates: null, pairs: readonly { readonly private_key: Buffer; readonly cert_chain: Buffer }[]): unknown;
  };
}

const ofClient = createRequire(createRequire(import.meta.url).resolve('@eventstore/db-client'));
/** The client's own copy: the service definitions that the client generates are bound to it. */
export const grpc = ofClient('@grpc/grpc-js') as Grpc;
export const { Any } = ofClient('google-protobuf/google/protobuf/any_pb.js') as {
  readonly Any: new () => NonNullable<ReturnType<statuses.Status['getDetails']>>;
};

/** gRPC status codes that the server sends. */
export const status = {
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  notFound: 5,
  permissionDenied: 7,
  failedPrecondition: 9,
  aborted: 10,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

export type { Call, Callback };

/** The HTTP/2 stream of a call: grpc-js offers no way to break one. */
function http2Of(call: object): ServerHttp2Stream {
  return (call as { readonly call: { readonly stream: ServerHttp2Stream } }).call.stream;
}
/** Resolves when the client has been sent RST_STREAM. */
export const resetStream = (call: object): Promise<void> =>
  new Promise((resolve) => http2Of(call).close(constants.NGHTTP2_INTERNAL_ERROR, () => resolve()));
export const destroyConnection = (call: object): void => http2Of(call).session?.destroy();
