import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Metrics, Problem } from '#platform';
import { type Frame, feedText } from './frames.js';

/** All live feeds of this process: bounded in number, and ended together when the server stops. */
export class OpenFeeds {
  private readonly open = new Set<AbortController>();
  private stopping = false;

  constructor(
    private readonly limit: number,
    private readonly metrics: Pick<Metrics, 'feedsOpen'>,
  ) {}

  /** @throws Problem `too-many-feeds`, `stopping` */
  start(
    request: FastifyRequest,
    reply: FastifyReply,
    feed: { readonly batches: (signal: AbortSignal) => AsyncIterable<readonly Frame[]>; readonly allowed: () => Promise<boolean> },
  ): void {
    if (this.stopping) throw new Problem('stopping', undefined, {}, 1);
    if (this.open.size >= this.limit) throw new Problem('too-many-feeds', undefined, {}, 10);
    const ending = new AbortController();
    this.open.add(ending);
    this.metrics.feedsOpen(1);
    const end = () => {
      if (!this.open.delete(ending)) return;
      this.metrics.feedsOpen(-1);
      ending.abort();
    };
    request.raw.socket.once('close', end);
    const { signal } = ending;
    const text = feedText(feed.batches(signal), { signal, allowed: feed.allowed });
    const stream = Readable.from(text, { objectMode: false, highWaterMark: 64 * 1024 });
    stream.once('close', end);
    reply
      .header('content-type', 'text/event-stream; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('x-accel-buffering', 'no')
      .send(stream);
  }

  /** Ends every feed after the batch that it is writing. */
  stop(): void {
    this.stopping = true;
    for (const ending of this.open) ending.abort();
  }
}
