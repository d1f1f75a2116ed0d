import type { Transferable } from 'node:worker_threads';

interface Asked {
  readonly number: number;
  readonly request: unknown;
}

type Answered = { readonly number: number } & ({ readonly answer: unknown } | { readonly failure: unknown });

/** What goes from thread to thread, either way: questions by their number, answers to them, and what nobody asked for. */
export interface Message {
  readonly asked?: readonly Asked[];
  readonly answered?: readonly Answered[];
  readonly news?: unknown;
}

/** How an error goes from thread to thread. */
export interface Failures {
  sent(error: unknown): unknown;
  received(failure: unknown): Error;
}

export interface ConversationOptions {
  /** What is made of a question. What it throws is thrown where it was asked. */
  readonly answer?: (request: unknown) => unknown;
  /** Of an answer, what is handed over instead of copied. */
  readonly handedOver?: (answer: unknown) => readonly Transferable[];
  /** News that goes along with answers, unless undefined. */
  readonly newsWithAnswers?: () => unknown;
  readonly onNews?: (news: unknown) => void;
  /**
   * Questions of one turn that go in one message; each goes at once when absent. Not all that a turn brings: either thread would stand still while
   * the other works.
   */
  readonly askedAtOnce?: number;
  /** Name, message, code and stack go when absent. */
  readonly failures?: Failures;
}

/** One side of it. */
export interface Conversation {
  /** @throws what the other side failed with, or what it ended with */
  ask(request: unknown): Promise<unknown>;
  tell(news: unknown): void;
  hear(message: Message): void;
  /** Sends what waits for the end of the turn. */
  flush(): void;
  /** The other side is gone: whoever waits for it, or asks later, gets the error. */
  end(error: Error): void;
}

/** The one protocol between threads. Both sides may ask. */
export const createConversation = (
  post: (message: Message, handedOver?: readonly Transferable[]) => void,
  { answer, handedOver, newsWithAnswers, onNews, askedAtOnce = 1, failures = byName }: ConversationOptions,
): Conversation => {
  const waiting = createWaiting();
  let asked: Asked[] = [];
  let answered: Answered[] = [];
  let ended: Error | undefined;

  const sendAsked = (): void => {
    const sent = asked;
    asked = [];
    together(
      sent,
      (some) => post({ asked: some }),
      ({ number }, error) => waiting.take(number).reject(error),
    );
  };
  const sendAnswered = (): void => {
    if (answered.length === 0) return;
    const sent = answered;
    answered = [];
    const news = newsWithAnswers?.();
    together(
      sent,
      (some) => post(news === undefined ? { answered: some } : { answered: some, news }, some.flatMap(givenWith)),
      ({ number }, error) => post({ answered: [{ number, failure: failures.sent(error) }] }),
    );
  };
  const givenWith = (one: Answered): readonly Transferable[] => ('answer' in one && handedOver?.(one.answer)) || [];
  /** Those of one turn go in one message. */
  const give = (one: Answered): void => {
    if (answered.push(one) === 1) process.nextTick(sendAnswered);
  };

  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        if (ended) return reject(ended);
        const size = asked.push({ number: waiting.put({ resolve, reject }), request });
        if (size === askedAtOnce) sendAsked();
        else if (size === 1) setImmediate(sendAsked);
      }),
    tell: (news) => post({ news }),
    hear(message) {
      if (message.news !== undefined) onNews?.(message.news);
      for (const one of message.answered ?? []) {
        const asking = waiting.take(one.number);
        if ('failure' in one) asking.reject(failures.received(one.failure));
        else asking.resolve(one.answer);
      }
      for (const { number, request } of message.asked ?? [])
        Promise.try(answer ?? noAnswer, request).then(
          (it) => give({ number, answer: it }),
          (error) => give({ number, failure: failures.sent(error) }),
        );
    },
    flush() {
      sendAsked();
      sendAnswered();
    },
    end(error) {
      ended = error;
      asked = [];
      for (const { reject } of waiting.takeAll()) reject(error);
    },
  };
};

/** In one message; or each in its own where that one cannot be sent, so that what cannot be cloned fails alone. */
const together = <One>(all: readonly One[], send: (some: readonly One[]) => void, failed: (one: One, error: unknown) => void): void => {
  if (all.length === 0) return;
  try {
    send(all);
  } catch (error) {
    if (all.length === 1) failed(all[0]!, error);
    else for (const one of all) together([one], send, failed);
  }
};

const noAnswer = (): never => {
  throw new Error('this side answers no questions');
};

const byName: Failures = {
  sent(error) {
    const { name, message, code, stack }: Error & { readonly code?: unknown } = error instanceof Error ? error : new Error(String(error));
    return { name, message, code, stack };
  },
  received: (failure) => Object.assign(new Error(), failure),
};

interface Asking {
  resolve(answer: unknown): void;
  reject(failure: unknown): void;
}

/**
 * In slots that are used again, not in a `Map`: V8 leads from the table of a map that was outgrown to the next one, so one that has grown old
 * keeps all that was asked after it until a full collection. Under load that was half of what survived the young collections.
 */
const createWaiting = () => {
  const slots: (Asking | undefined)[] = [];
  const free: number[] = [];
  const take = (number: number): Asking => {
    const asking = slots[number]!;
    slots[number] = undefined;
    free.push(number);
    return asking;
  };
  return {
    /** Its number until it is taken. */
    put(asking: Asking): number {
      const number = free.pop() ?? slots.length;
      slots[number] = asking;
      return number;
    },
    take,
    takeAll: (): Asking[] => [...slots.keys()].filter((number) => slots[number] !== undefined).map(take),
  };
};
