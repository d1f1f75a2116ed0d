import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Collection, Db } from 'mongodb';
import { ReadModelsHeld } from '../errors.js';
import { LEASE } from './layout.js';

interface LaidLease {
  readonly _id: 'projector';
  /** A store, or a group of them; null once it was given back. */
  readonly owner: string | null;
  /** For people. */
  readonly holder: string;
  /** Grows while the owner lives: a number, so that nobody's clock matters. */
  readonly heartbeat: number;
}

export interface Lease {
  /** @throws ReadModelsHeld */
  hold(group?: string): Promise<void>;
  /** Before every write. @throws ReadModelsHeld where it was held and is no longer */
  check(): Promise<void>;
  release(): Promise<void>;
}

type Use = <Result>(work: (db: Db) => Promise<Result>, limitMs?: number) => Promise<Result>;

/** Without a heartbeat for so long, the lease is another's to take. */
const LEASE_MS = 15_000;

/**
 * One owner of the views of a database. Its heartbeat shows the others that it lives. It stops writing on its own once it has not been able
 * to renew the lease for four fifths of the time after which another takes it.
 */
export function createLease(use: Use, leaseMs = LEASE_MS): Lease {
  const me = randomUUID();
  const heartbeatMs = leaseMs / 8;
  let owner: string | undefined;
  let validUntil = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;

  const leases = (db: Db): Collection<LaidLease> => db.collection<LaidLease>(LEASE);
  const find = () => use((db) => leases(db).findOne({ _id: 'projector' }));

  function heldFrom(start: number): true {
    validUntil = start + leaseMs * 0.8;
    return true;
  }

  /** Takes it as it was found; false when somebody else was quicker. */
  async function take(found: LaidLease | null, as: string, holder: string): Promise<boolean> {
    const start = performance.now();
    const next = { owner: as, holder, heartbeat: (found?.heartbeat ?? 0) + 1 };
    try {
      if (!found) await use((db) => leases(db).insertOne({ _id: 'projector', ...next }));
      else if ((await use((db) => leases(db).updateOne(found, { $set: next }))).matchedCount === 0) return false;
      return heldFrom(start);
    } catch (error) {
      const DUPLICATE = 11_000;
      if ((error as { readonly code?: unknown }).code === DUPLICATE) return false;
      throw error;
    }
  }

  async function renew(as: string): Promise<boolean> {
    const start = performance.now();
    const beat = (db: Db) => leases(db).updateOne({ _id: 'projector', owner: as }, { $inc: { heartbeat: 1 } });
    const renewed = await use(beat, leaseMs);
    return renewed.matchedCount === 1 && heldFrom(start);
  }

  /** Whether its owner gives no sign of life for as long as it takes. */
  async function isAbandoned({ owner: other, heartbeat }: LaidLease): Promise<boolean> {
    for (const end = performance.now() + leaseMs; performance.now() < end; ) {
      await sleep(heartbeatMs / 2);
      const now = await find();
      if (now?.owner !== other || now.heartbeat !== heartbeat) return false;
    }
    return true;
  }

  const heldByAnother = async () => new ReadModelsHeld((await find())?.holder ?? 'another process');
  const isValid = () => performance.now() < validUntil;

  return {
    async hold(group) {
      const as = group ?? me;
      if (owner === as && isValid()) return;
      if (!(await renew(as))) {
        const found = await find();
        const holder = group === undefined ? `process ${process.pid} on ${hostname()}` : `the projectors of ${group}`;
        const isFree = !found || found.owner === null || (await isAbandoned(found));
        if (!isFree || !(await take(found, as, holder))) throw await heldByAnother();
      }
      owner = as;
      // What fails now is tried again, and found out by whoever writes.
      timer ??= setInterval(() => void renew(as).catch(() => undefined), heartbeatMs).unref();
    },

    async check() {
      if (owner === undefined || isValid() || (await renew(owner))) return;
      throw await heldByAnother();
    },

    async release() {
      clearInterval(timer);
      if (owner !== me) return;
      await use((db) => leases(db).updateOne({ _id: 'projector', owner: me }, { $set: { owner: null } }));
    },
  };
}
