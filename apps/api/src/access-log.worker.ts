import { workerData } from 'node:worker_threads';
// One by one: the API listens when this thread has loaded them.
import { AccessLogUnavailable } from '#platform/access-log/access-log-store.js';
import { createAppender, type UnstoredBatch } from '#platform/access-log/append-accesses.js';
import { openAccessLog } from '#platform/access-log/open-access-log.js';
import { answerHost, tellHost } from './threads/answering.js';
import type { AccessLogWorkerData } from './threads/thread-messages.js';

const { accessLogUrl } = workerData as AccessLogWorkerData;

const open = () => {
  try {
    return openAccessLog(accessLogUrl);
  } catch (error) {
    if (!(error instanceof AccessLogUnavailable)) throw error;
    tellHost({ cannotStart: error.message });
    return process.exit(1);
  }
};
const store = open();
const append = createAppender(store);

answerHost({
  async answer(batch) {
    const { number, hash } = await append(batch as UnstoredBatch);
    return { number, hash };
  },
  stop: () => store.close(),
});
tellHost('running');
