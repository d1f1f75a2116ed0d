import { type DestinationStream, type Logger, pino } from 'pino';
import type { LogLevel } from '../configuration/configuration.js';
import { isoNow } from '../time/iso-now.js';

export type { Logger } from 'pino';

/**
 * JSON lines. What is logged is chosen member by member, so nothing personal gets in: never a body, a query string, a raw URL
 * or a token. Messages of unexpected errors are kept, for their cause would be lost otherwise; ours never quote what was sent.
 */
export const createLogger = (level: LogLevel, destination?: DestinationStream): Logger =>
  pino(
    { level, base: { pid: process.pid }, timestamp: () => `,"time":"${isoNow()}"` },
    destination ?? pino.destination({ fd: 1, sync: false, minLength: 16_000, periodicFlush: 200 }),
  );

/** Writes out what is buffered; quiet where the destination is gone. */
export const flushLogger = (logger: Logger): Promise<void> =>
  new Promise((resolve) => {
    logger.flush(() => resolve());
  });
