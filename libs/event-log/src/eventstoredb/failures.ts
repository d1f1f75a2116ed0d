import { EventLogDenied, EventLogUnavailable } from '../event-log.js';

/** An error of gRPC, or one that the client made of it. */
export interface EngineError extends Error {
  readonly code?: number;
  readonly details?: string;
  readonly metadata?: { getMap(): Readonly<Record<string, unknown>> };
}

/**
 * `not-sent`: the server has never seen the request. `no-node`: nor has any node, and all were asked several times. `deadline`, `unknown`: it may have done what was asked. `slow`: a subscriber was too slow
 * while live, which is normal under load.
 */
export type Failure =
  | 'denied'
  | 'not-leader'
  | 'not-sent'
  | 'no-node'
  | 'deadline'
  | 'slow'
  | 'deleted'
  | 'too-large'
  | 'invalid'
  | 'no-position'
  | 'unknown';

const CODES = { unknown: 2, invalid: 3, deadline: 4, denied: 7, exhausted: 8, aborted: 10, unavailable: 14, unauthenticated: 16 } as const;
/** What the server calls it in the trailers. */
const EXCEPTIONS: Readonly<Record<string, Failure>> = {
  'not-leader': 'not-leader',
  'access-denied': 'denied',
  'stream-deleted': 'deleted',
  'maximum-append-size-exceeded': 'too-large',
};

export function failureOf(error: unknown): Failure {
  const { code, message, metadata } = error as EngineError;
  const named = EXCEPTIONS[String(metadata?.getMap().exception)];
  if (named) return named;
  if (code === CODES.denied || code === CODES.unauthenticated) return 'denied';
  if (code === CODES.deadline) return 'deadline';
  // A server or proxy that has too much to do answers with the same code.
  if (code === CODES.exhausted && /message (larger than|exceeds)/i.test(message)) return 'too-large';
  if (code === CODES.invalid) return 'invalid';
  if (code === CODES.aborted && message.includes('too slow')) return 'slow';
  if (code === CODES.unknown && (message.includes('ReadAllResult') || message.includes('Exception was thrown by handler')))
    return 'no-position';
  if (message.includes('Failed to discover')) return 'no-node';
  if (/No connection established|Failed to connect|Name resolution failed|before connection/i.test(message)) return 'not-sent';
  return 'unknown';
}

const HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /certificate|self.signed|unable to verify|unable to get .*issuer/i,
    'name the certificate of its authority by tlsCAFile=<file> in EVENT_LOG_URL',
  ],
  [
    /Failed to connect \(|socket hang up|ECONNRESET|EPROTO|wrong version number|Protocol error|disconnected before secure/i,
    'if the server uses TLS, leave tls=false out of EVENT_LOG_URL; if it does not, add it',
  ],
];

/** The error for whoever uses the log; `server` says where it is, without credentials. */
export function unavailable(error: unknown, server: string): EventLogUnavailable {
  if (error instanceof EventLogUnavailable) return error;
  const { message, details } = error as EngineError;
  const reason = (details || message).replace(/\s*Resolution note:.*$/s, '').replaceAll(/\s+/g, ' ');
  if (failureOf(error) === 'denied') {
    return new EventLogDenied(
      `EventStoreDB at ${server} denies access: ${reason || 'the user has no right to it'}; EVENT_LOG_URL must name a user who may read and write $all and the streams of the namespace`,
      { cause: error },
    );
  }
  const hint = HINTS.find(([pattern]) => pattern.test(reason))?.[1];
  return new EventLogUnavailable(`EventStoreDB at ${server} is unavailable: ${reason}${hint ? `; ${hint}` : ''}`, { cause: error });
}
