import { persistently, reasonOf } from '#async';
import { followDurably } from '#event-log/follow-durably.js';
import { CheckpointMoved } from '#read-models/errors.js';
import { advanceShards, onceSubjectsAreFree, SubjectAwaited } from './advance-shards.js';
import { coalesced, type EventBatch } from './coalesced.js';
import type { LogFingerprint } from './log-fingerprint.js';
import { POLICY_PREFIX } from './policy-watch.js';
import type { Running } from './running.js';
import { withWholeCorrections } from './whole-corrections.js';

export interface Live {
  /** Feeds the shards that follow the log until the projector stops. */
  run(): Promise<void>;
  /** Name of the error that holds it up. */
  stalledBy(): string | undefined;
}

const MAX_EVENTS = 4_000;
/** Of a group: its stores are servers, where a commit of so many is long on its way. */
const MAX_EVENTS_OF_GROUP = 1_000;
const PAUSE_MS = 25;

/** @param changed called when a policy was published, or another projector has moved a shard */
export function createLive(running: Running, fingerprint: LogFingerprint, changed: () => void): Live {
  const { log, store, policies, subjects, shards, group, signal, turn, logger, onStalled } = running;
  let stalledBy: string | undefined;
  /** Of a commit that failed it is not known whether it is done, not at all, or by half. */
  let isUnsure = false;

  function failed(error: unknown): void {
    const { name } = error as Error;
    if (stalledBy === name) return;
    logger.error({ ...reasonOf(error), position: running.position }, 'projector stalled; retrying');
    stalledBy = name;
    onStalled(name);
  }

  /** Shards that another has moved are let go of, to be reopened at their checkpoints; the others continue. */
  function letGo(projection: string): boolean {
    logger.warn({ projection }, 'another projector moved this shard; releasing it');
    changed();
    return shards.delete(projection);
  }

  /** Asked for the checkpoint, the store finishes what has broken off. */
  async function settle(): Promise<void> {
    for (const { name, checkpoint } of [...shards.values()]) if ((await store.checkpoint(name)) !== checkpoint) letGo(name);
  }

  async function advance({ events, head }: EventBatch): Promise<void> {
    for (;;) {
      try {
        if (isUnsure) await settle();
        isUnsure = true;
        await advanceShards(store, [...shards.values()], events, head, running);
        isUnsure = false;
        running.position = head;
        return await fingerprint.nowAndThen();
      } catch (error) {
        // Everything that was committed until then is known here.
        if (error instanceof SubjectAwaited) isUnsure = false;
        if (!(error instanceof CheckpointMoved) || !letGo(error.projection)) throw error;
      }
    }
  }

  async function take(batch: EventBatch): Promise<void> {
    let published = false;
    let erased = false;
    for (const event of batch.events) {
      subjects.take(event);
      // Builds that are kept for a rollback are not fed.
      erased ||= event.type === 'customer-erased';
      if (!event.stream.startsWith(POLICY_PREFIX)) continue;
      try {
        published = policies.take(event) || published;
      } catch (error) {
        logger.error({ error: (error as Error).name, eventId: event.id }, 'policy event cannot be applied; views keep the previous policy');
      }
    }
    // Turns are given up between the tries, so that what holds it up can be repaired or replaced meanwhile.
    await persistently(() => onceSubjectsAreFree(() => turn(() => advance(batch)), signal), signal, failed);
    if (stalledBy) {
      logger.info({ position: running.position }, 'projector resumed');
      stalledBy = undefined;
      onStalled(undefined);
    }
    if (published || erased) changed();
  }

  return {
    stalledBy: () => stalledBy,
    async run() {
      const most = group ? MAX_EVENTS_OF_GROUP : MAX_EVENTS;
      await followDurably({
        after: running.position,
        items: (after) =>
          coalesced(withWholeCorrections(log, log.subscribe({ ...(after !== undefined && { after }), signal })), most, PAUSE_MS),
        take,
        failed,
        signal,
      });
    },
  };
}
