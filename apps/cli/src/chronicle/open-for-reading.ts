import { existsSync } from 'node:fs';
import { type EventLog, EventLogMissing, openEventLog } from '#event-log';
import { type Configuration, readConfiguration } from '#platform/configuration/configuration.js';
import { eventCatalogue } from '#platform/events/current-events.js';
import { openLetopisLog } from '#platform/privacy/open-letopis-log.js';
import { unavailable } from '../terminal/cli-error.js';

/** The log of the data folder, beside whoever writes it. */
export async function openForReading(): Promise<EventLog> {
  const configuration = readConfiguration(process.env);
  mustExist(configuration);
  return openLetopisLog(configuration);
}

/** The same for whoever only compares what is stored: no key is needed. */
export async function openWithoutKeys(): Promise<EventLog> {
  const configuration = readConfiguration(process.env);
  mustExist(configuration);
  return openEventLog(configuration.eventLogUrl, { registry: eventCatalogue, readOnly: true });
}

/** Undefined where there is none yet. */
export const openIfThere = async (configuration: Configuration): Promise<EventLog | undefined> => {
  if (!isThere(configuration.eventLogUrl)) return undefined;
  return openLetopisLog(configuration).catch((error: unknown) => {
    if (error instanceof EventLogMissing) return undefined;
    throw error;
  });
};

/** Whoever makes no chronicle makes no folder for one. */
export const mustExist = ({ eventLogUrl }: Configuration): void =>
  assertThere(
    eventLogUrl,
    (file) => `no chronicle found at ${file}; set LETOPIS_DATA to its folder, or create one with \`letopis import\` or \`letopis serve\``,
  );

/** Keys may be made before there is a chronicle. */
export const keysMustExist = ({ keyStoreUrl }: Configuration): void =>
  assertThere(
    keyStoreUrl,
    (file) => `no API keys found at ${file}; set LETOPIS_DATA to their folder, or create a key with \`letopis keys create\``,
  );

export const fileOf = (url: string): string | undefined => /^sqlite:(.+)$/.exec(url)?.[1];

/** An engine that is no file is there, or says that it is not. */
export const isThere = (url: string): boolean => {
  const file = fileOf(url);
  return file === undefined || existsSync(file);
};

export function assertThere(url: string, missing: (file: string) => string): void {
  if (!isThere(url)) throw unavailable(missing(fileOf(url) as string));
}
