import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Identity, Problem } from '#platform';
import { KeyLost, PUBLISHING_KEY_INFO, publishingKeyOf } from '#privacy';
import { relationshipStream } from '#relationship';
import { API_SERVICES, type ApiServices } from '../api-services.js';
import { ExecuteCommand } from '../commands/execute-command.js';
import { CustomerScope } from '../edge/customer-scope.js';
import { rejectUnknownQuery } from '../edge/query.js';
import { showing } from '../edge/shown-customers.js';

const actor = { kind: 'system', id: 'publishing-keys' } as const;

/** Keys to what is published of customers, for the subscribers, each of which has to confirm the erasure of whoever it has the key of. */
@Controller('/customers/:customerId/publishing-key')
export class PublishingKeyController {
  constructor(
    @Inject(API_SERVICES)
    private readonly services: Pick<ApiServices, 'log' | 'accessLog' | 'policies' | 'clock' | 'publishingKeys'>,
    @Inject(CustomerScope) private readonly scope: CustomerScope,
    @Inject(CommandBus) private readonly bus: CommandBus,
  ) {}

  @Get()
  @RouteConfig({ access: { roles: ['subscriber'] } })
  async disclose(
    @Req() request: FastifyRequest,
    @Param('customerId') customerId: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    rejectUnknownQuery(request.query);
    const identity = request.identity as Identity;
    await this.scope.check(identity, customerId);
    await this.scope.assertNotErased(customerId);
    const show = showing(this.services, request, 'publishing-key');
    const stream = relationshipStream(customerId);
    const key = await publishingKeyOf(stream, this.services.publishingKeys, this.services.log).catch(async (error: unknown) => {
      // Erased since it was looked at.
      if (error instanceof KeyLost) await this.scope.assertNotErased(customerId);
      throw error;
    });
    if (key === undefined) throw new Problem('not-found', 'No personal data of such a customer has been recorded, so there is no key.');
    // The erasure of the customer awaits the subscriber from here on, whether or not the answer arrives.
    const body = { subscriberId: identity.actorId, keyId: key.id };
    await this.bus.execute(new ExecuteCommand({ name: 'disclose-publishing-key', targetId: customerId, body, actor, keyScope: actor.id }));
    await show([customerId]);
    reply.header('cache-control', 'no-store');
    const bytes = key.key.export().toString('base64');
    return { customerId, keyId: key.id, key: bytes, algorithm: 'AES-256-GCM', derivation: PUBLISHING_KEY_INFO };
  }
}
