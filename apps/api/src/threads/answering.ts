import { parentPort } from 'node:worker_threads';
import { sentError } from './sent-error.js';
import type { Answered, FromWorker, ToWorker } from './thread-messages.js';

export interface Answering {
  /** What it makes of a question. */
  readonly answer: (request: unknown) => Promise<unknown>;
  /** To be told with the answers; undefined when there is nothing. */
  readonly told?: () => unknown;
  readonly stop: () => Promise<void>;
}

export const tellHost = (message: FromWorker): void => parentPort?.postMessage(message);

/** The other side of `startThread`, within the thread: answers what is asked, those of one turn in one message, until it is to stop. */
export const answerHost = ({ answer, told, stop }: Answering): void => {
  let answered: Answered[] = [];
  const send = () => {
    const news = told?.();
    tellHost({ answered, ...(news !== undefined && { told: news }) });
    answered = [];
  };
  const give = (one: Answered) => {
    if (answered.push(one) === 1) process.nextTick(send);
  };
  parentPort?.on('message', (message: ToWorker) => {
    if (message === 'stop') return void stop().then(() => parentPort?.close());
    for (const { number, request } of message) {
      answer(request).then(
        (it) => give({ number, answer: it }),
        (error) => give({ number, failure: sentError(error) }),
      );
    }
  });
};
