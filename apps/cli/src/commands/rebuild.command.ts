import type { Command } from 'commander';
import { type EventLog, EventLogWrittenElsewhere, lagOf } from '#event-log';
import { type Configuration, codeOfViews, readConfiguration, viewNames } from '#platform';
import {
  createViewReader,
  NoRollback,
  type Projector,
  RebuildRejected,
  rebuildSubject,
  rebuildView,
  rollbackView,
  SubjectNotRebuilt,
} from '#projections/runner/index.js';
import type { ReadModelStore } from '#read-models';
import { relationshipStream } from '#relationship/streams.js';
import { areShared, withProjector, withReadModels } from '../chronicle/catch-up.js';
import { openChronicle } from '../chronicle/open-chronicle.js';
import { mustExist, openForReading } from '../chronicle/open-for-reading.js';
import { rebuildThrough } from '../server/rebuild-through.js';
import { addServerOptions, type ServerOptions, serverOf } from '../server/server-options.js';
import { CliError, noSuchCustomer, unavailable } from '../terminal/cli-error.js';
import { type ExitCode, exitCode } from '../terminal/exit-code.js';
import { duration } from '../terminal/import-progress.js';
import { onInterruption } from '../terminal/interruption.js';
import { printJson, say } from '../terminal/output.js';
import { action } from '../terminal/run-command.js';

interface RebuildOptions extends ServerOptions {
  readonly customer?: string;
  readonly rollback?: boolean;
  readonly status?: boolean;
}

const help = `
Views: ${viewNames.join(', ')}.
A view is rebuilt beside the current build and replaces it when complete; the old build is kept for a rollback.
Requires exclusive use of the data folder, or a running server (--server, with an admin's key), or running projectors that share the customers through Kafka.
A running server rebuilds automatically what a new version or a policy changes.

Examples:
  letopis rebuild
  letopis rebuild funnel
  letopis rebuild --customer 0197e9c4-0d0e-5a51-8a3b-1e7f6a4b2c11
  letopis rebuild funnel --rollback
  letopis rebuild --status
  letopis rebuild funnel --server http://127.0.0.1:3000 --key "$LETOPIS_KEY"`;

export function define(command: Command): void {
  addServerOptions(
    command
      .description('Rebuild one view, or all of them, from the log.')
      .option('--customer <id>', 'rebuild one customer in every view, and resume a parked one')
      .option('--rollback', 'return the view to its build before the last rebuild')
      .option('--status', 'print the state of every view as JSON and change nothing')
      .addHelpText('after', help),
  ).action(action(rebuild));
}

async function rebuild(view: string | undefined, options: RebuildOptions): Promise<ExitCode> {
  if (view !== undefined && !viewNames.includes(view))
    throw new CliError(`unknown view ${JSON.stringify(view)}; the views are ${viewNames.join(', ')}`);
  if (options.rollback && view === undefined)
    throw new CliError('--rollback requires the name of a view, e.g. letopis rebuild funnel --rollback');
  if (options.customer !== undefined && (view !== undefined || options.rollback))
    throw new CliError('--customer rebuilds one customer in every view; omit view and --rollback');
  const started = performance.now();
  const server = serverOf(options);
  if (server) {
    await rebuildThrough(server, view, options);
    return exitCode.ok;
  }
  const configuration = readConfiguration(process.env);
  mustExist(configuration);
  const shared = await withReadModels(configuration, async (store) => {
    if (!(await areShared(store))) return false;
    if (options.customer !== undefined) {
      const log = await openForReading();
      await mustBeKnown(options.customer, log).finally(() => log.close());
    }
    await rebuildBesideProjectors(store, view, options);
    return true;
  });
  if (shared) return exitCode.ok;
  await onProjector(configuration, async (projector, log) => {
    if (options.status) return printJson(await projector.status());
    if (options.customer !== undefined) await mustBeKnown(options.customer, log);
    await work(projector, view, options);
    say(`done in ${duration((performance.now() - started) / 1000)}`);
  });
  return exitCode.ok;
}

