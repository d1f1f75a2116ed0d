import { CheckpointMoved } from '#read-models/errors.js';
import { advanceLanes } from './advance-lanes.js';
import { coalesced, type Stretch } from './coalesced.js';
import type { LogNote } from './of-another-log.js';
import { persistently, reasonOf } from './persistently.js';
import { POLICY_PREFIX } from './policy-watch.js';
import { laneOf, type Running } from './running.js';

export interface Live {
  /** Feeds the lanes that answer until the projector stops. */
  run(): Promise<void>;
  /** Name of the error that holds it up. */
  stalledBy(): string | undefined;
}

const MAX_EVENTS = 4_000;
const PAUSE_MS = 25;

export function createLive(running: Running, note: LogNote, policyPublished: () => void): Live {
  const { log, store, policies, lanes, signal, turn, logger, onStalled } = running;
  let stalledBy: string | undefined;

  function failed(error: unknown): void {
    const { name } = error as Error;
    if (stalledBy === name) return;
    logger.error({ ...reasonOf(error), position: running.position }, 'projector stalled; trying again');
    stalledBy = name;
    onStalled(name);
  }

  /** For the next try. Servers keep no two projectors apart; the one that goes on when the other has ended must find its place. */
  async function goOnFromThere(error: unknown): Promise<never> {
    const moved = error instanceof CheckpointMoved ? [...lanes].find(([, { name }]) => name === error.projection) : undefined;
    if (moved) {
      const [view, lane] = moved;
      const ahead = await laneOf(running, lane.instance);
      if (ahead.checkpoint > lane.checkpoint) lanes.set(view, ahead);
    }
    throw error;
  }

  async function take({ events, head }: Stretch): Promise<void> {
    let published = false;
    for (const event of events) {
      if (!event.stream.startsWith(POLICY_PREFIX)) continue;
      try {
        published = policies.take(event) || published;
      } catch (error) {
        logger.error(
          { error: (error as Error).name, eventId: event.id },
          'policy event cannot be applied; views stay under the former policy',
        );
      }
    }
    const advance = async () => {
      await advanceLanes(store, [...lanes.values()], events, head).catch(goOnFromThere);
      running.position = head;
      await note.nowAndThen();
    };
    // Turns are given up between the tries, so that what holds it up can be repaired or replaced meanwhile.
    await persistently(() => turn(advance), signal, failed);
    if (stalledBy) {
      logger.info({ position: running.position }, 'projector goes on');
      stalledBy = undefined;
      onStalled(undefined);
    }
    if (published) policyPublished();
  }

  return {
    stalledBy: () => stalledBy,
    async run() {
      const follow = async () => {
        for await (const stretch of coalesced(log.subscribe({ after: running.position, signal }), MAX_EVENTS, PAUSE_MS)) {
          if (signal.aborted) return;
          await take(stretch);
        }
        if (!signal.aborted) throw new SubscriptionEnded();
      };
      await persistently(follow, signal, failed).catch((error) => {
        if (!signal.aborted) throw error;
      });
    },
  };
}

export class SubscriptionEnded extends Error {
  override readonly name = 'SubscriptionEnded';
}
