import { type FileLock, FileLocked, lockFile } from '#sqlite';
import { EventLogUnavailable } from '../event-log.js';

/** One writer a data file. @throws EventLogUnavailable naming it */
export function takeWriterLock(file: string): FileLock {
  try {
    return lockFile(file);
  } catch (error) {
    if (!(error instanceof FileLocked)) throw error;
    throw new EventLogUnavailable(`${file} is being written by ${error.message}; stop that process, or open the log read-only`, {
      cause: error,
    });
  }
}
