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

export const noSuchCustomer = (customerId: string) =>
  new CliError(`unknown customer ${JSON.stringify(customerId)}; \`letopis views customers <name>\` finds them`, exitCode.partly);

export const unavailable = (message: string) => new CliError(message, exitCode.unavailable);
