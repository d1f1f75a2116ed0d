import {
  AppendTooLarge,
  AppendUnknown,
  EventLogUnavailable,
  EventNotUnderstood,
  EventsWithheld,
  IdempotencyConflict,
  InvalidEvent,
  PositionUnknown,
  RevisionMismatch,
  WrongExpectedRevision,
} from '#event-log';
import { KeyLost, SubjectErased } from '#privacy';
import { InvalidParameter } from '#projections/reading.js';
import { ViewNotReady } from '#projections/runner/view-reader.js';
import { InvalidCursor, ReadModelsUnavailable } from '#read-models/errors.js';
import { Rejection } from '#relationship/read-side.js';
import { InvalidMessage, UnverifiedEvent } from '#streaming/errors.js';
import { AccessLogUnavailable } from '../access-log/access-log-store.js';
import { FingerprintKeyMissing } from '../commands/fingerprints.js';
import { KeyStoreUnavailable } from '../identity/key-store.js';
import { boundedDetails } from './bounded-details.js';
import { Problem, type ProblemDetails, problemType } from './problem.js';
import { type EdgeProblemCode, edgeProblems, rejectionProblem } from './problem-catalogue.js';

export interface AnsweredProblem {
  readonly details: ProblemDetails;
  /** Seconds. */
  readonly retryAfter?: number;
  /** Worth a line in the log: the cause lies with us or our engines. */
  readonly ours: boolean;
}

/** An error that was thrown, and made a problem of, in another thread. */
export class ErrorElsewhere extends Error {
  override readonly name = 'ErrorElsewhere';
  constructor(
    readonly problem: AnsweredProblem,
    /** Name, message and stack. */
    text: string,
  ) {
    super(text);
  }
}

/**
 * The one place that turns errors into problem details, of a bounded size whatever the request was. What it does not know becomes a 500 that
 * tells nothing of the inside.
 */
export const problemOf = (error: unknown): AnsweredProblem => {
  if (error instanceof ErrorElsewhere) return error.problem;
  const problem = unbounded(error);
  return { ...problem, details: boundedDetails(problem.details) };
};

const unbounded = (error: unknown): AnsweredProblem => {
  if (error instanceof Problem) return edge(error.code, error.message, error.members, error.retryAfter);
  if (error instanceof Rejection) return rejection(error);
  if (error instanceof InvalidMessage) return edge('invalid-message', undefined, { errors: error.errors });
  if (error instanceof UnverifiedEvent) return { ...edge('event-not-verified', error.message, { ...error.fault }), ours: true };
  if (error instanceof KeyLost) return edge('key-lost', error.message, { subject: error.subject });
  if (error instanceof SubjectErased) return rejection(new Rejection('customer-erased', error.message));
  if (error instanceof EventNotUnderstood && error.why === 'key-lost') return edge('key-lost', error.message, { ...error.details });
  if (error instanceof EventNotUnderstood) return edge('event-not-understood', error.message, { ...error.details });
  if (error instanceof RevisionMismatch) {
    return edge('revision-mismatch', error.message, { expectedRevision: error.expected, actualRevision: error.actual });
  }
  if (error instanceof IdempotencyConflict) return edge('idempotency-conflict', error.message);
  if (error instanceof EventsWithheld) return edge('events-withheld');
  if (error instanceof InvalidEvent) {
    const errors = error.problems.map(({ pointer, rule }) => ({ pointer: pointer.replace(/^\/data/, ''), detail: rule }));
    return edge('invalid-body', 'The event that would be recorded is not valid.', { errors });
  }
  if (error instanceof FingerprintKeyMissing) return { ...edge('fingerprint-key-missing', error.message, { key: error.key }), ours: true };
  if (error instanceof WrongExpectedRevision) return edge('stream-contended', undefined, {}, 1);
  if (error instanceof AppendTooLarge) return edge('append-too-large', error.message);
  if (error instanceof PositionUnknown) return edge('position-unknown', error.message);
  if (error instanceof AppendUnknown) return { ...edge('append-unknown', undefined, {}, 2), ours: true };
  if (
    error instanceof EventLogUnavailable ||
    error instanceof ReadModelsUnavailable ||
    error instanceof KeyStoreUnavailable ||
    error instanceof AccessLogUnavailable
  ) {
    return { ...edge('engine-unavailable', undefined, {}, 2), ours: true };
  }
  if (error instanceof InvalidCursor) return edge('invalid-query', undefined, { errors: [{ pointer: 'cursor', detail: error.message }] });
  if (error instanceof InvalidParameter) {
    const detail = error.message.slice(error.parameter.length + 2);
    return edge('invalid-query', undefined, { errors: [{ pointer: error.parameter, detail }] });
  }
  if (error instanceof ViewNotReady) {
    const { view, progress, message } = error;
    return edge('view-not-built', message, { view, ...(progress && { progress }) }, 2);
  }
  return fromFramework(error) ?? { ...edge('internal'), ours: true };
};

const edge = (
  code: EdgeProblemCode,
  detail?: string,
  members: Readonly<Record<string, unknown>> = {},
  retryAfter?: number,
): AnsweredProblem => {
  const { status, title, meaning } = edgeProblems[code];
  // What can be said of the kind alone, unless the members say what was wrong.
  const general = members.errors === undefined ? meaning : undefined;
  const text = detail === undefined || detail === title ? general : detail;
  return {
    details: { type: problemType(code), title, status, ...(text !== undefined && { detail: text }), ...members },
    ...(retryAfter !== undefined && { retryAfter }),
    ours: false,
  };
};

const rejection = (error: Rejection): AnsweredProblem => ({
  details: { ...error.details, type: problemType(error.code), ...rejectionProblem(error.code), detail: error.message },
  ours: false,
});

const byFastifyCode: Readonly<Record<string, EdgeProblemCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed-request',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed-json',
  FST_ERR_BAD_URL: 'malformed-request',
  FST_ERR_MAX_PARAM_LENGTH: 'invalid-path',
  FST_ERR_REQ_INVALID_VALIDATION_INVOCATION: 'malformed-request',
};

const byStatus: Readonly<Record<number, EdgeProblemCode>> = {
  400: 'malformed-request',
  401: 'not-authenticated',
  403: 'not-allowed',
  404: 'not-found',
  413: 'body-too-large',
  414: 'malformed-request',
  415: 'unsupported-media-type',
  503: 'stopping',
};

/** Nest's and Fastify's own errors; their messages may quote the request, so only the kind is kept. */
const fromFramework = (error: unknown): AnsweredProblem | undefined => {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, statusCode, status } = error as { code?: unknown; statusCode?: unknown; status?: unknown };
  const known = (typeof code === 'string' && byFastifyCode[code]) || byStatus[Number(statusCode ?? status)];
  return known ? edge(known) : undefined;
};
