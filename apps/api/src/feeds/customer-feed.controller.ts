import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DomainEvent } from '#event-log';
import { type Identity, masksFor, Problem } from '#platform';
import { entryOf, kindByType } from '#projections/timeline/entry.js';
import { type CustomerAccess, relationshipStream } from '#relationship';
import { API_SERVICES, type ApiServices } from '../api-services.js';
import { everyone } from '../edge/access.js';
import { CustomerScope } from '../edge/customer-scope.js';
import { whole } from '../edge/parameters.js';
import { rejectUnknownQuery } from '../edge/query.js';
import { showing } from '../edge/shown-customers.js';
import { stillAllowed } from '../edge/still-allowed.js';
import { streamExists } from '../edge/stream-exists.js';
import { customerBatches } from './customer-batches.js';
import type { Frame } from './frames.js';
import { readLastEventId } from './log.controller.js';
import { OpenFeeds } from './open-feeds.js';
import { StreamWatch } from './stream-watch.js';

const revision = whole(0, Number.MAX_SAFE_INTEGER, 'Revision of the last entry received.');

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
    rejectUnknownQuery(request.query);
    const identity = request.identity as Identity;
    await this.scope.check(identity, customerId);
    await this.scope.assertNotErased(customerId);
    const stream = relationshipStream(customerId);
    if (!(await streamExists(this.services.log, stream))) throw new Problem('not-found');
    // A record with an event that is not understood is a 409 here, not a feed that ends.
    if (identity.role === 'customer') await this.services.own.of(customerId);
    const afterRevision = readLastEventId(request, revision) ?? -1;
    const reader: Reader = { identity, access: await this.scope.access(this.scope.readerOf(identity), customerId) };
    const keyIsGood = stillAllowed(this.services, request);
    this.feeds.start(request, reply, {
      show: showing(this.services, request, 'timeline-feed'),
      customersOf: () => [customerId],
      // An assignment may begin some time after it was recorded, so without an event.
      allowed: async () => this.scope.opens(reader.access, this.scope.readerOf(identity), customerId) && (await keyIsGood()),
      batches: (signal) => this.batches(reader, customerId, { stream, afterRevision, signal }),
    });
  }

  /** A curator who loses the customer sees the event by which that happened and nothing after it; the customer, what is meant for customers. */
  private async *batches(
    reader: Reader,
    customerId: string,
    from: Parameters<typeof customerBatches>[2],
  ): AsyncGenerator<readonly Frame[]> {
    const { identity } = reader;
    const own = identity.role === 'customer' ? await this.services.own.of(customerId) : undefined;
    for await (const batch of customerBatches(this.services.log, this.watch, from)) {
      if (own !== undefined) {
        await own.refresh();
        yield framesOf(own.shown(batch));
        continue;
      }
      // Team and curators may have changed since the batch before.
      const actor = this.scope.readerOf(identity);
      const access = await this.scope.access(actor, customerId);
      if (this.scope.opens(access, actor, customerId)) {
        reader.access = access;
        yield this.framesFor(identity, batch);
        continue;
      }
      const last = (await this.scope.lostAt(customerId, actor)) ?? -1;
      yield this.framesFor(
        identity,
        batch.filter(({ revision }) => revision <= last),
      );
      if (batch.some(({ revision }) => revision >= last)) return;
    }
  }

  private framesFor({ role }: Identity, events: readonly DomainEvent[]): readonly Frame[] {
    const masks = masksFor(role, this.services.policies.current());
    return framesOf(masks ? events.map(masks.event) : events);
  }
}

/** Who reads a feed, and the last that is known of who may open the customer, until the reader may not. */
interface Reader {
  readonly identity: Identity;
  access: CustomerAccess;
}

const framesOf = (events: readonly DomainEvent[]): readonly Frame[] =>
  events
    .filter(({ type, notUnderstood }) => notUnderstood === undefined && kindByType.has(type))
    .map((event) => ({ id: String(event.revision), event: event.type, data: { ...entryOf(event), kind: kindByType.get(event.type) } }));
