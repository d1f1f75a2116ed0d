import { type AnsweredProblem, ErrorElsewhere, problemOf } from '#platform/problems/problem-of.js';

/** An error as it goes from thread to thread: the problem that it is answered with, and for our log what it was. */
export interface SentError {
  readonly problem: AnsweredProblem;
  readonly told: string;
}

export const sentError = (error: unknown): SentError => ({
  problem: problemOf(error),
  told: error instanceof Error ? (error.stack ?? error.message) : String(error),
});

export const receivedError = ({ problem, told }: SentError): Error => new ErrorElsewhere(problem, told);
