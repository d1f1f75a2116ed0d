import type { Command } from 'commander';
import { readConfiguration } from '#platform/configuration/configuration.js';
import { masterKeySource, openKeysAlone } from '#platform/privacy/open-subject-keys.js';
import { addMasterKey, readMasterKeys, type SubjectKeyStore } from '#privacy';
import { assertThere } from '../chronicle/open-for-reading.js';
import { CliError } from '../terminal/cli-error.js';
import { type ExitCode, exitCode } from '../terminal/exit-code.js';
import { printJson, say } from '../terminal/output.js';
import { action } from '../terminal/run-command.js';
import { printTable } from '../terminal/table.js';

/** Of one commit: others wait no longer for it. */
const AT_ONCE = 500;

export function define(masterKey: Command): void {
  masterKey
    .description('The master keys, which encrypt the keys of customers. Works beside running servers.')
    .addHelpText('after', '\nExamples:\n  letopis master-key list\n  letopis master-key rotate --new');
  masterKey
    .command('list')
    .description('List the known master keys and those that are needed, with the number of keys that each encrypts.')
    .option('--json', 'print as JSON')
    .addHelpText('after', '\nExample:\n  letopis master-key list')
    .action(action((options: { json?: boolean }) => withStore((store) => list(store, options.json ?? false))));
  masterKey
    .command('rotate')
    .description(
      'Encrypt all keys of customers with the current master key, the first one of MASTER_KEY. Interrupted, it continues when run again.',
    )
    .option('--new', 'first create a new master key in the file of MASTER_KEY; the former ones stay in it')
    .addHelpText('after', '\nExample:\n  letopis master-key rotate --new')
    .action(action((options: { new?: boolean }) => rotate(options.new ?? false)));
}

async function withStore(work: (store: SubjectKeyStore) => Promise<ExitCode>): Promise<ExitCode> {
  const { subjectKeys } = readConfiguration(process.env);
  assertThere(subjectKeys.url, (file) => `no keys of customers found at ${file}; set LETOPIS_DATA to their folder`);
  const store = await openKeysAlone(subjectKeys);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

async function list(store: SubjectKeyStore, json: boolean): Promise<ExitCode> {
  const { subjectKeys } = readConfiguration(process.env);
  const known = [masterKeySource(subjectKeys), ...(subjectKeys.formerMasterKeys ? [subjectKeys.formerMasterKeys] : [])];
  const ids = (await Promise.all(known.map(readMasterKeys))).flat().map(({ id }) => id);
  const counts = await store.masterKeys();
  const rows = [...new Set([...ids, ...counts.keys()])].map((id, index) => ({ id, current: index === 0, keys: counts.get(id) ?? 0 }));
  if (json) await printJson(rows);
  else
    await printTable(
      ['master key', 'encrypts', ''],
      rows.map(({ id, current, keys }) => [id, String(keys), current ? 'current' : '']),
    );
  return exitCode.ok;
}

async function rotate(makesNew: boolean): Promise<ExitCode> {
  if (makesNew) {
    const { subjectKeys } = readConfiguration(process.env);
    const file = /^file:(.+)$/s.exec(masterKeySource(subjectKeys))?.[1];
    if (file === undefined)
      throw new CliError(
        '--new requires MASTER_KEY=file:<path>; otherwise create the key where MASTER_KEY takes it from, give the former one in FORMER_MASTER_KEYS, and run `letopis master-key rotate`',
      );
    await withStore(async () => {
      addMasterKey(file);
      say(`A new master key was created in ${file}; back the file up.`);
      return exitCode.ok;
    });
  }
  return withStore(async (store) => {
    let done = 0;
    for (let some = await store.rewrap(AT_ONCE); some > 0; some = await store.rewrap(AT_ONCE)) {
      done += some;
      say(`${done} keys encrypted with the current master key`);
    }
    const id = await store.masterKeyId();
    say(
      done === 0
        ? `All keys are encrypted with the master key ${id} already; --new creates another one.`
        : `Done: the master key is ${id}.`,
    );
    return exitCode.ok;
  });
}
