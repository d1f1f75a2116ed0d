import { type CommandService, type Logger, type Metrics, problemOf } from '#platform';
import type { InboundMessage, InboundOutcome } from '#streaming';
import { ExecuteCommand, ExecuteCommandHandler } from '../commands/execute-command.js';
import { inboundCommand } from './inbound-command.js';

interface Parts {
  readonly commands: CommandService;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Bytes. */
  readonly bodyLimit: number;
}

/** Executes what a message asks for, as a request over HTTP would be; what HTTP answers with a `Retry-After` is tried again here. */
export const createMessageAcceptor = ({ commands, metrics, logger, bodyLimit }: Parts) => {
  const handler = new ExecuteCommandHandler(commands, metrics);
  return async (message: InboundMessage): Promise<InboundOutcome> => {
    try {
      const { replayed } = await handler.execute(new ExecuteCommand(inboundCommand(message, bodyLimit)));
      return { kind: replayed ? 'duplicate' : 'accepted' };
    } catch (error) {
      const { details, retryAfter, ours } = problemOf(error);
      if (retryAfter !== undefined) return { kind: 'unavailable', reason: details };
      if (ours) logger.error({ err: error, offset: message.offset }, 'a message over Kafka failed');
      return { kind: 'rejected', reason: details };
    }
  };
};
