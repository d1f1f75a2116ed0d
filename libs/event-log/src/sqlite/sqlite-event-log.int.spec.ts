import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { asWritten, eventLogContract } from '#testing';
import { type OpenEventLogOptions, openEventLog } from '../open-event-log.js';

const opened = (options: OpenEventLogOptions) => async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'letopis-event-log-'));
  const url = `sqlite:${path.join(folder, 'made-on-opening', 'log.db')}`;
  let log = await openEventLog(url, { registry: asWritten, ...options });
  return {
    log,
    async reopen() {
      await log.close();
      log = await openEventLog(url, { registry: asWritten, ...options });
      return log;
    },
    async dispose() {
      await log.close();
      rmSync(folder, { recursive: true });
    },
  };
};

eventLogContract('SQLite', opened({}));
eventLogContract('SQLite, committing in the calling thread', opened({ commitHere: true }));
