import type { EventLog } from '#event-log';
import { ORIGIN, type Position } from '#event-log/event-log.js';
import { aliasOfNone, buildsOf } from './aliases.js';
import { checkpointOf } from './build.js';
import { keepAlias, type Running } from './running.js';

/** Hash of the first event of the log that the views were made of; empty where there was none yet. */
const FIRST = 'log';
/** The position in the log that the views had reached, and the event there. */
const REACHED = 'log-reached';
const NOTED_EVERY_MS = 1_000;

interface Reached {
  readonly position: Position;
  readonly hash: string;
}

/**
 * Views hold good for the log that they were made of alone. Where that was exchanged for another one, or for an older copy of itself, they
 * are given up, to be rebuilt: the copy is shorter than what they have taken in, or has another event at the position that they had reached.
 */
export async function giveUpViewsOfAnotherLog(running: Running): Promise<void> {
  const { log, store, aliases, logger } = running;
  const furthest = new Map<string, Position>();
  for (const [view, alias] of aliases) {
    const checkpoints = await Promise.all(buildsOf(alias).map((build) => checkpointOf(store, build)));
    furthest.set(
      view,
      checkpoints.reduce((most, each) => (each > most ? each : most), ORIGIN),
    );
  }
  const [known = '', reached] = [await store.getSetting<string>(FIRST), await store.getSetting<Reached>(REACHED)];
  // After the checkpoints, which others of a group may move meanwhile.
  const [head, first] = [await log.head(), await firstHash(log)];
  const isSame = (known === '' || known === first) && (!reached || (await hashAt(log, reached.position)) === reached.hash);
  for (const [view, alias] of aliases) {
    if (buildsOf(alias).length === 0 || (furthest.get(view)! <= head && isSame)) continue;
    logger.error(
      { view, checkpoint: furthest.get(view), head },
      'the view was built from another log, or from a later state of this one; it is rebuilt',
    );
    await keepAlias(running, view, aliasOfNone(alias));
  }
  if (first !== known) await store.putSetting(FIRST, first);
}

/** Keeps the position in the log that the views have reached, and the hash there. */
export interface LogFingerprint {
  now(): Promise<void>;
  /** A second after the last time at the earliest, so that it costs a commit next to nothing. */
  nowAndThen(): Promise<void>;
}

export function createLogFingerprint(running: Running): LogFingerprint {
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
