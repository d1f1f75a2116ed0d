import { setTimeout as sleep } from 'node:timers/promises';
import { faultOf, type StreamingLogger } from './kafka.js';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

export interface KeptTrying {
  readonly signal: AbortSignal;
  readonly logger: StreamingLogger;
  /** As the log names it. */
  readonly name: string;
  readonly topic: string;
  /** What trying again would not mend is thrown. */
  isFinal(error: unknown): boolean;
  /** Called before each pause with what hinders. */
  readonly onInterrupted?: (fault: Error) => void;
}

/**
 * Does the work until the signal, and begins it anew, after pauses that grow, whenever it breaks.
 * @param work calls what it is given whenever it gets on: then the next pause is the first again
 */
export const keepTrying = async (
  work: (gettingOn: () => void) => Promise<void>,
  { signal, logger, name, topic, isFinal, onInterrupted }: KeptTrying,
): Promise<void> => {
  let failures = 0;
  while (!signal.aborted) {
    try {
      await work(() => {
        failures = 0;
      });
    } catch (error) {
      if (isFinal(error)) throw error;
      if (signal.aborted) return;
      const waitMs = Math.min(FIRST_PAUSE_MS * 2 ** failures++, LONGEST_PAUSE_MS);
      const fault = faultOf(error) as Error;
      onInterrupted?.(fault);
      logger.error(
        { error: fault.name, reason: fault.message, topic, failures, waitMs },
        `${name} interrupted; it goes on where it left off`,
      );
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }
};
