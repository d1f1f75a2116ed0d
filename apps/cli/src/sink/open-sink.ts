import { openEventLog } from '#event-log';
import {
  type Configuration,
  eventCatalogue,
  fingerprintsToRead,
  isoNow,
  openDerivedIdsToRead,
  openFingerprintsToRead,
  openLetopisLog,
  openRejectedRows,
  readConfiguration,
} from '#platform';
import { plusMinutes, REJECTED_ROWS_DAYS } from '#relationship';
import { catchUpViews } from '../chronicle/catch-up.js';
import { chronicleOn, openChronicle } from '../chronicle/open-chronicle.js';
import { openIfThere } from '../chronicle/open-for-reading.js';
import { overlayLog } from '../chronicle/overlay-log.js';
import { type KeepRejects, keptRejects } from '../import/run/kept-rejects.js';
import { type ServerOptions, serverOf } from '../server/server-options.js';
import { CliError } from '../terminal/cli-error.js';
import type { CommandSink } from './command-sink.js';
import { httpSink } from './http-sink.js';
import { inProcessSink } from './in-process-sink.js';

export interface SinkOptions extends ServerOptions {
  readonly dryRun?: boolean;
}

export interface OpenedSink {
  readonly sink: CommandSink;
  /** Where the progress of imports is kept; undefined where nothing is. */
  readonly dataFolder: string | undefined;
  /** Keeps rejected rows in the data folder; absent where nothing is kept there. */
  readonly keepRejects?: KeepRejects;
  /** After the sink is closed: what has to follow before people can look at the result. */
  finish(signal: AbortSignal): Promise<void>;
}

const nothingFollows = async () => {};

export async function openSink(options: SinkOptions): Promise<OpenedSink> {
  const server = serverOf(options);
  if (server && options.dryRun) throw new CliError('--dry-run works on the data folder, also beside a running server; omit --server');
  if (server) return { sink: httpSink(server), dataFolder: undefined, finish: nothingFollows };
  const configuration = readConfiguration(process.env);
  if (options.dryRun) return { sink: await rehearsal(configuration), dataFolder: undefined, finish: nothingFollows };
  const chronicle = await openChronicle(configuration);
  const rejected = openRejectedRows(configuration.dataFolder, chronicle.keys);
  const close = async () => {
    await rejected.close();
    await chronicle.close();
  };
  await rejected.expire(isoNow());
  const { rejectedRowsDays = REJECTED_ROWS_DAYS } = chronicle.policies().privacy.at(-1)!.document;
  return {
    keepRejects: keptRejects(rejected, () => plusMinutes(isoNow(), rejectedRowsDays * 24 * 60)),
    sink: await inProcessSink(chronicle, close),
    dataFolder: configuration.dataFolder,
    finish: viewsCaughtUp(configuration),
  };
}

/** On a log of its own: what the chronicle remembers of streams takes the memory that the views are built in. */
const viewsCaughtUp = (configuration: Configuration) => async (signal: AbortSignal) => {
  const log = await openLetopisLog(configuration);
  try {
    await catchUpViews(log, configuration, signal);
  } finally {
    await log.close();
  }
};

/** Decides on what the chronicle holds now and appends to memory. Works beside the process that writes it. */
async function rehearsal(configuration: Configuration): Promise<CommandSink> {
  const base = (await openIfThere(configuration)) ?? (await openEventLog('memory:', { registry: eventCatalogue }));
  const log = await overlayLog(base);
  const subjects = await fingerprintsToRead(configuration, log);
  const fingerprints = openFingerprintsToRead(configuration.keyStoreUrl, subjects);
  const derivedIds = await openDerivedIdsToRead(configuration.keyStoreUrl, base);
  const chronicle = await chronicleOn(log, { base, configuration, fingerprints, derivedIds, keys: subjects.keys });
  const close = async () => {
    await chronicle.close();
    await subjects.close();
  };
  return inProcessSink(chronicle, close, base);
}
