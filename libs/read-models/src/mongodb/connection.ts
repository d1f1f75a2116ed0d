import { type ClientSession, type Db, MongoClient, MongoError } from 'mongodb';
import { ReadModelsUnavailable } from '../errors.js';

export interface Connection {
  /** Runs with the database; whatever hinders the engine is thrown as ReadModelsUnavailable. */
  use<Result>(work: (db: Db) => Promise<Result>): Promise<Result>;
  /** Undefined where the server knows no transactions: one that stands alone. */
  inTransaction(): Promise<(<Result>(work: (session: ClientSession) => Promise<Result>) => Promise<Result>) | undefined>;
  close(): Promise<void>;
}

/** How long a call waits for a server to appear before it fails. */
const PATIENCE_MS = 3_000;

/**
 * Connects when first used, and anew after the server was away.
 * @param url `mongodb://…/database` or `mongodb+srv://…/database`
 * @throws ReadModelsUnavailable when the URL is no such URL
 */
export function connectTo(url: string): Connection {
  const database = /^mongodb(?:\+srv)?:\/\/[^/]+\/([^?]+)/.exec(url)?.[1];
  if (database === undefined)
    throw new ReadModelsUnavailable('MongoDB is at mongodb://host:port/database: the name of the database is missing');
  const client = openClient(url);
  let transactions: boolean | undefined;
  let closed = false;

  async function use<Result>(work: (db: Db) => Promise<Result>): Promise<Result> {
    if (closed) throw new ReadModelsUnavailable('the read models are closed');
    try {
      return await work(client.db());
    } catch (error) {
      throw isFault(error) ? new ReadModelsUnavailable(`MongoDB at ${hostsOf(url)}: ${faultOf(error)}`, { cause: error }) : error;
    }
  }

  return {
    use,
    async inTransaction() {
      transactions ??= await use(isReplicated);
      if (!transactions) return undefined;
      return (work) => use(() => client.withSession((session) => session.withTransaction(() => work(session), inTransactions)));
    },
    async close() {
      closed = true;
      await client.close();
    },
  };
}

const inTransactions = { readConcern: { level: 'majority' }, writeConcern: { w: 'majority', j: true } } as const;

function openClient(url: string): MongoClient {
  try {
    return new MongoClient(url, {
      serverSelectionTimeoutMS: PATIENCE_MS,
      connectTimeoutMS: PATIENCE_MS,
      retryWrites: false,
      promoteLongs: true,
    });
  } catch (error) {
    throw new ReadModelsUnavailable(`the URL of MongoDB is not understood: ${(error as Error).message}`);
  }
}

/** `hello` where the server knows it; it names a set or, of a router, `isdbgrid`. */
async function isReplicated(db: Db): Promise<boolean> {
  const admin = db.admin();
  const answer = await admin.command({ hello: 1 }).catch(() => admin.command({ isMaster: 1 }));
  return answer.setName !== undefined || answer.msg === 'isdbgrid';
}

/** 11000 and the like are answers, not faults; what concerns the connection, the rights or the disk is one. */
const OUT_OF_DISK = 14031;
const UNAUTHORIZED = new Set<unknown>([13, 18]);
function isFault(error: unknown): error is MongoError {
  if (!(error instanceof MongoError)) return false;
  const { code } = error;
  return UNAUTHORIZED.has(code) || code === OUT_OF_DISK || /Network|Selection|NotConnected|Topology|Pool|Closed/.test(error.name);
}

function faultOf(error: MongoError): string {
  if (UNAUTHORIZED.has(error.code)) return 'the user or the password of the URL is not accepted, or may not use this database';
  return /Selection|Network/.test(error.name)
    ? `no server answers (${error.name})`
    : `${error.name}${error.code === undefined ? '' : ` ${error.code}`}`;
}

/** Never the user and the password. */
const hostsOf = (url: string): string => url.replace(/^.*?:\/\/(?:[^@/]*@)?/, '').replace(/[/?].*$/, '');
