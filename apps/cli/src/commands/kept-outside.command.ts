import type { Command } from 'commander';
import { openEventLog } from '#event-log';
import { readConfiguration } from '#platform/configuration/configuration.js';
import { initKeptOutside } from '#platform/privacy/begin-kept-outside.js';
import { openKeysAlone } from '#platform/privacy/open-subject-keys.js';
import { eventRegistry } from '../chronicle/open-chronicle.js';
import { mustExist } from '../chronicle/open-for-reading.js';
import { CliError } from '../terminal/cli-error.js';
import { type ExitCode, exitCode } from '../terminal/exit-code.js';
import { say } from '../terminal/output.js';
import { action } from '../terminal/run-command.js';

export function define(keptOutside: Command): void {
  keptOutside
    .description(
      'The store of erasures outside of backups (KEPT_OUTSIDE_URL). It is created at the first start and never restored from a backup.',
    )
    .addHelpText('after', '\nExample:\n  letopis kept-outside init --reason "disk of the former store lost"');
  keptOutside
    .command('init')
    .description(
      'Replace a store that is lost: record the erasures of the log in a new one, or in the one that KEPT_OUTSIDE_URL names. Stop the API first.',
    )
    .requiredOption('--reason <text>', 'why the former store is not used any more, without names; recorded as an event')
    .addHelpText('after', '\nExample:\n  letopis kept-outside init --reason "disk of the former store lost"')
    .action(action(({ reason }: { reason: string }) => init(reason)));
}

async function init(reason: string): Promise<ExitCode> {
  if (reason.trim() === '' || reason.length > 500) throw new CliError('--reason must be a text of 1 to 500 characters');
  const configuration = readConfiguration(process.env);
  mustExist(configuration);
  const { subjectKeys, eventLogUrl } = configuration;
  const log = await openEventLog(eventLogUrl, { registry: eventRegistry() });
  try {
    const keys = await openKeysAlone(subjectKeys);
    try {
      const { id, erasures } = await initKeptOutside({ log, keys, url: subjectKeys.keptOutsideUrl }, reason);
      say(`The log and the key store belong to the store ${id} at ${subjectKeys.keptOutsideUrl} now; it holds ${erasures} erasures.`);
      return exitCode.ok;
    } finally {
      await keys.close();
    }
  } finally {
    await log.close();
  }
}
