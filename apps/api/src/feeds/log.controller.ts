import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type DomainEvent, type EventLog, isOfSameLog, type Position, PositionUnknown, roughSize } from '#event-log';
import { type Identity, masksFor, Problem } from '#platform';
import { API_SERVICES, type ApiServices } from '../api-services.js';
import { preferredOf } from '../csv/csv-pages.js';
import { overseers } from '../edge/access.js';
import { customersOfEvent } from '../edge/customers-in.js';
import { PAGE_CHARACTERS, sendJson } from '../edge/json-answer.js';
import { linkTo } from '../edge/links.js';
import type { Parameter } from '../edge/parameters.js';
import { readQuery } from '../edge/query.js';
import { showing } from '../edge/shown-customers.js';
import { stillAllowed } from '../edge/still-allowed.js';
import { visibleTo } from '../edge/visible-events.js';
import type { Frame } from './frames.js';
import { logFeedParameters, logPageParameters, position } from './log-parameters.js';
import { OpenFeeds } from './open-feeds.js';

/** The whole log, in its global order, for those who see more than one portfolio. */
@Controller()
export class LogController {
  constructor(
    @Inject(API_SERVICES) private readonly services: ApiServices,
    @Inject(OpenFeeds) private readonly feeds: OpenFeeds,
  ) {}

  @Get('/events')
  @RouteConfig({ access: { roles: overseers, allTeams: true } })
  async page(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { after, types: wanted, limit = 100 } = readQuery(request.query, logPageParameters);
    if (preferredOf(request.headers.accept) === 'csv')
      throw new Problem('not-acceptable', 'Events have no table; send Accept: application/json.');
    const show = showing(this.services, request, 'log-page');
    const head = await this.services.log.head();
    const visible = visibleTo(request.identity as Identity);
    const { events, next } = await pageOf(this.services.log, limit, { after, types: wanted, visible });
    await show(events.flatMap(customersOfEvent));
    if (next !== undefined) {
      const query = new URLSearchParams({ after: next, limit: String(limit), ...(wanted !== undefined && { types: wanted.join(',') }) });
      reply.header('link', `<${linkTo(`/events?${query}`, request, this.services.configuration.publicUrl)}>; rel="next"`);
    }
    await sendJson(reply, { events: this.masked(request, events), head });
  }

  @Get('/events/stream')
  @RouteConfig({ access: { roles: overseers, allTeams: true } })
  async stream(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const query = readQuery(request.query, logFeedParameters);
    const seen = readLastEventId(request, position);
    const after = seen ?? query.after;
    const { log } = this.services;
    const head = await log.head();
    if (after !== undefined && !isOfSameLog(after, head))
      throw new PositionUnknown(after, `it is of another event log; this one ends at ${head}`);
    if (after !== undefined && after > head) {
      const detail = `is beyond the end of the log, ${head}`;
      if (seen !== undefined) throw new Problem('invalid-header', `Last-Event-ID ${detail}.`);
      throw new Problem('invalid-query', undefined, { errors: [{ pointer: 'after', detail }] });
    }
    const visible = visibleTo(request.identity as Identity);
    this.feeds.start(request, reply, {
      show: showing(this.services, request, 'log-feed'),
      customersOf: ({ data }) => customersOfEvent(data as DomainEvent),
      allowed: stillAllowed(this.services, request),
      batches: (signal) => framesOf(log, { after, types: query.types, visible, signal }, (events) => this.masked(request, events)),
    });
  }

  /** By the policy of the moment: a feed stays open for long. */
  private masked({ identity }: FastifyRequest, events: readonly DomainEvent[]): readonly DomainEvent[] {
    const masks = masksFor((identity as Identity).role, this.services.policies.current());
    return masks ? events.map(masks.event) : events;
  }
}

/** @throws Problem `invalid-header` */
export const readLastEventId = <Value>(request: FastifyRequest, parameter: Parameter<Value>): Value | undefined => {
  const given = request.headers['last-event-id'];
  if (given === undefined || given === '') return undefined;
  const result = parameter.read(String(given));
  if ('wrong' in result) throw new Problem('invalid-header', `Last-Event-ID ${result.wrong}.`);
  return result.value;
};

interface From {
  readonly after: Position | undefined;
  readonly types: readonly string[] | undefined;
  readonly visible: ReturnType<typeof visibleTo>;
}

const present = ({ after, types: wanted }: From) => ({
  ...(after !== undefined && { after }),
  ...(wanted !== undefined && { types: wanted }),
});

/** One page looks through so many, however little of them it shows. */
const MOST_BATCHES = 20;

/** Up to the limit, or to what a page holds or looks through; `next`: after which there may be more. */
const pageOf = async (
  log: EventLog,
  limit: number,
  from: From,
): Promise<{ readonly events: readonly DomainEvent[]; readonly next?: Position }> => {
  const events: DomainEvent[] = [];
  let characters = 0;
  let batches = 0;
  for await (const item of log.subscribe(present(from))) {
    if (item.kind === 'caughtUp') break;
    for (const event of item.events.filter(from.visible)) {
      characters += roughSize(event);
      if (characters > PAGE_CHARACTERS && events.length > 0) return { events, next: events.at(-1)!.position };
      events.push(event);
      if (events.length === limit) return { events, next: event.position };
    }
    // An empty one stands for tens of thousands of events that the types leave out.
    if (++batches === MOST_BATCHES || item.events.length === 0) return { events, next: item.head };
  }
  return { events };
};

async function* framesOf(
  log: EventLog,
  { signal, ...from }: From & { readonly signal: AbortSignal },
  masked: (events: readonly DomainEvent[]) => readonly DomainEvent[],
): AsyncGenerator<readonly Frame[]> {
  for await (const item of log.subscribe({ ...present(from), signal })) {
    if (item.kind === 'batch')
      yield masked(item.events.filter(from.visible)).map((event) => ({ id: event.position, event: event.type, data: event }));
  }
}
