import { type Configuration, type Logger, Problem } from '#platform';
import { WrittenText } from '../edge/json-answer.js';
import { type AskedThread, programOf, startThread, ThreadAway, type ThreadHost } from '../threads/thread-host.js';
import type { ViewsAnswer, ViewsRequest, ViewsWorkerData } from '../threads/thread-messages.js';
import type { ViewQuestion } from './answer-view.js';
import { createFairQueue, QueueFull } from './fair-queue.js';
import type { ShownAnswer, ViewDefinition } from './view-definition.js';

export interface ViewThread extends Pick<ThreadHost, 'stop'> {
  /**
   * @param isWanted asked when its turn has come: whether anybody still waits for the answer
   * @throws Problem also `views-away`, `rate-limited`
   */
  ask(definition: ViewDefinition, question: ViewQuestion, isWanted?: () => boolean): Promise<ShownAnswer>;
}

/** More would only make each of them take longer: they share one processor. */
const AT_ONCE = 4;
/** Of one key. */
const MOST_WAITING = 200;
const RETRY_AFTER_SECONDS = 1;
const BEGINS_AFTER_MS = 10_000;

/**
 * Questions that look at many customers are answered in a thread of their own, so that they keep neither commands nor the card of a customer
 * waiting. It begins with the first of them, and soon after the start at the latest, as it has to read much before it can answer.
 */
export const createViewThread = (
  { eventLogUrl, readModelsUrl, subjectKeys, accessLogUrl, logLevel }: Configuration,
  logger: Logger,
): ViewThread => {
  const workerData: ViewsWorkerData = { eventLogUrl, readModelsUrl, subjectKeys, accessLogUrl, logLevel };
  const inTurn = createFairQueue(AT_ONCE, MOST_WAITING);
  let thread: AskedThread | undefined;
  const start = () => startThread({ name: 'thread of the views', program: programOf('views.worker'), workerData }, logger);
  const beginning = setTimeout(() => {
    thread ??= start();
    thread.started.catch(() => undefined);
  }, BEGINS_AFTER_MS).unref();
  return {
    ask: ({ name }, question, isWanted = () => true) =>
      inTurn(question.identity.keyId, async () => {
        if (!isWanted()) throw new Problem('views-away');
        thread ??= start();
        // Where it could not begin it tries again by itself.
        await thread.started.catch(() => undefined);
        const request: ViewsRequest = { name, question };
        const { text, ...answer } = (await thread.ask(request).catch(asProblem)) as ViewsAnswer;
        return { ...answer, body: new WrittenText(text) };
      }).catch(tooMany),
    stop: async () => {
      clearTimeout(beginning);
      await thread?.stop();
    },
  };
};

const tooMany = (failure: unknown): never => {
  if (!(failure instanceof QueueFull)) throw failure;
  throw new Problem('rate-limited', `${MOST_WAITING} queries of this key are already queued.`, {}, RETRY_AFTER_SECONDS);
};

const asProblem = (failure: unknown): never => {
  if (failure instanceof ThreadAway) throw new Problem('views-away', undefined, {}, RETRY_AFTER_SECONDS);
  throw failure;
};
