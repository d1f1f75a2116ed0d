import type { EventStoreDBClient } from '@eventstore/db-client';
import client from '@eventstore/db-client';
import services from '@eventstore/db-client/generated/streams_grpc_pb.js';
import { createSemaphore } from '#async';
import { EventLogUnavailable } from '../event-log.js';
import { failureOf, unavailable } from './failures.js';

export type Streams = services.StreamsClient;
type CallArguments = Parameters<(metadata: MetadataOf<Streams['batchAppend']>, options: object) => void>;
type MetadataOf<Method> = Method extends (metadata?: infer Metadata, options?: infer _Options) => unknown ? Metadata : never;

/**
 * Members of the client of 6.2.1 that its types hide. It parses the connection string, discovers the nodes, follows the leader and opens channels;
 * the calls themselves are made here, by the generated definitions: its own batch append is unsafe, and its readAll has no filter.
 */
interface ClientInside {
  getGRPCClient(service: typeof services.StreamsClient, name: string): Promise<Streams>;
  callArguments(options: { readonly requiresLeader?: boolean }, callOptions: { readonly deadline: number }): CallArguments;
  handleError(of: Streams, error: unknown): Promise<void>;
  supports(method: unknown): Promise<boolean>;
  getChannel(): Promise<{ close(): void }>;
  dispose(): Promise<void>;
}

const MEMBERS = ['getGRPCClient', 'callArguments', 'handleError', 'supports', 'getChannel', 'dispose'] as const;

function inside(made: object): ClientInside {
  const lacking = MEMBERS.find((name) => typeof (made as Partial<ClientInside>)[name] !== 'function');
  if (lacking) throw new Error(`this version of @eventstore/db-client has no ${lacking}; install 6.2.1`);
  return made as ClientInside;
}

let made = 0;
/**
 * Clients of a process share a connection, with the 100 streams that it has, and a frozen one too, unless some option of it differs: the interval of
 * its checks does, by a few milliseconds.
 */
function onItsOwn(url: string): string {
  const more = made++ % 1_000;
  const given = /([?&]keepAliveInterval=)(-?\d+)/i.exec(url);
  if (given && Number(given[2]) < 0) return url;
  if (given) return url.replace(given[0], `${given[1]}${Number(given[2]) + more}`);
  return `${url}${url.includes('?') ? '&' : '?'}keepAliveInterval=${10_000 + more}`;
}

/** Each is a stream of HTTP/2, of which a connection has about 100: what is more would wait unseen until its deadline. */
const READS_AT_ONCE = 48;

/** So many deadlines in a row, and the node is taken for frozen: the client would keep to it. */
const DEADLINES = 3;

export interface CallOptions {
  /** Rejected by a node that does not lead, so that nothing stale is read. */
  readonly leader: boolean;
  /** None: for as long as the connection is alive, which is checked every 10 s. */
  readonly deadlineMs?: number;
}

export interface Connection {
  /** Where the server is, without credentials. */
  readonly server: string;
  streams(): Promise<Streams>;
  callArguments(options: CallOptions): CallArguments;
  hasBatchAppend(): Promise<boolean>;
  /** Bounds the reads under way. */
  readonly reading: ReturnType<typeof createSemaphore>;
  /** Another node is connected to where this one is gone, frozen or not the leader. */
  failed(streams: Streams | undefined, error: unknown): Promise<void>;
  answered(): void;
  /** When anything was answered, by `performance.now()`. */
  answeredAt(): number;
  /** The header `date` of an answer. */
  sawDate(date: string | undefined): void;
  /** By how much the clock here is ahead of that of the server, within a second. */
  aheadMs(): number;
  close(): Promise<void>;
}

/** @throws EventLogUnavailable for a connection string that is none, and for a file of certificates that is not there */
export function openConnection(url: string): Connection {
  const server = /:\/\/(?:[^@/?]*@)?([^/?#]+)/.exec(url)?.[1] ?? 'an unnamed host';
  let current = connect();
  let latest: Streams | undefined;
  let deadlines = 0;
  let answeredAt = 0;
  let aheadMs = 0;
  const connected = new WeakSet<ClientInside>();

  function connect(): ClientInside {
    try {
      return inside(client.EventStoreDBClient.connectionString(onItsOwn(url)) as EventStoreDBClient);
    } catch (error) {
      const reason = (error as Error).message.split('\n')[0]!.replaceAll(url, '…');
      throw new EventLogUnavailable(`EVENT_LOG_URL for EventStoreDB at ${server} cannot be used: ${reason}`, { cause: error });
    }
  }

  async function dispose(old: ClientInside): Promise<void> {
    await old.dispose();
    // Whoever asks for the channel where there is none makes the client look for a node.
    if (!connected.has(old)) return;
    await old.getChannel().then(
      (channel) => channel.close(),
      () => undefined,
    );
  }

  async function replace(): Promise<void> {
    const old = current;
    current = connect();
    deadlines = 0;
    await dispose(old);
  }

  return {
    server,
    async streams() {
      const asked = current;
      const streams = await asked.getGRPCClient(services.StreamsClient, 'letopis');
      connected.add(asked);
      if (asked === current) latest = streams;
      return streams;
    },
    callArguments: ({ leader, deadlineMs }) =>
      current.callArguments(
        { requiresLeader: leader },
        { deadline: deadlineMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + deadlineMs },
      ),
    async hasBatchAppend() {
      const asked = current;
      try {
        return await asked.supports(services.StreamsService.batchAppend);
      } catch (error) {
        // The client would answer with this error for ever.
        if (asked === current) await replace();
        throw unavailable(error, server);
      }
    },
    reading: createSemaphore(READS_AT_ONCE),
    async failed(streams, error) {
      // Of a node that was given up already.
      if (streams && streams !== latest) return;
      deadlines = failureOf(error) === 'deadline' ? deadlines + 1 : 0;
      if (deadlines >= DEADLINES) await replace();
      else if (streams) await current.handleError(streams, error).catch(() => undefined);
    },
    answeredAt: () => answeredAt,
    answered() {
      answeredAt = performance.now();
      deadlines = 0;
    },
    sawDate(date) {
      const serverMs = Date.parse(date ?? '');
      if (!Number.isNaN(serverMs)) aheadMs = Date.now() - serverMs;
    },
    aheadMs: () => aheadMs,
    close: () => dispose(current),
  };
}
