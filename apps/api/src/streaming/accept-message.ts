import { type CommandService, type Logger, problemOf } from '#platform';
import type { InboundMessage, InboundOutcome } from '#streaming';
import { inboundCommand } from './inbound-command.js';

interface Parts {
  readonly execute: CommandService['execute'];
  readonly logger: Logger;
  /** Bytes. */
  readonly bodyLimit: number;
}

/** Executes what a message asks for, as a request over HTTP would be; what HTTP answers with a `Retry-After` is tried again here. */
export const createMessageAcceptor =
  ({ execute, logger, bodyLimit }: Parts) =>
  async (message: InboundMessage): Promise<InboundOutcome> => {
    try {
      const { replayed } = await execute(inboundCommand(message, bodyLimit));
      return { kind: replayed ? 'duplicate' : 'accepted' };
    } catch (error) {
      const { details, retryAfter, ours } = problemOf(error);
      if (retryAfter !== undefined) return { kind: 'unavailable', reason: details };
      if (ours) logger.error({ err: error, offset: message.offset }, 'a message over Kafka failed');
      return { kind: 'rejected', reason: details };
    }
  };
