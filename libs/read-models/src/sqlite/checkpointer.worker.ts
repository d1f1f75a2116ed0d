import { workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { answerHost } from '#async';

const { file, everyMs } = workerData as { file: string; everyMs: number };
const db = new Database(file, { fileMustExist: true });
db.pragma('synchronous = NORMAL');

const timer = setInterval(() => {
  try {
    db.pragma('wal_checkpoint(PASSIVE)');
  } catch {
    // A full disk or a lock: the writer meets it too and reports it; here the next turn tries again.
  }
}, everyMs);

answerHost({
  stop() {
    clearInterval(timer);
    db.close();
  },
});
