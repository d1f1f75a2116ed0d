import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { EventNotUnderstood } from '#event-log';
import { eventCatalogue, Problem } from '#platform';
import { customerErased, customerIdOf, isIdOf, relationship, relationshipStream } from '#relationship';
import { customerRecordOf, customerUpTo, eventRecordOf, type PublishingKey } from '#streaming';
import { API_SERVICES, type ApiServices } from '../api-services.js';
import { followers } from '../edge/access.js';
import { customersOfEvent } from '../edge/customers-in.js';
import { whole } from '../edge/parameters.js';
import { rejectUnknownQuery } from '../edge/query.js';
import { showing } from '../edge/shown-customers.js';

const revisions = whole(0, Number.MAX_SAFE_INTEGER, '');

/** The values of records, as Kafka has them or would have them: where `ce_dataref` leads from those that were too large for their topic. */
@Controller('/feeds')
export class PublishedController {
  constructor(
    @Inject(API_SERVICES)
    private readonly services: Pick<ApiServices, 'log' | 'configuration' | 'accessLog' | 'policies' | 'clock' | 'publishingKeys'>,
  ) {}

  @Get('/relationship-events/:stream/:revision')
  @RouteConfig({ access: { roles: followers, allTeams: true } })
  async event(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const [stream, revision] = asked(request, 'stream');
    const show = showing(this.services, request, 'published-event');
    for await (const batch of this.services.log.readStream(stream, { from: revision, to: revision }))
      for (const event of batch) {
        const record = eventRecordOf(event, eventCatalogue.get(event.type), await this.keyOf(stream));
        if (record === undefined) continue;
        if (record.value === null) throw new EventNotUnderstood(event, event.notUnderstood ?? 'unknown-type');
        await show(customersOfEvent(event));
        return send(reply, record.value);
      }
    throw new Problem('not-found');
  }

  @Get('/customers/:customerId/:revision')
  @RouteConfig({ access: { roles: followers, allTeams: true } })
  async customer(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const [customerId, revision] = asked(request, 'customerId');
    if (!isIdOf(relationship, customerId)) throw new Problem('not-found');
    const show = showing(this.services, request, 'published-customer');
    const stream = relationshipStream(customerId);
    const found = await customerUpTo(this.services.log, eventCatalogue, stream, revision);
    if (found?.owed) throw new Problem('event-not-understood', 'The card cannot be derived beyond an event that is not understood.');
    if (found?.last.revision !== revision || (await this.isErased(stream))) throw new Problem('not-found');
    const { value } = customerRecordOf(found, await this.keyOf(stream));
    if (value === null) throw new Problem('not-found');
    await show([customerId]);
    send(reply, value);
  }

  /** As the relay encrypts: undefined where personal fields are omitted, and where the customer was erased. */
  private async keyOf(stream: string): Promise<PublishingKey | undefined> {
    const { configuration, publishingKeys } = this.services;
    if (!configuration.kafka?.personalFields || customerIdOf(stream) === undefined) return undefined;
    return (await publishingKeys([stream])).get(stream);
  }

  /** Its card is no longer in Kafka. */
  private async isErased(stream: string): Promise<boolean> {
    for await (const batch of this.services.log.readStream(stream)) if (batch.some(({ type }) => type === customerErased.type)) return true;
    return false;
  }
}

const asked = ({ params, query }: FastifyRequest, of: string): readonly [id: string, revision: number] => {
  rejectUnknownQuery(query);
  const path = params as Readonly<Record<string, string>>;
  const read = revisions.read((path.revision ?? '').replace(/^0+(?=\d)/, ''));
  if ('wrong' in read) throw new Problem('invalid-path', `The revision ${read.wrong}.`);
  return [path[of] ?? '', read.value];
};

const send = (reply: FastifyReply, value: string): void => {
  reply.header('content-type', 'application/json; charset=utf-8').header('cache-control', 'private, no-cache').send(value);
};
