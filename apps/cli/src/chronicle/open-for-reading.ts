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

/** Whoever only looks makes no folder. */
export function mustExist({ eventLogUrl }: Configuration): void {
  const file = /^sqlite:(.+)$/.exec(eventLogUrl)?.[1];
  if (file !== undefined && !existsSync(file))
    throw unavailable(`there is no chronicle at ${file}; LETOPIS_DATA names its folder, \`letopis import\` or \`letopis serve\` makes one`);
}
