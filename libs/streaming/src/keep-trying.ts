import { persistently } from '#async';
import { faultOf, type StreamingLogger } from './kafka.js';

const PAUSES = { firstMs: 500, longestMs: 30_000 };

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
  const failed = (error: unknown, next: object) => {
    if (isFinal(error)) throw error;
    const fault = faultOf(error) as Error;
    onInterrupted?.(fault);
    logger.error({ error: fault.name, reason: fault.message, topic, ...next }, `${name} interrupted; it resumes where it stopped`);
  };
  while (!signal.aborted)
    await persistently(work, signal, failed, PAUSES).catch((error) => {
      if (!signal.aborted || isFinal(error)) throw error;
    });
};
