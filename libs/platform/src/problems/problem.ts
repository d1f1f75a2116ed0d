import { type EdgeProblemCode, edgeProblems } from './problem-catalogue.js';

/** One thing that is wrong with a body or a query. */
export interface FieldError {
  /** JSON pointer into the body; the name of the parameter for a query. */
  readonly pointer: string;
  /** What is wrong and what would be right; never the value. */
  readonly detail: string;
}

/** Problem details (RFC 9457) with the members that this API adds. */
export interface ProblemDetails {
  /** `/problems/<code>`: stable, and a page that explains it. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  /** Those that are not listed, where there are too many. */
  readonly errorsLeftOut?: number;
  readonly [member: string]: unknown;
}

/** A request that the edge answers with a problem. */
export class Problem extends Error {
  override readonly name = 'Problem';
  constructor(
    readonly code: EdgeProblemCode,
    detail?: string,
    readonly members: Readonly<Record<string, unknown>> = {},
    /** Seconds, for a `Retry-After`. */
    readonly retryAfter?: number,
  ) {
    super(detail ?? edgeProblems[code].title);
  }
}

export const problemType = (code: string): string => `/problems/${code}`;
