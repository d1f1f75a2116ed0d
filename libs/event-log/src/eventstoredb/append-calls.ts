import { randomBytes } from 'node:crypto';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import type streamsTypes from '@eventstore/db-client/generated/streams_pb.js';
import { createSemaphore } from '#async';
import type { Connection, Streams } from './connection.js';
import { type EngineError, failureOf } from './failures.js';
import type { Place } from './positions.js';
import { type AppendRequest, batchRequests, classicEvent, classicHead, fitsBatch } from './requests.js';

/** What the server says to an append. `actual` is null where there is no stream. */
export type Answer =
  | { readonly kind: 'done'; readonly revision: number; readonly place: Place | undefined }
  | { readonly kind: 'elsewhere'; readonly actual: number | null }
  | { readonly kind: 'too-large'; readonly limit: number | undefined };

/** One call, made once. */
export interface AppendCalls {
  /** @throws what the connection or the server failed with */
  append(request: AppendRequest): Promise<Answer>;
  close(): void;
}

/** For an answer; the server itself gives up after 2 s. */
const DEADLINE_MS = 5_000;

export function failed(code: number, message: string, exception?: string): EngineError {
  return Object.assign(new Error(message), { code, metadata: { getMap: () => ({ exception }) } });
}

interface Waiting {
  readonly until: number;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

type Response = streamsTypes.BatchAppendResp;

/**
 * All appends over one call. The client does the same, but it keeps what waits for an answer in one table of the process, where the error of one
 * client fails the appends of another, and it has no deadlines.
 */
export function batchAppends(connection: Connection): AppendCalls {
  let opened: { readonly streams: Streams; readonly call: BatchCall } | undefined;
  const classic = classicAppends(connection);

  return {
    async append(request) {
      // A message that is too large for the transport ends its call: it has one of its own.
      if (!fitsBatch(request)) return classic.append(request);
      const streams = await connection.streams();
      if (opened?.streams !== streams || opened.call.ended) {
        opened?.call.end(failed(14, 'the connection was replaced'));
        const call = streams.batchAppend(...connection.callArguments({ leader: true }));
        opened = { streams, call: openBatchCall(call, (error) => void connection.failed(streams, error)) };
      }
      const answer = await opened.call.append(request);
      connection.answered();
      return answer;
    },
    close: () => opened?.call.end(failed(14, 'the event log is closed')),
  };
}

type BatchCall = ReturnType<typeof openBatchCall>;

function openBatchCall(call: ReturnType<Streams['batchAppend']>, failing: (error: unknown) => void) {
  // In the order of sending, so that the first is the first to be late.
  const waiting = new Map<string, Waiting>();
  const prefix = `${randomBytes(4).toString('hex')}-0000-4000-8000-`;
  let sent = 0;
  let ended = false;

  const end = (error: unknown) => {
    if (ended) return;
    ended = true;
    clearInterval(watch);
    failing(error);
    call.cancel();
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  const watch = setInterval(() => {
    const now = performance.now();
    for (const [id, { until, reject }] of waiting) {
      if (until > now) break;
      waiting.delete(id);
      const late = failed(4, `no answer within ${DEADLINE_MS} ms`);
      failing(late);
      reject(late);
    }
  }, 100);
  watch.unref();

  call.on('data', (response: Response) => {
    const id = uuidIn(response.getCorrelationId());
    const one = waiting.get(id);
    // Nobody waits for what is answered after its deadline.
    if (!one) return;
    waiting.delete(id);
    try {
      one.resolve(answerIn(response));
    } catch (error) {
      one.reject(error);
    }
  });
  // It says nothing of any one append, such as that it is too large.
  call.on('error', (error: EngineError) => end(failureOf(error) === 'too-large' ? failed(14, error.message) : error));
  call.on('end', () => end(failed(14, 'the server ended the call')));

  return {
    get ended() {
      return ended;
    },
    end,
    append: (request: AppendRequest) =>
      new Promise<Answer>((resolve, reject) => {
        const id = prefix + (sent++).toString(16).padStart(12, '0');
        waiting.set(id, { until: performance.now() + DEADLINE_MS, resolve, reject });
        for (const message of batchRequests(request, id)) call.write(message);
      }),
  };
}

/** The server answers with text or with two numbers, whichever way it was asked. */
function uuidIn(uuid: ReturnType<Response['getCorrelationId']>): string {
  const structured = uuid?.getStructured();
  if (!structured) return uuid?.getString() ?? '';
  const hex = [structured.getMostSignificantBits(), structured.getLeastSignificantBits()]
    .map((half) => BigInt.asUintN(64, BigInt(half)).toString(16).padStart(16, '0'))
    .join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function answerIn(response: Response): Answer {
  const success = response.getSuccess();
  if (success) return { kind: 'done', revision: Number(success.getCurrentRevision()), place: placeIn(success.getPosition()) };
  const error = response.getError();
  const details = error?.getDetails();
  const bytes = details?.getValue_asU8() ?? new Uint8Array();
  switch (details?.getTypeName()) {
    case 'event_store.client.WrongExpectedVersion': {
      const wrong = shared.WrongExpectedVersion.deserializeBinary(bytes);
      return { kind: 'elsewhere', actual: wrong.hasCurrentStreamRevision() ? Number(wrong.getCurrentStreamRevision()) : null };
    }
    case 'event_store.client.MaximumAppendSizeExceeded':
      return { kind: 'too-large', limit: shared.MaximumAppendSizeExceeded.deserializeBinary(bytes).getMaxappendsize() };
    case 'event_store.client.StreamDeleted':
      throw failed(9, 'the stream is deleted', 'stream-deleted');
    case 'event_store.client.AccessDenied':
      throw failed(7, 'Access Denied', 'access-denied');
    case 'event_store.client.Timeout':
      throw failed(10, 'the server gave up waiting for the commit');
    default:
      throw failed(error?.getCode() ?? 2, error?.getMessage() || 'the server failed without a reason');
  }
}

const placeIn = (position: { getCommitPosition(): string; getPreparePosition(): string } | undefined): Place | undefined =>
  position && { commit: position.getCommitPosition(), prepare: position.getPreparePosition() };

/** Each is a stream of HTTP/2, of which a connection has about 100; `READS_AT_ONCE` are for reads. */
const CLASSIC_AT_ONCE = 48;

/** For servers that do not list BatchAppend. */
export function classicAppends(connection: Connection): AppendCalls {
  const bounded = createSemaphore(CLASSIC_AT_ONCE);

  async function append(request: AppendRequest): Promise<Answer> {
    const streams = await connection.streams();
    try {
      const response = await new Promise<streamsTypes.AppendResp>((resolve, reject) => {
        const args = connection.callArguments({ leader: true, deadlineMs: DEADLINE_MS });
        const call = streams.append(...args, (error, answer) => (error ? reject(error) : resolve(answer)));
        call.on('error', reject);
        call.write(classicHead(request));
        for (const event of request.events) call.write(classicEvent(event));
        call.end();
      });
      connection.answered();
      const success = response.getSuccess();
      if (success) return { kind: 'done', revision: Number(success.getCurrentRevision()), place: placeIn(success.getPosition()) };
      const wrong = response.getWrongExpectedVersion();
      return { kind: 'elsewhere', actual: wrong?.hasCurrentRevision() ? Number(wrong.getCurrentRevision()) : null };
    } catch (error) {
      await connection.failed(streams, error);
      const limit = (error as EngineError).metadata?.getMap()['maximum-append-size'];
      if (limit !== undefined) return { kind: 'too-large', limit: Number(limit) };
      throw error;
    }
  }

  return {
    append: (request) => bounded(() => append(request)),
    close: () => undefined,
  };
}
