import type { Command } from 'commander';
import type { EventLogAdapter } from '#event-log';
import { type Configuration, readConfiguration } from '#platform/configuration/configuration.js';
import { topicPrefix, withoutPassword } from '#platform/configuration/variables.js';
import { openLogEncryption } from '#platform/privacy/encrypt-log.js';
import { fileOf, isThere } from '../chronicle/open-for-reading.js';
import { moveLog } from '../moving/move-log.js';
import { CliError, unavailable } from '../terminal/cli-error.js';
import { type ExitCode, exitCode } from '../terminal/exit-code.js';
import { say } from '../terminal/output.js';
import { action } from '../terminal/run-command.js';

interface EncryptLogOptions {
  readonly from?: string;
  readonly to: string;
  readonly topicPrefix?: string;
  readonly quiet: string;
}

const help = `
Copies a log of before personal data was encrypted into a new, encrypted one: the personal fields of each event are encrypted with the key
of its customer or curator, which is created in SUBJECT_KEYS_URL. Event ids, order and recorded times stay, and positions too from SQLite to
SQLite. Hashes are new. Commands sent again are recognized as before. Customers erased before get no key; their personal fields are not copied.

Every event of the copy is decrypted and compared with the source; then the source is closed with the event log-closed. It remains readable
and contains the personal data in plain text: destroy it. The target must be empty, or contain what an earlier run copied: run again, the
command continues. Until it has ended, no program starts on the target (exit code 78). Whoever is erased in the source meanwhile keeps no key.

With Kafka, events must be published again under another KAFKA_TOPIC_PREFIX, as their hashes change and the former topics may contain
personal data in plain text: --topic-prefix names it, and is required where KAFKA_BROKERS is set.

Examples:
  letopis encrypt-log --to sqlite:data/encrypted.sqlite
  letopis encrypt-log --from 'esdb://db.example:2113#letopis' --to 'esdb://db.example:2113#encrypted' --topic-prefix crm2`;

export function define(command: Command): void {
  command
    .description('Copy a log with personal data in plain text into a new, encrypted one.')
    .option('--from <url>', 'the log to encrypt (default: EVENT_LOG_URL)')
    .requiredOption('--to <url>', 'the encrypted log; empty, or the result of an earlier run')
    .option('--topic-prefix <prefix>', 'the KAFKA_TOPIC_PREFIX under which events are published again')
    .option('--quiet <seconds>', 'of a log with several writers: end when nothing was appended for so long', '60')
    .addHelpText('after', help)
    .action(action(encryptLog));
}

async function encryptLog({ from, to, topicPrefix: given, quiet }: EncryptLogOptions): Promise<ExitCode> {
  const configuration = readConfiguration(process.env);
  const prefix = newPrefix(given, configuration);
  const source = from ?? configuration.eventLogUrl;
  if (!isThere(source)) throw unavailable(`no event log found at ${fileOf(source)}; --from names the log to encrypt`);
  const encryption = await openLogEncryption(configuration.subjectKeys, (file) =>
    say(`created the master key ${file}: back it up, apart from the data folder`),
  );
  try {
    const code = await moveLog({
      ...{ by: 'encrypt-log', from: source, to, quiet },
      copyingOf: (log: EventLogAdapter) => encryption.copyingOf(log),
      finished: (before, after) => say(leftToDo(before, after, { configuration, prefix })),
    });
    if (code === exitCode.ok) await encryption.finished();
    return code;
  } finally {
    await encryption.close();
  }
}

/** @throws CliError where events would be published twice under one name, or nobody decided where */
function newPrefix(given: string | undefined, { kafka }: Configuration): string | undefined {
  if (given === undefined && kafka)
    throw new CliError(
      `KAFKA_BROKERS is set: give --topic-prefix, another one than ${kafka.topicPrefix}; the topics of that prefix may contain personal data in plain text, and all hashes change`,
    );
  if (given === undefined) return undefined;
  const read = topicPrefix(given);
  if ('problem' in read) throw new CliError(`--topic-prefix ${given}: ${read.problem}`);
  if (given === kafka?.topicPrefix) throw new CliError(`--topic-prefix ${given}: must be another one than KAFKA_TOPIC_PREFIX`);
  return read.value;
}

interface Settings {
  readonly configuration: Configuration;
  readonly prefix: string | undefined;
}

function leftToDo(from: string, to: string, { configuration: { kafka, readModelsUrl }, prefix }: Settings): string {
  const topics = `the topics of the former KAFKA_TOPIC_PREFIX${kafka ? ` (${kafka.topicPrefix}.*)` : ', if events were published to Kafka'}`;
  return [
    'The former log still contains personal data in plain text. Set, and start the API:',
    `  EVENT_LOG_URL=${withoutPassword(to)}`,
    `  KAFKA_TOPIC_PREFIX=${prefix ?? '<another one than before, if events were published to Kafka>'}`,
    'Then destroy:',
    `  the former log: ${placesOf(from)}`,
    `  the views built from it: ${placesOf(readModelsUrl)}; they are built again`,
    `  ${topics}`,
    '  all backups of these, and rejects files of imports',
  ].join('\n');
}

/** A database in SQLite is in several files. */
function placesOf(url: string): string {
  const file = fileOf(url);
  return file === undefined ? withoutPassword(url) : [file, `${file}-wal`, `${file}-shm`].join(', ');
}
