import { EventLogUnavailable } from '#event-log/event-log.js';
import { EventLogWrittenElsewhere } from '#event-log/written-elsewhere.js';
import { AccessLogUnavailable } from '#platform/access-log/access-log-store.js';
import { FingerprintKeyMissing } from '#platform/commands/fingerprints.js';
import { ConfigurationError, variables } from '#platform/configuration/configuration.js';
import { KeyStoreUnavailable } from '#platform/identity/key-store.js';
import { RejectedRowsUnavailable } from '#platform/imports/rejected-rows.js';
import { LogNotEncrypted } from '#platform/privacy/encrypt-log.js';
import { KeptOutsideMissing, KeptOutsideUnavailable } from '#privacy/kept-outside/kept-outside.js';
import { SubjectKeysMissing, SubjectKeysUnavailable } from '#privacy/keys/subject-key-store.js';
import { MasterKeyMissing, MasterKeyUnavailable } from '#privacy/master-keys/master-keys.js';
import { ReadModelsUnavailable } from '#read-models/errors.js';
import { tightenData } from '#sqlite';
import { inSentence } from '../sink/problem-sentence.js';
import { CliError } from './cli-error.js';
import { type ExitCode, exitCode } from './exit-code.js';
import { say } from './output.js';

/** Runs the action of a command, after it has closed the folder of data to others: errors become one sentence and an exit code, stacks only with LETOPIS_DEBUG. */
export function action<Arguments extends readonly unknown[]>(work: (...given: Arguments) => Promise<ExitCode | undefined>) {
  return async (...given: Arguments): Promise<void> => {
    try {
      tightenData(process.env.LETOPIS_DATA || variables.LETOPIS_DATA.default);
      process.exitCode = (await work(...given)) ?? exitCode.ok;
    } catch (error) {
      const { message, exit } = await told(error);
      say(`letopis: ${message}`);
      if (process.env.LETOPIS_DEBUG) console.error(error);
      process.exitCode = exit;
    }
  };
}

async function told(error: unknown): Promise<{ readonly message: string; readonly exit: ExitCode }> {
  if (error instanceof CliError) return { message: error.message, exit: error.exit };
  if (error instanceof ConfigurationError) return { message: error.message, exit: exitCode.usage };
  if (error instanceof LogNotEncrypted) return { message: error.message, exit: exitCode.notEncrypted };
  if (error instanceof FingerprintKeyMissing)
    return { message: `${error.message} Restore the key store that belongs to this log.`, exit: exitCode.unavailable };
  if (
    error instanceof KeptOutsideMissing ||
    error instanceof KeptOutsideUnavailable ||
    error instanceof MasterKeyMissing ||
    error instanceof MasterKeyUnavailable ||
    error instanceof SubjectKeysMissing ||
    error instanceof SubjectKeysUnavailable ||
    error instanceof RejectedRowsUnavailable
  )
    return { message: error.message, exit: exitCode.unavailable };
  if (
    error instanceof EventLogUnavailable ||
    error instanceof ReadModelsUnavailable ||
    error instanceof KeyStoreUnavailable ||
    error instanceof AccessLogUnavailable
  )
    return { message: withWayOut(error), exit: exitCode.unavailable };
  const { code, message, path } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return {
      message: `${message.replace(/^listen EADDRINUSE: /, '')}; stop the other program, or set PORT to a free port`,
      exit: exitCode.unavailable,
    };
  if (code === 'ENOSPC')
    return {
      message: `no space left on the disk of ${path ?? 'the data folder'}; free some space and run the same command again`,
      exit: exitCode.unavailable,
    };
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM')
    return { message: `this user has no permission to write ${path ?? 'the data folder'} (${code})`, exit: exitCode.unavailable };
  const { problemOf } = await import('#platform/problems/problem-of.js');
  const { details, ours } = problemOf(error);
  return ours
    ? { message: `internal error: ${message} (LETOPIS_DEBUG=1 prints the stack)`, exit: exitCode.unavailable }
    : { message: inSentence(details), exit: exitCode.usage };
}

const withWayOut = (error: Error) =>
  error instanceof EventLogWrittenElsewhere
    ? `${error.reason}; stop it, or use it with --server http://127.0.0.1:3000 --key …`
    : error.message;