async function mustBeKnown(customerId: string, log: EventLog): Promise<void> {
  for await (const batch of log.readStream(relationshipStream(customerId), { from: 0, to: 0 })) if (batch.length > 0) return;
  throw noSuchCustomer(customerId);
}

async function work(projector: Projector, view: string | undefined, { customer, rollback }: RebuildOptions): Promise<void> {
  const before = await builds(projector);
  await projector.settled();
  const after = await builds(projector);
  const built = viewNames.filter((name) => after.get(name) !== before.get(name));
  if (built.length > 0) say(`built from the log, as they were missing or out of date: ${built.join(', ')}`);
  const asked = view === undefined ? viewNames : [view];
  try {
    if (customer !== undefined) await projector.rebuildSubject(relationshipStream(customer));
    else if (rollback && view !== undefined) await projector.rollback(view);
    else
      await rebuildTogether(
        projector,
        asked.filter((name) => !built.includes(name)),
      );
  } catch (error) {
    if (error instanceof NoRollback || error instanceof RebuildRejected) throw new CliError(error.message, exitCode.partly);
    throw error;
  }
}

const builds = async (projector: Projector) => new Map((await projector.status()).map(({ view, build }) => [view, build]));

/** Asked at once, so that one pass through the log builds them all. Each is taken or rejected by itself. */
async function rebuildTogether(projector: Projector, views: readonly string[]): Promise<void> {
  const rebuilt = await Promise.allSettled(views.map((view) => projector.rebuild(view)));
  for (const one of rebuilt) if (one.status === 'rejected') throw one.reason;
}

/** Where several projectors share the customers they do the work, and this process asks and waits. */
async function rebuildBesideProjectors(store: ReadModelStore, view: string | undefined, { customer, rollback, status }: RebuildOptions) {
  if (status) {
    const log = await openForReading();
    const head = await log.head();
    const reader = createViewReader(store, codeOfViews());
    const ofView = async (name: string) => {
      const checkpoint = await reader.checkpoint(name);
      return { view: name, checkpoint, head, ...(await lagOf(log, { checkpoint, head }, Date.now())) };
    };
    return printJson(await Promise.all(viewNames.map(ofView)).finally(() => log.close()));
  }
  const names = view === undefined ? viewNames : [view];
  const work = customer === undefined ? `${rollback ? 'roll back' : 'rebuild'} ${names.join(', ')}` : `rebuild the customer ${customer}`;
  say(`asking the projectors to ${work}; Ctrl-C stops waiting, not the work`);
  const { signal, release } = onInterruption();
  const started = performance.now();
  try {
    if (customer !== undefined) await rebuildSubject(store, relationshipStream(customer), { signal });
    else await Promise.all(names.map((name) => (rollback ? rollbackView : rebuildView)(store, name, { signal })));
  } catch (error) {
    if (error instanceof NoRollback || error instanceof RebuildRejected || error instanceof SubjectNotRebuilt)
      throw new CliError(error.message, exitCode.partly);
    throw error;
  } finally {
    release();
  }
  if (!signal.aborted) say(`done in ${duration((performance.now() - started) / 1000)}`);
}

/** Opened for writing although nothing is appended: who holds the writer's lock is the only one who writes the views. */
async function onProjector(configuration: Configuration, run: (projector: Projector, log: EventLog) => Promise<void>): Promise<void> {
  const chronicle = await openChronicle(configuration).catch((error: unknown) => {
    if (!(error instanceof EventLogWrittenElsewhere)) throw error;
    throw unavailable(
      `${error.reason}; stop it first, or run the rebuild through the API: letopis rebuild --server http://127.0.0.1:3000 --key …`,
    );
  });
  try {
    await withProjector(chronicle.log, configuration, (projector) => run(projector, chronicle.log));
  } finally {
    await chronicle.close();
  }
}
