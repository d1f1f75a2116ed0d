import type { Command } from 'commander';
import type { CommandAnswer } from '#platform/commands/command-request.js';
import { readConfiguration } from '#platform/configuration/configuration.js';
import { problemOf } from '#platform/problems/problem-of.js';
import { openReferenceOf } from '#platform/reference-data/references.js';
import { type PolicyVersion, policy, policyNames, type ShownPolicyVersion, shownPolicyVersion, timeless } from '#relationship';
import { openForReading } from '../chronicle/open-for-reading.js';
import { readJson } from '../import/records/input-file.js';
import { addServerOptions, type ServerOptions, serverOf } from '../server/server-options.js';
import { CliError } from '../terminal/cli-error.js';
import { type ExitCode, exitCode } from '../terminal/exit-code.js';
import { printJson, say } from '../terminal/output.js';
import { action } from '../terminal/run-command.js';
import { printTable } from '../terminal/table.js';
import { minute } from '../views/table-of.js';

interface PublishOptions extends ServerOptions {
  readonly from?: string;
  readonly reason?: string;
}

export function define(policies: Command): void {
  policies.description(`Policies are versioned documents: ${policyNames.join(', ')}.`).addHelpText(
    'after',
    `
Examples:
  letopis policies show
  letopis policies show ladder
  letopis policies publish ladder ladder.json --from 2026-01-01T00:00:00Z --reason "quarterly review"`,
  );
  addServerOptions(
    policies
      .command('show [name]')
      .description('List all policies with their versions in force, or print every version of one as JSON.')
      .addHelpText('after', '\nExample:\n  letopis policies show funnel'),
  ).action(action(show));
  addServerOptions(
    policies
      .command('publish <name> <file>')
      .description('Publish the next version of a policy: a JSON file with the whole document.')
      .option('--from <instant>', 'instant from which the version replaces all earlier ones; ISO 8601 with a zone; default now')
      .option('--reason <text>', 'reason, kept in the history')
      .addHelpText(
        'after',
        '\nExample:\n  letopis policies show cadence | jq .[-1].document > cadence.json && letopis policies publish cadence cadence.json',
      ),
  ).action(action(publish));
}

async function show(name: string | undefined, options: ServerOptions): Promise<ExitCode> {
  const names = name === undefined ? policyNames : [policyName(name)];
  const versions = await readVersions(names, options);
  if (name !== undefined) await printJson(versions);
  else
    await printTable(
      ['policy', 'version', 'in force from', 'document'],
      inForce(versions).map((one) => [
        one.name,
        one.version,
        one.effectiveFrom === null ? 'always' : minute(one.effectiveFrom),
        JSON.stringify(one.document),
      ]),
    );
  return exitCode.ok;
}

async function readVersions(names: readonly string[], options: ServerOptions): Promise<readonly ShownPolicyVersion[]> {
  const server = serverOf(options);
  if (server) {
    const answers = await Promise.all(names.map((one) => server.get<{ versions: readonly ShownPolicyVersion[] }>(`/policies/${one}`)));
    return answers.flatMap(({ versions }) => versions);
  }
  const log = await openForReading();
  const register = await openReferenceOf(policy, log, () => {});
  try {
    return names.flatMap((one) => (register.current()[policyName(one)] as readonly PolicyVersion[]).map(shownPolicyVersion));
  } finally {
    await register.close();
    await log.close();
  }
}

const inForce = (versions: readonly ShownPolicyVersion[]) => {
  const now = new Date().toISOString();
  return policyNames.flatMap((name) => versions.filter((one) => one.name === name && (one.effectiveFrom ?? '') <= now).slice(-1));
};

async function publish(given: string, file: string, options: PublishOptions): Promise<ExitCode> {
  const name = policyName(given);
  const body = {
    document: await readJson(file),
    ...(options.from !== undefined && { effectiveFrom: options.from }),
    ...(options.reason !== undefined && { reason: options.reason }),
  };
  const server = serverOf(options);
  const answer = server
    ? await server.post<Pick<CommandAnswer, 'customersDue'>>(`/policies/${name}`, JSON.stringify(body))
    : await publishInProcess(name, body);
  say(`Policy ${name}: published. Views that depend on it are rebuilt.`);
  if (answer.customersDue !== undefined)
    say(
      `It makes ${answer.customersDue} customers due at once: they are listed now (\`letopis views retention\`) and erased after 30 days, unless another version is published.`,
    );
  if (timeless.has(name)) say('It is in force for all time, before it was published too.');
  else if (options.from === undefined)
    say(
      'It is in force from now on; commands and imports of what happened before are judged by the earlier versions. To import a history under it, publish it with --from and an instant before that history; what was already recorded keeps its version.',
    );
  return exitCode.ok;
}

async function publishInProcess(name: string, body: object): Promise<CommandAnswer> {
  const { openChronicle } = await import('../chronicle/open-chronicle.js');
  const chronicle = await openChronicle(readConfiguration(process.env));
  try {
    return await chronicle.service.execute({
      name: 'publish-policy',
      targetId: name,
      body,
      actor: { kind: 'system', id: 'cli' },
      keyScope: 'cli',
    });
  } catch (error) {
    const { details, ours } = problemOf(error);
    if (ours) throw error;
    throw new CliError(`${name}: ${details.detail ?? details.title}`);
  } finally {
    await chronicle.close();
  }
}

function policyName(given: string) {
  const name = policyNames.find((known) => known === given);
  if (name === undefined) throw new CliError(`unknown policy ${JSON.stringify(given)}; the policies are ${policyNames.join(', ')}`);
  return name;
}
