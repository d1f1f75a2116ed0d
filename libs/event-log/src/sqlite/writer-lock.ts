import { type FileLock, FileLocked, lockFile } from '#sqlite';
import { EventLogWrittenElsewhere } from '../written-elsewhere.js';

/** One writer a data file. @throws EventLogWrittenElsewhere naming it */
export function takeWriterLock(file: string): FileLock {
  try {
    return lockFile(file);
  } catch (error) {
    if (!(error instanceof FileLocked)) throw error;
    throw new EventLogWrittenElsewhere(file, error.holder, { cause: error });
  }
}
