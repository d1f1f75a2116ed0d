import { workerData } from 'node:worker_threads';
import { answerHost } from '#async';
import { openForWriting, type WriterOptions } from './open-database.js';
import { type Flat, flattenBatch, unflattenAppends } from './protocol.js';
import { createWriter } from './writer.js';

const { file, options } = workerData as { file: string; options: WriterOptions };
const db = openForWriting(file, options);
const writer = createWriter(db);

answerHost({
  answer: (appends) => flattenBatch(writer.commit(unflattenAppends(appends as Flat))),
  stop: () => db.close(),
});
