import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RecordedEvent } from '#event-log';
import { type Identity, Problem } from '#platform';
import { entryOf, kindByType } from '#projections/timeline/entry.js';
import { curatorAssigned, relationshipStream } from '#relationship';
import { API_SERVICES, type ApiServices } from '../api-services.js';
import { everyone } from '../edge/access.js';
import { CustomerScope } from '../edge/customer-scope.js';
import { whole } from '../edge/parameters.js';
import { refuseUnknownQuery } from '../edge/query.js';
import { stillAllowed } from '../edge/still-allowed.js';
import { streamExists } from '../edge/stream-exists.js';
import { customerBatches } from './customer-batches.js';
import type { Frame } from './frames.js';
import { readLastEventId } from './log.controller.js';
import { OpenFeeds } from './open-feeds.js';
import { StreamWatch } from './stream-watch.js';

const revision = whole(0, Number.MAX_SAFE_INTEGER, 'Revision of the last entry that was seen.');

/** The timeline of one customer, live: the entries of the view, told from the log itself, so never behind it. */
@Controller()
export class CustomerFeedController {
  constructor(
    @Inject(API_SERVICES) private readonly services: ApiServices,
    @Inject(OpenFeeds) private readonly feeds: OpenFeeds,
    @Inject(CustomerScope) private readonly scope: CustomerScope,
    @Inject(StreamWatch) private readonly watch: StreamWatch,
  ) {}

  @Get('/customers/:customerId/timeline/stream')
  @RouteConfig({ access: { roles: everyone } })
  async stream(@Param('customerId') customerId: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    refuseUnknownQuery(request.query);
    const identity = request.identity as Identity;
    await this.scope.check(identity, customerId);
    const stream = relationshipStream(customerId);
    if (!(await streamExists(this.services.current, stream))) throw new Problem('not-found');
    const afterRevision = readLastEventId(request, revision) ?? -1;
    this.feeds.start(request, reply, {
      allowed: stillAllowed(this.services, request),
      batches: (signal) => this.batches(identity, customerId, { stream, afterRevision, signal }),
    });
  }

  /** A curator who loses the customer sees the assignment and nothing after it; the customer, what is meant for customers. */
  private async *batches(
    identity: Identity,
    customerId: string,
    from: Parameters<typeof customerBatches>[2],
  ): AsyncGenerator<readonly Frame[]> {
    const own = identity.role === 'customer' ? await this.services.own.of(customerId) : undefined;
    for await (const batch of customerBatches(this.services.current, this.watch, from)) {
      if (own !== undefined) {
        await own.refresh();
        yield framesOf(own.shown(batch));
        continue;
      }
      const assigned = identity.role === 'curator' && batch.some(({ type }) => type === curatorAssigned.type);
      const last = (assigned ? await this.scope.lostAt(customerId, identity.actorId) : undefined) ?? Number.POSITIVE_INFINITY;
      yield framesOf(batch.filter(({ revision }) => revision <= last));
      if (batch.some(({ revision }) => revision >= last)) return;
    }
  }
}

const framesOf = (events: readonly RecordedEvent[]): readonly Frame[] =>
  events
    .filter(({ type }) => kindByType.has(type))
    .map((event) => ({ id: String(event.revision), event: event.type, data: { ...entryOf(event), kind: kindByType.get(event.type) } }));
