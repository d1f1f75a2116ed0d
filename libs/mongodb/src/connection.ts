import type { ClientSession, Db, MongoClient } from 'mongodb';
import { driver } from './driver.js';

export interface Connection {
  /**
   * Runs with the database; whatever hinders the engine is thrown as the error of the port.
   * @param limitMs how long it may take, where that is not `answerWithinMs`; `Infinity` for what may take any time, as the building of an index
   */
  use<Result>(work: (db: Db) => Promise<Result>, limitMs?: number): Promise<Result>;
  /** Undefined where the server knows no transactions: one that stands alone. */
  inTransaction(): Promise<(<Result>(work: (session: ClientSession) => Promise<Result>) => Promise<Result>) | undefined>;
  close(): Promise<void>;
}

/** How long a call waits for a server to appear before it fails. */
const PATIENCE_MS = 3_000;
/** How long a server that is there may take to answer the driver's heartbeat: busy is not away. */
const HEARTBEAT_MS = 15_000;

export interface ConnectionOptions {
  /** The error that the port promises where its engine is out of reach. */
  readonly Unavailable: new (
    message: string,
    options?: ErrorOptions,
  ) => Error;
  /** How long an answer may take. A server may be up, answer its heartbeat and never answer one connection. */
  readonly answerWithinMs: number;
}

/**
 * Connects when first used, and again after the server was away.
 * @param url `mongodb://…/database` or `mongodb+srv://…/database`
 * @throws the error of the port when the URL is no such URL
 */
export function connectTo(url: string, { Unavailable, answerWithinMs }: ConnectionOptions): Connection {
  const database = /^mongodb(?:\+srv)?:\/\/[^/]+\/([^?]+)/.exec(url)?.[1];
  if (database === undefined) throw new Unavailable('the URL of MongoDB has no database name; use mongodb://host:port/database');
  let client = openClient();
  let transactions: boolean | undefined;
  let closed = false;

  async function use<Result>(work: (db: Db, client: MongoClient) => Promise<Result>, limitMs = answerWithinMs): Promise<Result> {
    if (closed) throw new Unavailable(`the connection to MongoDB at ${hostsOf(url)} is closed`);
    const used = client;
    try {
      const working = used.connect().then(() => work(used.db(), used));
      return await (limitMs === Number.POSITIVE_INFINITY ? working : within(limitMs, working));
    } catch (error) {
      if (error instanceof driver().MongoServerSelectionError || error instanceof NoAnswer) replace(used);
      throw isFault(error) ? new Unavailable(`MongoDB at ${hostsOf(url)}: ${faultOf(error)}`, { cause: error }) : error;
    }
  }

  /**
   * Who found no server starts over. A client that found none the first time never looks for one again; and where the connections to a
   * server are cut together, the driver (7.9) may ask whether it is back over one that is cut too, and wait for that to drain for ever.
   */
  function replace(lost: MongoClient): void {
    if (lost !== client || closed) return;
    client = openClient();
    void lost.close().catch(() => undefined);
  }

  function openClient(): MongoClient {
    try {
      return new (driver().MongoClient)(url, {
        serverSelectionTimeoutMS: PATIENCE_MS,
        connectTimeoutMS: HEARTBEAT_MS,
        retryWrites: false,
        promoteLongs: true,
      });
    } catch (error) {
      throw new Unavailable(`the URL of MongoDB is invalid:  ${(error as Error).message}`);
    }
  }

  return {
    use,
    async inTransaction() {
      transactions ??= await use(isReplicated);
      if (!transactions) return undefined;
      return (work) => use((_, client) => client.withSession((session) => session.withTransaction(() => work(session), inTransactions)));
    },
    async close() {
      closed = true;
      await client.close();
    },
  };
}

const inTransactions = { readConcern: { level: 'majority' }, writeConcern: { w: 'majority', j: true } } as const;

/** `hello` where the server knows it; it names a set or, of a router, `isdbgrid`. */
async function isReplicated(db: Db): Promise<boolean> {
  const admin = db.admin();
  const answer = await admin.command({ hello: 1 }).catch(() => admin.command({ isMaster: 1 }));
  return answer.setName !== undefined || answer.msg === 'isdbgrid';
}

/** Codes that are no answers but say who may not ask, that the disk is full, or that another server of the set is the primary now. */
const OUT_OF_DISK = 14031;
const UNAUTHORIZED = new Set<unknown>([13, 18]);
const NOT_SERVING = new Set<unknown>([91, 189, 10107, 11600, 11602, 13435, 13436]);

class NoAnswer extends Error {
  override readonly name = 'MongoNetworkTimeoutError';
}

/** The driver's own limits hold for one attempt each, and it makes several: asking a server that is silent took it half a minute. */
async function within<Result>(milliseconds: number, working: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswer(`no answer within ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([working, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** 11000 and the like are answers, not faults; what concerns the connection, the rights or the disk is one. */
function isFault(error: unknown): error is Fault {
  if (error instanceof NoAnswer) return true;
  const { MongoError, MongoBulkWriteError } = driver();
  if (!(error instanceof MongoError)) return isUnresolved(error);
  // Without an answer to any single write it was the connection that broke; the driver wraps that up.
  if (error instanceof MongoBulkWriteError && [error.writeErrors].flat().length === 0) return true;
  // Of whatever kind: a server that does not let us in does not serve us.
  if (error.hasErrorLabel('HandshakeError')) return true;
  const { code } = error;
  return (
    UNAUTHORIZED.has(code) ||
    NOT_SERVING.has(code) ||
    code === OUT_OF_DISK ||
    /Network|Selection|NotConnected|Topology|Pool|Closed/.test(error.name)
  );
}

type Fault = Error & { readonly code?: unknown };

/** The driver hands on as it is what the name service says of a `mongodb+srv` URL. */
const isUnresolved = (error: unknown): boolean =>
  /^query(Srv|Txt)$/.test(String((error as { readonly syscall?: unknown } | undefined)?.syscall));

function faultOf(error: Fault): string {
  if (UNAUTHORIZED.has(error.code)) return 'the user or the password of the URL is not accepted, or may not use this database';
  if (isUnresolved(error)) return `the host name cannot be resolved (${error.code})`;
  return /Selection|Network|Pool|Closed|BulkWrite/.test(error.name)
    ? `no server answers (${error.name})`
    : `${error.name}${error.code === undefined ? '' : ` ${error.code}`}`;
}

/** Never the user and the password. */
const hostsOf = (url: string): string => url.replace(/^.*?:\/\/(?:[^@/]*@)?/, '').replace(/[/?].*$/, '');
