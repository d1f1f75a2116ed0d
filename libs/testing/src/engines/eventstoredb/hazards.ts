import type { Appended } from './event-store.js';
import { type Failure, timedOut } from './failure.js';
import { destroyConnection, resetStream } from './protocol.js';

export interface Leader {
  readonly host: string;
  readonly port: number;
}

/** What becomes of an append. «Written» ones are on disk although the client learns nothing of it. */
export type AppendHazard =
  | 'unanswered'
  | 'unanswered, written'
  | 'connection lost'
  | 'connection lost, written'
  | 'commit phase timeout'
  | 'commit phase timeout, written';

/** An open call of a subscription. */
export interface OpenSubscription {
  fail(failure: Failure): void;
  /** Ends the call with status OK. */
  end(): void;
  readonly call: object;
}

export type Hazards = ReturnType<typeof createHazards>;

/** Trouble on demand, from within a test: a real server plays it when it wants to. */
export function createHazards() {
  const appends: AppendHazard[] = [];
  const subscriptions = new Set<OpenSubscription>();
  const failures: Failure[] = [];
  const reads: Failure[] = [];
  let looked = 0;
  let leader: Leader | undefined;
  let clockAheadMs = 0;
  const never = () => new Promise<never>(() => undefined);

  return {
    // For tests.
    /** What becomes of the next appends, one after another. */
    nextAppends: (...next: readonly AppendHazard[]) => void appends.push(...next),
    /** Drops every subscription as one that takes live events too slowly. */
    dropSubscriptions: () => forAll((one) => one.fail(tooSlow())),
    /** Ends every subscription without an error. */
    endSubscriptions: () => forAll((one) => one.end()),
    /** Ends every subscription by RST_STREAM, as a server that is stopped does. */
    async resetSubscriptions(): Promise<void> {
      await Promise.all([...subscriptions].map(({ call }) => resetStream(call)));
    },
    /** The next reads fail so, one after another. */
    nextReads: (...next: readonly Failure[]) => void reads.push(...next),
    /** How many events of $all reads have looked at. */
    lookedAt: () => looked,
    /** The next question for the capabilities of the server fails so. */
    failCapabilities: (failure: Failure) => void failures.push(failure),
    /**
     * From now on this node follows another one, or leads again. It rejects what requires the leader; other appends it writes down
     * itself, where a real one forwards them.
     */
    follow(other: Leader | undefined): void {
      leader = other;
    },
    /** From now on the date of answers to reads is so far ahead of the clock. */
    setClock(aheadMs: number): void {
      clockAheadMs = aheadMs;
    },

    // For the server.
    /** Undefined where HTTP sends it anyway. */
    date: () => (clockAheadMs === 0 ? undefined : new Date(Date.now() + clockAheadMs).toUTCString()),
    leader: () => leader,
    subscriptions,
    nextReadFailure: () => reads.shift(),
    looks: () => void looked++,
    nextCapabilitiesFailure: () => failures.shift(),
    async append(call: object, commit: () => Promise<Appended>): Promise<Appended> {
      const hazard = appends.shift();
      if (hazard === undefined) return commit();
      if (hazard.endsWith('written')) await commit();
      if (hazard.startsWith('commit phase timeout')) throw timedOut('Commit phase timeout.');
      if (hazard.startsWith('connection lost')) destroyConnection(call);
      return never();
    },
  };

  function forAll(act: (one: OpenSubscription) => void): void {
    for (const one of [...subscriptions]) act(one);
  }
}

export const tooSlow = () => timedOut('Consumer too slow to handle event while live. Client resubscription required.');
