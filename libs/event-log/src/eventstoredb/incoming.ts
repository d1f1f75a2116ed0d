import type streamsTypes from '@eventstore/db-client/generated/streams_pb.js';
import { failed } from './append-calls.js';
import type { CallOptions, Connection, Streams } from './connection.js';
import { type Failure, failureOf, unavailable } from './failures.js';
import { type Read, readRequest } from './requests.js';
import { bytesOf, isAt, placeIn, type RecordedEvent, revisionOf } from './wire-events.js';

export type Message = streamsTypes.ReadResp;

export interface ReadOptions extends CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** For reads of a few events: a frozen server is noticed sooner than by its connection. */
export const SOON = { leader: true, deadlineMs: 5_000 } as const;

/** Most readers want no more than a small first page. */
const FIRST_PAGE = 500;
const LONGEST_PAGE = 8_000;
const PAGE_BYTES = 8_000_000;
/** Of a page, where the node has gone or does not lead. */
const TRIES = 3;
const TRIED_AGAIN: readonly Failure[] = ['not-leader', 'unknown', 'not-sent'];
/** A frozen server does not keep the last of many waiting for their turn for long. */
const PATIENCE_MS = 20_000;

interface Page {
  readonly messages: readonly Message[];
  /** The server had more to say. */
  readonly isCut: boolean;
}

/**
 * The messages of a read, in order, a page at a time. A page is taken as a whole before it is answered, so whoever takes his time with it keeps no
 * call open, of which there can be few. Ends without an error when the signal fires.
 * @throws what the server or the connection failed with
 */
export async function* incoming(
  connection: Connection,
  read: Read & { readonly count: number },
  options: ReadOptions,
): AsyncGenerator<readonly Message[]> {
  const isAll = read.stream === undefined;
  // Of `$all` forwards the event at the place comes again.
  const again = isAll && !read.backwards ? 1 : 0;
  let { from, count: left } = read;
  let last: RecordedEvent | undefined;
  let most = FIRST_PAGE;
  const ask = () => {
    const count = Math.min(left, most) + (last ? again : 0);
    return { count, page: pageOf(connection, { ...read, from, count }, options) };
  };
  for (let asked = ask(), isFirst = true; ; isFirst = false) {
    const { messages, isCut } = await asked.page;
    if (options.signal?.aborted) return;
    const events = messages.flatMap((message) => message.getEvent()?.getEvent() ?? []);
    const repeated = again && last && events[0] && isAt(placeIn(last), events[0]) ? events[0] : undefined;
    left -= events.length - (repeated ? 1 : 0);
    last = events.at(-1);
    const isWhole = !last || left <= 0 || (events.length < asked.count && !isCut) || (read.backwards && !isAll && revisionOf(last) === 0);
    if (!isWhole) from = isAll ? placeIn(last!) : revisionOf(last!) + (read.backwards ? -1 : 1);
    most = Math.min(4 * most, LONGEST_PAGE);
    // Whoever takes a second page will want the third: it comes while this one is worked on.
    const ahead = isWhole || isFirst ? undefined : ask();
    ahead?.page.catch(() => undefined);
    yield repeated ? messages.filter((message) => message.getEvent()?.getEvent() !== repeated) : messages;
    if (isWhole) return;
    asked = ahead ?? ask();
  }
}

/** The error of a read as the port has it, where the read has no use of its own for it. */
export async function* incomingOrUnavailable(...read: Parameters<typeof incoming>): AsyncGenerator<readonly Message[]> {
  try {
    yield* incoming(...read);
  } catch (error) {
    throw unavailable(error, read[0].server);
  }
}

async function pageOf(connection: Connection, read: Read, options: ReadOptions): Promise<Page> {
  const asked = performance.now();
  for (let attempt = 1; ; attempt++) {
    const messages: Message[] = [];
    let bytes = 0;
    try {
      await connection.reading(async () => {
        if (performance.now() - Math.max(asked, connection.answeredAt()) > PATIENCE_MS)
          throw failed(4, `nothing was answered for ${PATIENCE_MS} ms`);
        await called(connection, read, options, (message, enough) => {
          messages.push(message);
          const event = message.getEvent()?.getEvent();
          if (event) bytes += bytesOf(event);
          if (bytes >= PAGE_BYTES) enough();
        });
      });
      return { messages, isCut: bytes >= PAGE_BYTES };
    } catch (error) {
      if (attempt === TRIES || !TRIED_AGAIN.includes(failureOf(error))) throw error;
    }
  }
}

/**
 * Whatever comes behind a place, for ever; resolves when the server ends it or the signal fires. Each message is taken at once: the server drops
 * whoever is slow.
 * @throws what the server or the connection failed with
 */
export const listen = (connection: Connection, read: Read, take: (message: Message) => void, signal: AbortSignal): Promise<void> =>
  called(connection, read, { leader: false, signal }, take);

async function called(
  connection: Connection,
  read: Read,
  { signal, ...options }: ReadOptions,
  take: (message: Message, enough: () => void) => void,
): Promise<void> {
  let streams: Streams | undefined;
  let enough = () => {};
  try {
    streams = await connection.streams();
    const call = streams.read(readRequest(read), ...connection.callArguments(options));
    call.on('metadata', (metadata) => connection.sawDate(metadata.get('date')[0]?.toString()));
    await new Promise<void>((resolve, reject) => {
      enough = () => {
        call.removeAllListeners('data');
        call.cancel();
        resolve();
      };
      call.on('data', (message: Message) => {
        try {
          take(message, enough);
        } catch (error) {
          reject(error);
          enough();
        }
      });
      // Stays: an error that comes late has nobody else to hear it.
      call.on('error', reject);
      call.on('end', resolve);
      if (signal?.aborted) enough();
      else signal?.addEventListener('abort', enough);
    });
    connection.answered();
  } catch (error) {
    await connection.failed(streams, error);
    throw error;
  } finally {
    signal?.removeEventListener('abort', enough);
  }
}
