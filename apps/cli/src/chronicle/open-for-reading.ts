import { existsSync } from 'node:fs';
import { type EventLog, openEventLog } from '#event-log';
import { type Configuration, readConfiguration } from '#platform/configuration/configuration.js';
import { unavailable } from '../terminal/cli-error.js';

/** The log of the data folder, beside whoever writes it. */
export async function openForReading(): Promise<EventLog> {
  const configuration = readConfiguration(process.env);
  mustExist(configuration);
  return openEventLog(configuration.eventLogUrl, { readOnly: true });
}

/** Whoever makes no chronicle makes no folder for one. */
export const mustExist = ({ eventLogUrl }: Configuration): void =>
  assertThere(
    eventLogUrl,
    (file) => `there is no chronicle at ${file}; LETOPIS_DATA names its folder, \`letopis import\` or \`letopis serve\` makes one`,
  );

/** Keys may be made before there is a chronicle. */
export const keysMustExist = ({ keyStoreUrl }: Configuration): void =>
  assertThere(keyStoreUrl, (file) => `there are no keys at ${file}; LETOPIS_DATA names the folder, \`letopis keys create\` makes a key`);

function assertThere(url: string, missing: (file: string) => string): void {
  const file = /^sqlite:(.+)$/.exec(url)?.[1];
  if (file !== undefined && !existsSync(file)) throw unavailable(missing(file));
}
