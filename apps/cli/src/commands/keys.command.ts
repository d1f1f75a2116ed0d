import type { Command } from 'commander';
import { EventLogUnavailable, mustBeUnderstood, openEventLog } from '#event-log';
import { DerivedIdsNotLost, derivedIdsIn, newDerivation } from '#platform/commands/derived-ids.js';
import { fingerprintSecretIn } from '#platform/commands/fingerprints.js';
import { readConfiguration } from '#platform/configuration/configuration.js';
import { withoutLost } from '#platform/events/current-events.js';
import { roles } from '#platform/identity/identity.js';
import { type ApiKeyStore, isTeam, KeyStoreUnavailable, TEAM_FORM } from '#platform/identity/key-store.js';
import { openKeyStore } from '#platform/identity/open-key-store.js';
import { curator, NO_CURATOR, type Role, statusOf, streamOf } from '#relationship';
import { eventRegistry } from '../chronicle/open-chronicle.js';
import { keysMustExist, mustExist, openIfThere } from '../chronicle/open-for-reading.js';
import { CliError } from '../terminal/cli-error.js';
import { type ExitCode, exitCode } from '../terminal/exit-code.js';
import { printJson, printLine, say } from '../terminal/output.js';
import { action } from '../terminal/run-command.js';
import { printTable } from '../terminal/table.js';
import { minute } from '../views/table-of.js';

interface CreateOptions {
  readonly role: string;
  readonly actor: string;
  readonly team?: string;
  readonly name: string;
  readonly json?: boolean;
}

export function define(keys: Command): void {
  keys.description('API keys of the HTTP API. Works beside a running server.').addHelpText(
    'after',
    `
Examples:
  letopis keys create --role supervisor --actor anna --name "Anna's laptop"
  letopis keys list
  letopis keys revoke 1f0c2a9b8d7e6f50`,
  );
  keys
    .command('create')
    .description('Create a key. Its token is printed on standard output and cannot be shown again.')
    .requiredOption('--role <role>', `one of ${roles.join(', ')}`)
    .requiredOption('--actor <id>', 'id of the curator, supervisor, customer or service that uses the key')
    .option('--team <name>', 'team of the supervisor, whose key then reaches only customers of its curators')
    .option('--name <text>', 'what the key is for', '')
    .option('--json', 'print id and token as JSON')
    .addHelpText('after', '\nExample:\n  letopis keys create --role service --actor web-shop --name "orders of the web shop"')
    .action(action((options: CreateOptions) => withStore((store) => create(store, options))));
  keys
    .command('list')
    .description('List all keys, including revoked ones, without their tokens.')
    .option('--json', 'print as JSON')
    .addHelpText('after', '\nExample:\n  letopis keys list --json')
    .action(action((options: { json?: boolean }) => withKeys((store) => list(store, options.json ?? false))));
  keys
    .command('revoke <id>')
    .description('Revoke a key immediately and permanently.')
    .addHelpText('after', '\nExample:\n  letopis keys revoke 1f0c2a9b8d7e6f50')
    .action(action((id: string) => withKeys((store) => revoke(store, id))));
  keys
    .command('new-derivation')
    .description(
      'Replace the secret for derived ids, only if it is lost. From then on imports do not recognise what was imported before: they create these customers again, under other ids. Stop the API first.',
    )
    .requiredOption('--reason <text>', 'why the former secret is not used any more, without names; recorded as an event')
    .addHelpText('after', '\nExample:\n  letopis keys new-derivation --reason "disk of the key store lost"')
    .action(action(({ reason }: { reason: string }) => replaceDerivation(reason)));
}

async function withKeys(work: (store: ApiKeyStore) => Promise<ExitCode>): Promise<ExitCode> {
  keysMustExist(readConfiguration(process.env));
  return withStore(work);
}

