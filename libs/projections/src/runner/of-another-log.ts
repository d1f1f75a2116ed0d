import type { EventLog } from '#event-log';
import { aliasOfNone, instancesOf } from './aliases.js';
import { checkpointOf } from './instance.js';
import { keepAlias, type Running } from './running.js';

/** Hash of the first event of the log that the views were made of; empty where there was none yet. */
const SETTING = 'log';

/**
 * Views hold good for the log that they were made of alone. Where that was exchanged for another one, or for an older copy of itself, which
 * has not got as far as they have, they are given up, to be filled anew. An older copy that has grown beyond them again is not noticed.
 */
export async function giveUpViewsOfAnotherLog(running: Running): Promise<void> {
  const { log, store, aliases, logger } = running;
  const [head, first, known = ''] = [await log.head(), await firstHash(log), await store.getSetting<string>(SETTING)];
  for (const [view, alias] of aliases) {
    const instances = instancesOf(alias);
    if (instances.length === 0) continue;
    const checkpoints = await Promise.all(instances.map((instance) => checkpointOf(store, instance)));
    const furthest = checkpoints.reduce((most, each) => (each > most ? each : most));
    if (furthest <= head && (known === '' || known === first)) continue;
    logger.error({ view, checkpoint: furthest, head }, 'the view was made of another log, or of more of this one; it is filled anew');
    await keepAlias(running, view, aliasOfNone(alias));
  }
  if (first !== known) await store.putSetting(SETTING, first);
}

async function firstHash(log: EventLog): Promise<string> {
  for await (const batch of log.readAll()) if (batch[0]) return batch[0].hash;
  return '';
}
