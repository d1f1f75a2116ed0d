import { parentPort, workerData } from 'node:worker_threads';
import { openForWriting, type WriterOptions } from './open-database.js';
import { type Flat, flattenRound, unflattenAppends } from './protocol.js';
import { createWriter } from './writer.js';

const { file, options } = workerData as { file: string; options: WriterOptions };
const port = parentPort!;
const db = openForWriting(file, options);
const writer = createWriter(db);

port.on('message', (message: Flat | 'close') => {
  if (message === 'close') {
    db.close();
    port.close();
    return;
  }
  port.postMessage(flattenRound(writer.commit(unflattenAppends(message))));
});
