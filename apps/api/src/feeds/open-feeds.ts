import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Identity, type Metrics, Problem } from '#platform';
import type { Show } from '../edge/shown-customers.js';
import { type Frame, feedText } from './frames.js';

interface Feed {
  readonly show: Show;
  readonly customersOf: (frame: Frame) => readonly string[];
  readonly batches: (signal: AbortSignal) => AsyncIterable<readonly Frame[]>;
  readonly allowed: () => Promise<boolean>;
}

interface OpenFeed {
  readonly keyId: string;
  readonly socket: Socket;
  readonly answer: ServerResponse;
  readonly ending: AbortController;
}

/** How long readers have, once the server stops, to take what was written for them. */
const DRAIN_MS = 2_000;

/** All live feeds of this process: bounded in number, and ended together when the server stops. */
export class OpenFeeds {
  private readonly open = new Set<OpenFeed>();
  private stopping = false;

  constructor(
    private readonly limit: number,
    private readonly metrics: Pick<Metrics, 'feedsOpen'>,
  ) {}

  /** @throws Problem `too-many-feeds`, `stopping` */
  start(request: FastifyRequest, reply: FastifyReply, feed: Feed): void {
    // Nobody reads what HEAD would begin.
    const stream = request.method === 'HEAD' ? Readable.from([]) : this.begin(request, reply, feed);
    reply
      .header('content-type', 'text/event-stream; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('x-accel-buffering', 'no')
      .send(stream);
  }

  private begin({ identity, raw: { socket } }: FastifyRequest, { raw: answer }: FastifyReply, feed: Feed): Readable {
    const { keyId } = identity as Identity;
    this.rejectTooMany(keyId, socket);
    const ending = new AbortController();
    const open = { keyId, socket, answer, ending };
    this.open.add(open);
    this.metrics.feedsOpen(1);
    const end = () => {
      if (!this.open.delete(open)) return;
      this.metrics.feedsOpen(-1);
      socket.off('close', end);
      ending.abort();
    };
    socket.once('close', end);
    answer.once('close', end);
    const text = feedText(shownBatches(feed, ending.signal), { signal: ending.signal, allowed: feed.allowed });
    return Readable.from(text, { objectMode: false, highWaterMark: 64 * 1024 });
  }

  /** One key has at most half of the places, so that there is one left for another; a connection has one, as its answers come in turn. */
  private rejectTooMany(keyId: string, socket: Socket): void {
    if (this.stopping) throw new Problem('stopping', undefined, {}, 1);
    const open = [...this.open];
    const full = open.length >= this.limit || open.filter((feed) => feed.keyId === keyId).length >= Math.ceil(this.limit / 2);
    if (full || open.some((feed) => feed.socket === socket)) throw new Problem('too-many-feeds', undefined, {}, 10);
  }

  /** Ends every feed after the batch that it is writing, and hangs up on readers that do not take it. */
  stop(): void {
    this.stopping = true;
    const ended = [...this.open];
    for (const { ending } of ended) ending.abort();
    setTimeout(() => {
      for (const { answer, socket } of ended) if (!answer.writableFinished) socket.destroy();
    }, DRAIN_MS).unref();
  }
}

/** Each recorded before it is sent. */
async function* shownBatches({ batches, show, customersOf }: Feed, signal: AbortSignal): AsyncGenerator<readonly Frame[]> {
  for await (const batch of batches(signal)) {
    await show(batch.flatMap(customersOf));
    yield batch;
  }
}
