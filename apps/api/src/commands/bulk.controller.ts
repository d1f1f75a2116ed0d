import { Controller, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { createKeyedMutex } from '#async';
import {
  boundedDetails,
  type CommandAnswer,
  type Identity,
  invalidBody,
  Problem,
  type ProblemDetails,
  problemOf,
  rejectOversized,
} from '#platform';
import { commandByName, streamOf } from '#relationship';
import { API_SERVICES, type ApiServices } from '../api-services.js';
import { commanding } from '../edge/access.js';
import { CustomerScope } from '../edge/customer-scope.js';
import { rejectUnknownQuery } from '../edge/query.js';
import { readBulkItem } from './bulk-item.js';
import { readActor } from './command-headers.js';
import { ExecuteCommand, statusOf } from './execute-command.js';

export const BULK_ITEMS = 1_000;
/** Of what is wrong with one item: a thousand of them make one answer. */
const ITEM_CHARACTERS = 1_500;

type BulkResult = { readonly status: number } & (
  | { readonly result: Omit<CommandAnswer, 'stream' | 'unfinished'> }
  | { readonly problem: ProblemDetails }
);

/**
 * Many commands in one request. Items of one customer are executed in their order, those of different customers side by side;
 * each is answered at its own place, and one that fails stops nobody.
 */
@Controller()
export class BulkController {
  constructor(
    @Inject(CommandBus) private readonly bus: CommandBus,
    @Inject(CustomerScope) private readonly scope: CustomerScope,
    @Inject(API_SERVICES) private readonly services: Pick<ApiServices, 'logger'>,
  ) {}

  @Post('/commands')
  @HttpCode(200)
  @RouteConfig({ access: { roles: commanding } })
  async execute(@Req() request: FastifyRequest): Promise<{ readonly results: readonly BulkResult[] }> {
    rejectUnknownQuery(request.query);
    const items = request.body;
    if (!Array.isArray(items) || items.length < 1 || items.length > BULK_ITEMS) {
      throw invalidBody([{ pointer: '', detail: `must be a list of 1 to ${BULK_ITEMS} commands` }]);
    }
    const inTurn = createKeyedMutex();
    const results = items.map((item: unknown) => {
      const lane = laneOf(item);
      return lane === undefined ? this.one(item, request) : inTurn(lane, () => this.one(item, request));
    });
    return { results: await Promise.all(results) };
  }

  private async one(given: unknown, request: FastifyRequest): Promise<BulkResult> {
    try {
      const identity = request.identity as Identity;
      const actor = readActor(identity, request.headers['letopis-actor']);
      const item = readBulkItem(given);
      const definition = commandByName(item.name);
      if (definition === undefined) throw new Problem('unknown-command');
      if (!definition.roles.includes(identity.role)) throw new Problem('not-allowed', `Allowed roles: ${definition.roles.join(', ')}.`);
      rejectOversized(definition.body, item.body);
      await this.scope.checkTarget(identity, definition, item.targetId);
      const command = { ...item, actor, team: identity.team, keyScope: identity.keyId, correlationId: request.id };
      const answer = await this.bus.execute(new ExecuteCommand(command));
      const { stream: _, unfinished: __, ...result } = answer;
      return { status: statusOf(definition, answer), result };
    } catch (error) {
      const { details, ours } = problemOf(error);
      if (ours) this.services.logger.error({ requestId: request.id, err: error }, 'an item of a bulk request failed');
      return { status: details.status, problem: { ...boundedDetails(details, ITEM_CHARACTERS), requestId: request.id } };
    }
  }
}

/** Who else has to wait for an item; the target of a registration is in its body. */
const laneOf = (item: unknown): string | undefined => {
  const { name, body, ...targets } = (item ?? {}) as Readonly<Record<string, unknown>>;
  const aggregate = commandByName(name as string)?.aggregate;
  if (aggregate === undefined) return undefined;
  const inBody = (body ?? {}) as Readonly<Record<string, unknown>>;
  const id = targets[aggregate.idMember] ?? inBody[aggregate.idMember];
  return typeof id === 'string' ? streamOf(aggregate, id) : undefined;
};
