import type streamsTypes from '@eventstore/db-client/generated/streams_pb.js';
import type { Connection, Streams } from './connection.js';
import { failureOf, unavailable } from './failures.js';
import { type Read, readRequest } from './requests.js';
import { bytesOf } from './wire-events.js';

export type Message = streamsTypes.ReadResp;
type Call = ReturnType<Streams['read']>;

/** What may wait to be taken; then the server is not read any more, until half of it has been. */
const MESSAGES = 2_000;
const BYTES = 8_000_000;

export interface ReadOptions {
  readonly leader: boolean;
  /** Of a read that answers little: a frozen server is noticed sooner than by its connection. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** For reads of a few events. */
export const SOON = { leader: true, deadlineMs: 5_000 } as const;

/** Tried once more where the node has gone or does not lead, unless something came. */
const TRIES = 3;

/**
 * The messages of one read, in order, as many at once as have come. The call is cancelled when whoever reads leaves, and ends without an error when
 * the signal fires.
 * @throws what the server or the connection failed with
 */
export async function* incoming(
  connection: Connection,
  read: Read,
  { signal, ...options }: ReadOptions,
): AsyncGenerator<readonly Message[]> {
  for (let attempt = 1; !signal?.aborted; attempt++) {
    let streams: Streams | undefined;
    let came = false;
    try {
      streams = await connection.streams();
      const call = streams.read(readRequest(read), ...connection.callArguments(options));
      call.on('metadata', (metadata) => connection.sawDate(metadata.get('date')[0]?.toString()));
      for await (const messages of taken(call, signal)) {
        came = true;
        connection.answered();
        yield messages;
      }
      return;
    } catch (error) {
      await connection.failed(streams, error);
      const failure = failureOf(error);
      const again = !came && attempt < TRIES && (failure === 'not-leader' || failure === 'unknown' || failure === 'not-sent');
      if (!again) throw error;
    }
  }
}

/** The error of a read as the port has it, where the read has no use of its own for it. */
export async function* incomingOrUnavailable(connection: Connection, read: Read, options: ReadOptions): AsyncGenerator<readonly Message[]> {
  try {
    yield* incoming(connection, read, options);
  } catch (error) {
    throw unavailable(error, connection.server);
  }
}

async function* taken(call: Call, signal: AbortSignal | undefined): AsyncGenerator<readonly Message[]> {
  let waiting: Message[] = [];
  let bytes = 0;
  let end: { readonly error?: unknown } | undefined;
  let wake: (() => void) | undefined;

  call.on('data', (message: Message) => {
    waiting.push(message);
    const event = message.getEvent()?.getEvent();
    if (event) bytes += bytesOf(event);
    if (waiting.length >= MESSAGES || bytes >= BYTES) call.pause();
    wake?.();
  });
  const ended = (how: { readonly error?: unknown }) => {
    end ??= how;
    wake?.();
  };
  // Stays: an error that comes late has nobody else to hear it.
  call.on('error', (error: unknown) => ended({ error }));
  call.on('end', () => ended({}));
  const abort = () => ended({});
  signal?.addEventListener('abort', abort, { once: true });
  try {
    for (;;) {
      if (signal?.aborted) return;
      if (waiting.length > 0) {
        const messages = waiting;
        waiting = [];
        bytes = 0;
        yield messages;
        call.resume();
      } else if (end) {
        if ('error' in end) throw end.error;
        return;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        wake = undefined;
      }
    }
  } finally {
    signal?.removeEventListener('abort', abort);
    call.cancel();
  }
}
