import { type ExitCode, exitCode } from './exit-code.js';

/** Ends the process. The message is one sentence for a person: what, where, and what would be right. */
export class CliError extends Error {
  override readonly name = 'CliError';
  constructor(
    message: string,
    readonly exit: ExitCode = exitCode.usage,
  ) {
    super(message);
  }
}

/** Whether the log could not be opened because another process writes it. */
export const isWrittenElsewhere = ({ message }: Error): boolean => /being written by process/.test(message);

export const unavailable = (message: string) => new CliError(message, exitCode.unavailable);
