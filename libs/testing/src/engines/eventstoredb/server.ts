import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GossipService } from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import { appendHandlers } from './appending.js';
import { openEventStore } from './event-store.js';
import { asFailure } from './failure.js';
import { createGuard, type User } from './guard.js';
import { createHazards, type Hazards } from './hazards.js';
import { clusterInfo, supportedMethods } from './node-info.js';
import { grpc, type Metadata } from './protocol.js';
import { readHandler } from './reading.js';

export interface TestServerOptions {
  /** Where its events are; made where it is missing. */
  readonly folder: string;
  /** False: an append does not wait for the disk. */
  readonly synced?: boolean;
  /** 0, the default, for one that is free. */
  readonly port?: number;
  /** In bytes: `--max-append-size` of a real server. */
  readonly maxAppendSize?: number;
  /** Whether it says that it has BatchAppend; the client takes the classic call otherwise. */
  readonly batchAppend?: boolean;
  /** In PEM. */
  readonly tls?: { readonly key: Buffer; readonly certificate: Buffer };
  /** By name. Only over TLS: the client sends no credentials otherwise. */
  readonly users?: Readonly<Record<string, User>>;
}

/** A protocol server for tests, in this process. */
export interface TestServer {
  readonly port: number;
  readonly hazards: Hazards;
  /** Resets the subscriptions, as a real server does, and soon breaks every connection. What was answered is on disk. */
  stop(): Promise<void>;
}

const GRACE_MS = 200;
const MAX_APPEND_SIZE = 1_048_576;
const host = '127.0.0.1';
const limits = {
  'grpc.max_receive_message_length': 17 << 20,
  // As many as Kestrel allows.
  'grpc.max_concurrent_streams': 100,
};

/**
 * Speaks the protocol of EventStoreDB 23.10 as far as Letopis uses it: streams, $all, subscriptions, features and gossip; no links, no
 * `$maxAge`, no persistent subscriptions, no projections. For tests only.
 */
export async function serveEventStoreDb(options: TestServerOptions): Promise<TestServer> {
  const store = await openEventStore(path.join(options.folder, 'events.log'), options.synced);
  // A real server has events of its own in $all too.
  if (store.events.length === 0) await store.writeSystemEvent('$$$stats', '$metadata', '{"$maxAge":2592000}');
  await store.writeSystemEvent('$stats-127.0.0.1:2113', '$statsCollected', '{"proc-threadsCount":1}');

  const hazards = createHazards();
  const guard = createGuard(options.users, hazards);
  const appends = appendHandlers(store, guard, hazards, options.maxAppendSize ?? MAX_APPEND_SIZE);
  const server = new grpc.Server(limits);
  server.addService(
    { ...StreamsService, read: sendingBytes(StreamsService.read), append: sendingBytes(StreamsService.append) },
    {
      read: entering(readHandler(store, guard, hazards)),
      append: entering(appends.append),
      batchAppend: entering(appends.batchAppend),
      delete: entering(appends.delete),
      tombstone: entering(appends.tombstone),
    },
  );
  server.addService(ServerFeaturesService, {
    getSupportedMethods: entering((_call: IncomingCall, callback: AnyCallback) => {
      const failure = hazards.nextCapabilitiesFailure();
      if (failure) callback(failure);
      else callback(null, supportedMethods(options.batchAppend ?? true));
    }),
  });
  server.addService(GossipService, {
    read: (_call: IncomingCall, callback: AnyCallback) => callback(null, clusterInfo({ host, port }, hazards.leader())),
  });

  /** Rejects a call that is not authenticated or needs the leader, before its handler runs. */
  function entering<C extends IncomingCall, Rest extends unknown[]>(handler: (call: C, ...rest: Rest) => unknown) {
    return (call: C, ...rest: Rest): void => {
      try {
        guard.enter(call.metadata);
      } catch (error) {
        const [callback] = rest as unknown as [AnyCallback?];
        if (callback) callback(asFailure(error));
        else call.emit('error', asFailure(error));
        return;
      }
      handler(call, ...rest);
    };
  }

  const { tls } = options;
  const credentials = tls
    ? grpc.ServerCredentials.createSsl(null, [{ private_key: tls.key, cert_chain: tls.certificate }])
    : grpc.ServerCredentials.createInsecure();
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:${options.port ?? 0}`, credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });

  return {
    port,
    hazards,
    async stop() {
      await hazards.resetSubscriptions();
      const ended = new Promise<void>((resolve) => server.tryShutdown(resolve));
      await Promise.race([ended, sleep(GRACE_MS, undefined, { ref: false })]);
      server.forceShutdown();
      await store.close();
    },
  };
}

interface IncomingCall {
  readonly metadata: Metadata;
  emit(event: 'error', error: Error): boolean;
}
type AnyCallback = (error: Error | null, answer?: object) => void;

/** For answers that are serialized already. */
const sendingBytes = (method: object) => ({
  ...method,
  responseSerialize: (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
});