async function withStore(work: (store: ApiKeyStore) => Promise<ExitCode>): Promise<ExitCode> {
  const store = openKeyStore(readConfiguration(process.env).keyStoreUrl);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

async function create(store: ApiKeyStore, { role, actor, team, name, json }: CreateOptions): Promise<ExitCode> {
  if (!roles.some((known) => known === role)) throw new CliError(`--role must be one of ${roles.join(', ')}, not ${JSON.stringify(role)}`);
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(actor))
    throw new CliError(
      '--actor must be an opaque id of 1 to 64 letters, digits, hyphens and underscores, not an e-mail address or a name with spaces',
    );
  if (role === 'curator' && actor === NO_CURATOR)
    throw new CliError(`--actor must not be ${NO_CURATOR}, which means "without a curator" in filters`);
  if (role === 'curator' && (await hasLeft(actor)))
    throw new CliError(`curator ${actor} has left; register the curator again before creating a key`);
  if (team !== undefined && role !== 'supervisor') throw new CliError('--team is for keys of the role supervisor only');
  if (team !== undefined && !isTeam(team)) throw new CliError(`--team must be ${TEAM_FORM}`);
  // The API may have no right to make it. Before the key, as the token of a key that was made has to be printed.
  await fingerprintSecretIn(store);
  await chooseDerivedIds(store).catch((error: unknown) => {
    if (!(error instanceof EventLogUnavailable || error instanceof KeyStoreUnavailable)) throw error;
    say(error.message);
  });
  const { record, token } = await store.create({
    role: role as Role,
    actorId: actor,
    ...(team !== undefined && { team }),
    name,
    now: new Date().toISOString(),
  });
  if (json) await printJson({ id: record.id, role: record.role, actorId: record.actorId, token });
  else {
    say(`Key ${record.id} for ${record.role} ${record.actorId}; store the token, it cannot be shown again:`);
    await printLine(token);
  }
  return exitCode.ok;
}

/** A chronicle that is not there yet is an empty one. */
async function chooseDerivedIds(store: ApiKeyStore): Promise<void> {
  const log = await openIfThere(readConfiguration(process.env));
  try {
    await derivedIdsIn(store, log);
  } finally {
    await log?.close();
  }
}

async function replaceDerivation(reason: string): Promise<ExitCode> {
  if (reason.trim() === '' || reason.length > 500) throw new CliError('--reason must be a text of 1 to 500 characters');
  const configuration = readConfiguration(process.env);
  mustExist(configuration);
  const log = await openEventLog(configuration.eventLogUrl, { registry: eventRegistry() });
  try {
    await newDerivation(configuration.keyStoreUrl, log, reason);
  } catch (error) {
    throw error instanceof DerivedIdsNotLost ? new CliError(error.message) : error;
  } finally {
    await log.close();
  }
  say(
    'Ids are derived under a new secret from now on. What was imported before is not recognised: the same rows create customers again, and a ' +
      'command with an earlier idempotency key or source is executed again.',
  );
  return exitCode.ok;
}

/** Keys may be made before there is a chronicle, and for a curator who is not registered yet. */
async function hasLeft(curatorId: string): Promise<boolean> {
  const log = await openIfThere(readConfiguration(process.env));
  if (!log) return false;
  try {
    const { reference } = curator;
    let curators = reference.initial;
    for await (const batch of log.readStream(streamOf(curator, curatorId)))
      for (const event of batch.map(withoutLost)) {
        mustBeUnderstood(event);
        if (reference.types.includes(event.type)) curators = reference.apply(curators, event);
      }
    return statusOf(curators, curatorId, new Date().toISOString()) === 'departed';
  } finally {
    await log.close();
  }
}

async function list(store: ApiKeyStore, json: boolean): Promise<ExitCode> {
  const records = await store.list();
  if (json) await printJson(records);
  else
    await printTable(
      ['id', 'role', 'actor', 'team', 'name', 'created', 'revoked'],
      records.map((key) => [key.id, key.role, key.actorId, key.team ?? '', key.name, minute(key.created), minute(key.revoked)]),
    );
  return exitCode.ok;
}

async function revoke(store: ApiKeyStore, id: string): Promise<ExitCode> {
  if (!(await store.revoke(id, new Date().toISOString())))
    throw new CliError(`unknown key ${JSON.stringify(id)}; \`letopis keys list\` lists all`);
  say(`Key ${id} is revoked.`);
  return exitCode.ok;
}
