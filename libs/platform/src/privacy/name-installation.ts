import { isDeepStrictEqual } from 'node:util';
import { type EventLog, EventLogUnavailable, INSTALLATION_STREAM, type Installation, installationNamed, installationOf } from '#event-log';
import { delegating } from '#event-log/delegating.js';
import { appendOnce } from './append-once.js';

/** What `installation-named` can say. */
export type Named = Pick<Installation, 'subjectKeys' | 'derivedIds'>;

/**
 * What the log does not say yet of its installation it says before the next event, so that a log that nobody writes stays as it is, and the first
 * start costs one event.
 */
export function namingInstallation(log: EventLog): { readonly log: EventLog; name(these: Named): void } {
  let pending: Named = {};
  let naming: Promise<void> | undefined;

  async function nameAll(now: string): Promise<void> {
    for (;;) {
      const named = await installationOf(log);
      const these = pending;
      for (const [what, value] of Object.entries(these)) {
        const present = named[what as keyof Named];
        if (present !== undefined && !isDeepStrictEqual(present, value))
          throw new EventLogUnavailable(
            `the event log was begun by another process with another ${what === 'subjectKeys' ? 'store of keys of customers (SUBJECT_KEYS_URL)' : 'secret of derived ids (KEY_STORE_URL)'}; give all processes the same one and restart`,
          );
      }
      const data = Object.fromEntries(Object.entries(these).filter(([what]) => named[what as keyof Named] === undefined));
      const isNamed =
        Object.keys(data).length === 0 ||
        (await appendOnce(log, INSTALLATION_STREAM, { definition: installationNamed, data, by: 'installation', now }));
      if (isNamed && pending === these) {
        pending = {};
        return;
      }
    }
  }

  const nameBefore = (now: string): Promise<void> => {
    naming ??= nameAll(now).finally(() => {
      naming = undefined;
    });
    return naming;
  };

  return {
    log: delegating(log, {
      async append(stream, expected, events) {
        while (Object.keys(pending).length > 0) await nameBefore(events[0]!.recordedAt);
        return log.append(stream, expected, events);
      },
    }),
    name(these) {
      pending = { ...pending, ...these };
    },
  };
}
