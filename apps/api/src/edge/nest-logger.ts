import type { LoggerService } from '@nestjs/common';
import type { Logger } from '#platform';

/** What Nest itself has to say; its routine is of no interest. */
export const nestLogger = (logger: Logger): LoggerService => ({
  log: () => undefined,
  debug: () => undefined,
  verbose: () => undefined,
  warn: (message: unknown) => logger.warn({ from: 'nest' }, String(message)),
  error: (message: unknown) => logger.error({ from: 'nest' }, String(message)),
  fatal: (message: unknown) => logger.fatal({ from: 'nest' }, String(message)),
});
