import { type NextTry, persistently } from '#async';
import { faultOf, type StreamingLogger } from './kafka.js';

export const PAUSES = { firstMs: 500, longestMs: 30_000 };

export interface Interruptions {
  readonly logger: StreamingLogger;
  /** As the log names it. */
  readonly name: string;
  readonly topic: string;
  /** What trying again would not mend is thrown. */
  isFinal(error: unknown): boolean;
  /** Called before each pause with what hinders. */
  readonly onInterrupted?: ((fault: Error) => void) | undefined;
}

/** Logs what hinders before each pause. */
export const interrupted =
  ({ logger, name, topic, isFinal, onInterrupted }: Interruptions) =>
  (error: unknown, next: NextTry): void => {
    if (isFinal(error)) throw error;
    const fault = faultOf(error) as Error;
    onInterrupted?.(fault);
    logger.error({ error: fault.name, reason: fault.message, topic, ...next }, `${name} interrupted; it resumes where it stopped`);
  };

/**
 * Does the work, which ends by the signal, and restarts it, after pauses that grow, whenever it breaks.
 * @param work calls what it is given whenever it gets on: then the next pause is the first again
 */
export const keepTrying = (
  work: (gettingOn: () => void) => Promise<void>,
  { signal, ...interruptions }: Interruptions & { readonly signal: AbortSignal },
): Promise<void> =>
  persistently(work, signal, interrupted(interruptions), PAUSES).catch((error) => {
    if (!signal.aborted || interruptions.isFinal(error)) throw error;
  });
