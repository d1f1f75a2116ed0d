import { type Configuration, type Logger, Problem } from '#platform';
import { WrittenJson } from '../edge/json-answer.js';
import { type AskedThread, programOf, startThread, ThreadAway, type ThreadHost } from '../threads/thread-host.js';
import type { ViewsAnswer, ViewsRequest, ViewsWorkerData } from '../threads/thread-messages.js';
import type { ViewQuestion } from './answer-view.js';
import { createFairQueue } from './fair-queue.js';
import type { ViewAnswer, ViewDefinition } from './view-definition.js';

export interface ViewThread extends Pick<ThreadHost, 'stop'> {
  /** @throws Problem also `views-away` */
  ask(definition: ViewDefinition, question: ViewQuestion): Promise<ViewAnswer>;
}

/** More would only make each of them take longer: they share one processor. */
const AT_ONCE = 4;
const RETRY_AFTER_SECONDS = 1;

/**
 * Questions that look at many customers are answered in a thread of their own, so that they keep neither commands nor the card of a customer
 * waiting. It begins with the first of them.
 */
export const createViewThread = ({ eventLogUrl, readModelsUrl, logLevel }: Configuration, logger: Logger): ViewThread => {
  const workerData: ViewsWorkerData = { eventLogUrl, readModelsUrl, logLevel };
  const inTurn = createFairQueue(AT_ONCE);
  let thread: AskedThread | undefined;
  const start = () => startThread({ name: 'thread of the views', program: programOf('views.worker'), workerData }, logger);
  return {
    ask: ({ name }, question) =>
      inTurn(question.identity.keyId, async () => {
        thread ??= start();
        // Where it could not begin it tries again by itself.
        await thread.started.catch(() => undefined);
        const request: ViewsRequest = { name, question };
        const { json, ...answer } = (await thread.ask(request).catch(asProblem)) as ViewsAnswer;
        return { ...answer, body: new WrittenJson(json) };
      }),
    stop: async () => thread?.stop(),
  };
};

const asProblem = (failure: unknown): never => {
  if (failure instanceof ThreadAway) throw new Problem('views-away', undefined, {}, RETRY_AFTER_SECONDS);
  throw failure;
};
