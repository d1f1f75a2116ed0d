import { type RefusalEntry, rejections } from '#relationship/facts.js';

/** Every problem that the edge itself can answer. The codes are stable: clients branch on `/problems/<code>`. */
export const edgeProblems = {
  'not-authenticated': {
    status: 401,
    title: 'An API key is wanted',
    meaning: 'Send `Authorization: Bearer letopis_…` with a key that exists and is not revoked. Keys are never read from the URL.',
  },
  'not-allowed': {
    status: 403,
    title: 'This key may not do that',
    meaning: 'The role of the key is not among those that the operation is open to.',
  },
  'not-found': {
    status: 404,
    title: 'There is nothing here',
    meaning: 'No such address, no such record, or a record outside the portfolio of the one who asks: the three are not told apart.',
  },
  'method-not-allowed': { status: 405, title: 'The address does not know the method', meaning: '`Allow` names those that it knows.' },
  'malformed-json': {
    status: 400,
    title: 'The body is not JSON',
    meaning: 'The body could not be parsed; `position` counts bytes from 0 to the first that does not fit.',
  },
  'malformed-utf8': {
    status: 400,
    title: 'The body is not UTF-8',
    meaning: 'JSON is UTF-8 (RFC 8259); `position` counts bytes from 0 to the first that is not.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The body has another type than wanted',
    meaning: 'Send `Content-Type: application/json`.',
  },
  'body-too-large': {
    status: 413,
    title: 'The body is too large',
    meaning: 'The limit is set by BODY_LIMIT; send long lists in several requests.',
  },
  'malformed-request': {
    status: 400,
    title: 'The request cannot be understood',
    meaning: 'The request line, a header or the path is not well-formed.',
  },
  'invalid-body': {
    status: 422,
    title: 'The body does not fit',
    meaning: '`errors` lists everything that is wrong at once: a JSON pointer and what would be right.',
  },
  'invalid-query': {
    status: 400,
    title: 'A query parameter does not fit',
    meaning: '`errors` lists every parameter that is unknown or has a wrong value, with what would be right.',
  },
  'invalid-header': { status: 400, title: 'A header does not fit', meaning: '`detail` names the header and says what would be right.' },
  'invalid-message': {
    status: 400,
    title: 'The message is not a CloudEvent as wanted',
    meaning:
      '`errors` lists every attribute of a message over Kafka that is missing or wrong: its header, or a JSON pointer, and what would be right.',
  },
  'unreadable-batch': {
    status: 415,
    title: 'The messages are compressed as they cannot be read',
    meaning:
      'Messages over Kafka are read uncompressed or compressed with gzip. `firstOffset` and `lastOffset` say where a batch of others stands: it is ' +
      'passed over as a whole. Send its messages again. `compression.type=uncompressed` of the topic makes the brokers keep what is read, whatever senders use.',
  },
  'invalid-path': {
    status: 400,
    title: 'A part of the path does not fit',
    meaning: 'Ids are 1 to 64 letters, digits, hyphens and underscores: never an e-mail address, a phone number or a name.',
  },
  'unknown-command': {
    status: 422,
    title: 'There is no such command',
    meaning:
      '`name` of a bulk item is not in the command catalogue (see /openapi.json), or the type of a message is none that may be sent.',
  },
  'revision-mismatch': {
    status: 412,
    title: 'The record has changed',
    meaning: 'If-Match names another revision than the record has: read it again, then decide.',
  },
  'idempotency-conflict': {
    status: 422,
    title: 'The idempotency key was used for another command',
    meaning: 'The same key with the same body is answered as the first time; with another body, or for another record, it is refused.',
  },
  'events-withheld': {
    status: 409,
    title: 'The command would append events',
    meaning: 'The item says `"append": false`, so nothing was appended. Send it without `append` to have it executed.',
  },
  'stream-contended': {
    status: 409,
    title: 'Too many writers at one record',
    meaning: 'Others changed the record each time this command was decided. Nothing was appended; try again.',
  },
  'projector-elsewhere': {
    status: 409,
    title: 'The projector runs elsewhere',
    meaning:
      'This API does not keep the views up to date itself (`PROJECTOR=off`). `letopis rebuild` does it beside the projectors, or in their place.',
  },
  'rebuild-running': {
    status: 409,
    title: 'The view is being rebuilt',
    meaning: '`GET /projections` says how far it is; ask again when it is done.',
  },
  'no-rollback': {
    status: 409,
    title: 'There is nothing to go back to',
    meaning: 'No former filling of the view that this version of Letopis can go on with is kept.',
  },
  'rate-limited': {
    status: 429,
    title: 'Too many requests',
    meaning:
      'The limit is set by RATE_LIMIT, for each key, and by ADDRESS_RATE_LIMIT, for each remote address without a good one; ' +
      '`Retry-After` says when to come back.',
  },
  'view-behind': {
    status: 503,
    title: 'The view has not reached the position yet',
    meaning: 'The view did not reach `Min-Position` within 2 s; `Retry-After` says when to come back.',
  },
  'view-not-built': {
    status: 503,
    title: 'The view is not built yet',
    meaning:
      'This version of Letopis builds its views from the log before it answers from them; `progress` says how far it is, as does /health/ready.',
  },
  'projector-away': {
    status: 503,
    title: 'The projector does not run at the moment',
    meaning: 'It is begun anew by itself; `/health/ready` says when it runs. Try again then.',
  },
  'event-not-understood': {
    status: 409,
    title: 'An event of this record is not understood',
    meaning:
      'Its body cannot be read, or its type or version is not known to this version of Letopis: `stream`, `revision`, `eventType` and `schemaVersion` say which event it is. Nothing can be decided on the record until it is understood, by a newer version of Letopis or a log that was put back.',
  },
  'views-away': {
    status: 503,
    title: 'The views of the company do not answer at the moment',
    meaning: 'The thread that answers them is begun anew by itself. Try again then.',
  },
  'engine-unavailable': {
    status: 503,
    title: 'The storage does not answer',
    meaning: 'The engine cannot be reached or is full. Nothing was appended; the same request may be sent again.',
  },
  'fingerprint-key-missing': {
    status: 503,
    title: 'The key of a stored fingerprint is missing',
    meaning:
      'A command with this Idempotency-Key or source was executed before, and the secret under which its fingerprint was made is not in the ' +
      'key store, so it cannot be compared. Nothing was appended. Restore the key store (keys.sqlite) that belongs to this log from its backup.',
  },
  'fingerprint-secret-missing': {
    status: 503,
    title: 'The key store has no secret of the fingerprints',
    meaning:
      'The API may not make it there, so commands with an Idempotency-Key or a source are rejected with `engine-unavailable`. ' +
      '`letopis keys create`, as somebody who may write to the key store, makes it; /health/ready lists this problem until then.',
  },
  'append-unknown': {
    status: 503,
    title: 'It is not known whether this was appended',
    meaning:
      'The engine failed while it made this durable. Send the same request again with the same Idempotency-Key or source: ' +
      'what was appended is not appended twice.',
  },
  'too-many-feeds': {
    status: 503,
    title: 'Too many live feeds are open',
    meaning: 'The limit is set by FEED_LIMIT; one key may have half of it, one connection one feed.',
  },
  stopping: { status: 503, title: 'The server is stopping', meaning: 'Nothing was appended; send the request again in a moment.' },
  'event-not-verified': {
    status: 500,
    title: 'An event of the log does not verify',
    meaning:
      'The log was edited or damaged: `position`, `stream` and `revision` name an event that is not what its hash was made over, or that was ' +
      'not appended after the one before it, and `codes` says why. `letopis verify` lists all of them. Compare with a backup.',
  },
  internal: {
    status: 500,
    title: 'Something went wrong inside',
    meaning: 'The log of the server holds the cause under the same `requestId`.',
  },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly title: string; readonly meaning: string }>>;

export type EdgeProblemCode = keyof typeof edgeProblems;

const statusOfKind = { unknown: 404, gone: 410, conflict: 409, invalid: 422, forbidden: 403 } as const satisfies Readonly<
  Record<RefusalEntry['kind'], number>
>;

/** Status and title of a refusal of the domain; one that its catalogue does not list is a conflict. */
export const refusalProblem = (code: string): { readonly status: number; readonly title: string } => {
  const entry = rejections[code];
  return entry ? { status: statusOfKind[entry.kind], title: entry.title } : { status: 409, title: 'The command is refused' };
};

export interface ProblemPage {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly meaning: string;
}

/** Everything that this API may answer a request with instead of what was asked for. */
export const problemPages: readonly ProblemPage[] = [
  ...Object.entries(edgeProblems).map(([code, problem]) => ({ code, ...problem })),
  ...Object.keys(rejections).map((code) => ({
    code,
    ...refusalProblem(code),
    meaning: 'A rule of the domain refused the command; `detail` says which value and what would be right. Nothing was appended.',
  })),
];
