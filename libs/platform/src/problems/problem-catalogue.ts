import { type RejectionEntry, rejections } from '#relationship/read-side.js';

/** Every problem that the edge itself can answer. The codes are stable: clients branch on `/problems/<code>`. */
export const edgeProblems = {
  'not-authenticated': {
    status: 401,
    title: 'Authentication required',
    meaning:
      'Send `Authorization: Bearer letopis_…` with a key that exists and is not revoked, or with a token of the configured issuer. Neither is read from the URL.',
  },
  'not-allowed': {
    status: 403,
    title: 'Operation not allowed for this key',
    meaning: 'The role of the key is not one of the roles of the operation.',
  },
  'not-found': {
    status: 404,
    title: 'Not found',
    meaning:
      'The address or the record does not exist, or the record is outside the portfolio of the curator. The three are not distinguished.',
  },
  'method-not-allowed': { status: 405, title: 'Method not allowed', meaning: '`Allow` lists the methods of the address.' },
  'malformed-json': {
    status: 400,
    title: 'Request body is not JSON',
    meaning: 'The body could not be parsed; `position` is the byte offset of the first error.',
  },
  'malformed-utf8': {
    status: 400,
    title: 'Request body is not UTF-8',
    meaning: 'JSON is UTF-8 (RFC 8259); `position` is the byte offset of the first error.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'Unsupported content type',
    meaning: 'Send `Content-Type: application/json`.',
  },
  'not-acceptable': {
    status: 406,
    title: 'Not available in this format',
    meaning: '`Accept: text/csv` requires an answer that has a list.',
  },
  'body-too-large': {
    status: 413,
    title: 'Request body too large',
    meaning: 'The limit is set by BODY_LIMIT; send long lists in several requests.',
  },
  'append-too-large': {
    status: 413,
    title: 'Too many or too long events at once',
    meaning:
      'The events of one command are larger together than the event log takes at once: on EventStoreDB 1 MiB, unless `--max-append-size` of the server says otherwise. Nothing was appended. Send less in one command.',
  },
  'malformed-request': {
    status: 400,
    title: 'Malformed request',
    meaning: 'The request line, a header or the path is not well-formed.',
  },
  'invalid-body': {
    status: 422,
    title: 'Request body validation failed',
    meaning: '`errors` lists every error: a JSON pointer, and what would be valid.',
  },
  'invalid-query': {
    status: 400,
    title: 'Query parameter validation failed',
    meaning: '`errors` lists every parameter that is unknown or has an invalid value, and what would be valid.',
  },
  'position-unknown': {
    status: 400,
    title: 'Position unknown to the event log',
    meaning:
      'The position is of another event log, or beyond the end of this one: the log was moved, exchanged or restored. Start again without a position. Consumers of Kafka continue by `ce_sequence`.',
  },
  'invalid-header': { status: 400, title: 'Invalid header', meaning: '`detail` names the header and says what would be valid.' },
  'invalid-message': {
    status: 400,
    title: 'Message is not a valid CloudEvent',
    meaning:
      '`errors` lists every attribute of the Kafka message that is missing or invalid: its header or a JSON pointer, and what would be valid.',
  },
  'unreadable-batch': {
    status: 415,
    title: 'Unsupported compression of messages',
    meaning:
      'Messages over Kafka must be uncompressed or compressed with gzip. `firstOffset` and `lastOffset` identify a batch with another compression: it is ' +
      'skipped as a whole. Send its messages again. With `compression.type=uncompressed` of the topic the brokers store readable batches, whatever senders use.',
  },
  'invalid-path': {
    status: 400,
    title: 'Invalid path',
    meaning: 'Ids are 1 to 64 letters, digits, hyphens and underscores: never an e-mail address, a phone number or a name.',
  },
  'unknown-command': {
    status: 422,
    title: 'Unknown command',
    meaning: '`name` of a bulk item is not a command (see /openapi.json), or the type of a message is not accepted over Kafka.',
  },
  'revision-mismatch': {
    status: 412,
    title: 'The record has changed',
    meaning: '`If-Match` names a revision that is not the current one. Read the record again.',
  },
  'idempotency-conflict': {
    status: 422,
    title: 'Idempotency key used for another command',
    meaning: 'The same key with the same body returns the first answer. With another body, or for another record, it is rejected.',
  },
  'events-withheld': {
    status: 409,
    title: 'The command would append events',
    meaning: 'The item says `"append": false`, so nothing was appended. Send it without `append` to have it executed.',
  },
  'stream-contended': {
    status: 409,
    title: 'Too many concurrent writers of the record',
    meaning: 'The record changed each time the command was decided. Nothing was appended. Retry.',
  },
  'projector-elsewhere': {
    status: 409,
    title: 'The projector runs in another process',
    meaning:
      'This API does not update the views itself (`PROJECTOR=off`). Use `letopis rebuild`, beside the projectors or instead of them.',
  },
  'rebuild-running': {
    status: 409,
    title: 'The view is being rebuilt',
    meaning: '`GET /projections` reports the progress; retry when it has finished.',
  },
  'no-rollback': {
    status: 409,
    title: 'No build to roll back to',
    meaning: 'No former build of the view exists that this version of Letopis can use.',
  },
  'rate-limited': {
    status: 429,
    title: 'Too many requests',
    meaning:
      'The limit is set by RATE_LIMIT, for each key, and by ADDRESS_RATE_LIMIT, for each remote address without a valid key; ' +
      '`Retry-After` says when to retry.',
  },
  'view-behind': {
    status: 503,
    title: 'View behind the requested position',
    meaning: 'The view did not reach `Min-Position` within 2 s; `Retry-After` says when to retry.',
  },
  'reference-data-behind': {
    status: 503,
    title: 'Reference data behind the event log',
    meaning:
      'Several processes write the event log, and this one did not read what others had appended within 2 s; `Retry-After` says when to retry.',
  },
  'token-keys-unavailable': {
    status: 503,
    title: 'Token issuer unavailable',
    meaning:
      'The token cannot be verified, because the keys of its issuer cannot be read; known keys are used for an hour. `Retry-After` says when to retry.',
  },
  'view-not-built': {
    status: 503,
    title: 'View not built yet',
    meaning:
      'This version of Letopis builds its views from the log before they are available; `progress` and /health/ready report the progress.',
  },
  'projector-away': {
    status: 503,
    title: 'Projector not running',
    meaning: 'It restarts automatically. `/health/ready` reports when it runs. Retry then.',
  },
  'event-not-understood': {
    status: 409,
    title: 'Event of this record not understood',
    meaning:
      'Its body cannot be read, or its type or version is unknown to this version of Letopis: `stream`, `revision`, `eventType` and `schemaVersion` identify the event. Nothing can be decided on the record until the event is understood: upgrade Letopis, or restore the log.',
  },
  'key-lost': {
    status: 409,
    title: 'Key of this record lost',
    meaning:
      'Its personal fields are encrypted under a key that is not in the store of subject keys, although nobody erased it. Nothing can be decided on the record and it cannot be read: restore the store of subject keys (SUBJECT_KEYS_URL) that belongs to this log from its backup. /health/ready lists this problem with the number of `subjects` until then.',
  },
  'views-away': {
    status: 503,
    title: 'Views temporarily unavailable',
    meaning: 'The thread that answers queries across customers restarts automatically. Retry.',
  },
  'engine-unavailable': {
    status: 503,
    title: 'Storage unavailable',
    meaning: 'The engine is unreachable or full. Nothing was appended. Retry.',
  },
  'reason-required': {
    status: 400,
    title: 'Reason required',
    meaning:
      'Keys of this role state a reason for each read of personal data (policy `access-log`): send `Letopis-Reason` with a code or the number of a ticket, such as `complaint` or `ticket-4711`.',
  },
  'access-log-away': {
    status: 503,
    title: 'The read cannot be recorded',
    meaning:
      'Reads by keys of this role are stored in the access log before the answer is sent (policy `access-log`), and its storage does not answer. Nothing was shown; `Retry-After` says when to retry.',
  },
  'fingerprint-key-missing': {
    status: 503,
    title: 'The key of a stored fingerprint is missing',
    meaning:
      'A command with this Idempotency-Key or source was executed before, and the secret of its fingerprint is not in the ' +
      'key store, so it cannot be compared. Nothing was appended. Restore the key store (keys.sqlite) that belongs to this log from its backup.',
  },
  'fingerprint-secret-missing': {
    status: 503,
    title: 'The key store has no fingerprint secret',
    meaning:
      'The API has no permission to create it, so commands with an Idempotency-Key or a source are rejected with `engine-unavailable`. ' +
      'Run `letopis keys create` as a user who may write to the key store; /health/ready lists this problem until then.',
  },
  'master-key-missing': {
    status: 503,
    title: 'A master key is missing',
    meaning:
      'Keys of customers are encrypted by the master key `key`, which MASTER_KEY and FORMER_MASTER_KEYS do not give, or their source fails. Nothing is lost: what needs these keys is answered `engine-unavailable` until the master key is there; the source is read again every second. /health/ready lists this problem until then.',
  },
  'clock-off': {
    status: 503,
    title: 'The clock of this machine is off',
    meaning:
      'It differs by `aheadSeconds` from the clock of the server of the event log, so events may be recorded too early or too late. Synchronise the clocks (NTP); /health/ready lists this problem until then.',
  },
  'append-unknown': {
    status: 503,
    title: 'Unknown whether the events were appended',
    meaning:
      'The engine failed while it committed the events. Send the same request again with the same Idempotency-Key or source: ' +
      'nothing is appended twice.',
  },
  'too-many-feeds': {
    status: 503,
    title: 'Too many open live feeds',
    meaning: 'The limit is FEED_LIMIT; one key may use half of it, one connection one feed.',
  },
  stopping: { status: 503, title: 'Server stopping', meaning: 'Nothing was appended. Retry in a moment.' },
  'event-not-verified': {
    status: 500,
    title: 'Event verification failed',
    meaning:
      'The log was edited or damaged: `position`, `stream` and `revision` name an event that does not match its hash, or that was ' +
      'not appended after the one before it, and `codes` says why. `letopis verify` lists all of them. Compare with a backup.',
  },
  internal: {
    status: 500,
    title: 'Internal error',
    meaning: 'The server log has the cause under the same `requestId`.',
  },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly title: string; readonly meaning: string }>>;

export type EdgeProblemCode = keyof typeof edgeProblems;

const statusOfKind = { unknown: 404, gone: 410, conflict: 409, invalid: 422, forbidden: 403 } as const satisfies Readonly<
  Record<RejectionEntry['kind'], number>
>;

/** Status and title of a rejection of the domain; one that its catalogue does not list is a conflict. */
export const rejectionProblem = (code: string): { readonly status: number; readonly title: string } => {
  const entry = rejections[code];
  return entry ? { status: statusOfKind[entry.kind], title: entry.title } : { status: 409, title: 'Command rejected' };
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
    ...rejectionProblem(code),
    meaning: 'A rule of the domain rejected the command. `detail` names the value and what would be valid. Nothing was appended.',
  })),
];
