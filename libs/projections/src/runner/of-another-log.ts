import type { EventLog } from '#event-log';
import type { Position } from '#event-log/event-log.js';
import { aliasOfNone, instancesOf } from './aliases.js';
import { checkpointOf } from './instance.js';
import { keepAlias, type Running } from './running.js';

/** Hash of the first event of the log that the views were made of; empty where there was none yet. */
const FIRST = 'log';
/** The place in the log that the views had come to, and the event there. */
const REACHED = 'log-reached';
const NOTED_EVERY_MS = 1_000;

interface Reached {
  readonly position: Position;
  readonly hash: string;
}

/**
 * Views hold good for the log that they were made of alone. Where that was exchanged for another one, or for an older copy of itself, they
 * are given up, to be filled anew: the copy has not got as far as they have, or another event stands at the place that they had come to.
 */
export async function giveUpViewsOfAnotherLog(running: Running): Promise<void> {
  const { log, store, aliases, logger } = running;
  const [head, first, known = ''] = [await log.head(), await firstHash(log), await store.getSetting<string>(FIRST)];
  const reached = await store.getSetting<Reached>(REACHED);
  const isSame = (known === '' || known === first) && (!reached || (await hashAt(log, reached.position)) === reached.hash);
  for (const [view, alias] of aliases) {
    const instances = instancesOf(alias);
    if (instances.length === 0) continue;
    const checkpoints = await Promise.all(instances.map((instance) => checkpointOf(store, instance)));
    const furthest = checkpoints.reduce((most, each) => (each > most ? each : most));
    if (furthest <= head && isSame) continue;
    logger.error({ view, checkpoint: furthest, head }, 'the view was made of another log, or of more of this one; it is filled anew');
    await keepAlias(running, view, aliasOfNone(alias));
  }
  if (first !== known) await store.putSetting(FIRST, first);
}

/** Notes where in the log the views are. */
export interface LogNote {
  now(): Promise<void>;
  /** A second after the last time at the earliest, so that it costs a commit next to nothing. */
  nowAndThen(): Promise<void>;
}

export function createLogNote(running: Running): LogNote {
  const { log, store } = running;
  let noted: Position | undefined;
  let notedAt = 0;

  async function now(): Promise<void> {
    const { position } = running;
    if (position === noted) return;
    await store.putSetting(REACHED, { position, hash: await hashAt(log, position) } satisfies Reached);
    noted = position;
    notedAt = performance.now();
  }

  return {
    now,
    nowAndThen: async () => {
      if (performance.now() - notedAt >= NOTED_EVERY_MS) await now();
    },
  };
}

/** Empty where there is none, as at the origin. */
async function hashAt(log: EventLog, position: Position): Promise<string> {
  return (await log.eventAt(position))?.hash ?? '';
}

async function firstHash(log: EventLog): Promise<string> {
  for await (const [first] of log.readAll({ limit: 1 })) if (first) return first.hash;
  return '';
}
