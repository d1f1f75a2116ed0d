import type { Failures } from '#async';
import { type AnsweredProblem, ErrorElsewhere, problemOf } from '#platform/problems/problem-of.js';

/** An error as it goes from thread to thread: the problem that it is answered with, and for our log what it was. */
interface SentError {
  readonly problem: AnsweredProblem;
  readonly text: string;
}

export const failures: Failures = {
  sent: (error): SentError => ({
    problem: problemOf(error),
    text: error instanceof Error ? (error.stack ?? error.message) : String(error),
  }),
  received(failure) {
    const { problem, text } = failure as SentError;
    return new ErrorElsewhere(problem, text);
  },
};
