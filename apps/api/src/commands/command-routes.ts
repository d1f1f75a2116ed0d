import { Controller, Inject, Post, Req, Res, type Type } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type CommandAnswer, type Identity, isObject, Problem, rejectOversized } from '#platform';
import type { CatalogueEntry, PublishPolicy } from '#relationship';
import { API_SERVICES, type ApiServices } from '../api-services.js';
import { CustomerScope } from '../edge/customer-scope.js';
import { WrittenText } from '../edge/json-answer.js';
import { linkTo } from '../edge/links.js';
import { rejectUnknownQuery } from '../edge/query.js';
import { AskView } from '../views/ask-view.js';
import { retentionPreviewView } from '../views/retention-views.js';
import { readActor, readCommandHeaders } from './command-headers.js';
import { ExecuteCommand, statusOf } from './execute-command.js';

/** One controller for the whole catalogue: a POST route a command. */
export const commandController = (catalogue: readonly CatalogueEntry[]): Type => {
  @Controller()
  class CommandController {
    constructor(
      @Inject(CommandBus) readonly bus: CommandBus,
      @Inject(QueryBus) readonly queries: QueryBus,
      @Inject(CustomerScope) readonly scope: CustomerScope,
      @Inject(API_SERVICES) readonly services: Pick<ApiServices, 'configuration'>,
    ) {}
  }
  for (const definition of catalogue) addRoute(CommandController.prototype, definition);
  return CommandController;
};

interface Edge {
  readonly bus: CommandBus;
  readonly queries: QueryBus;
  readonly scope: CustomerScope;
  readonly services: Pick<ApiServices, 'configuration'>;
}

const addRoute = (prototype: object, definition: CatalogueEntry): void => {
  const value = async function execute(this: Edge, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const identity = request.identity;
    if (identity === null) throw new Problem('not-authenticated');
    rejectUnknownQuery(request.query);
    const { targetId, body, occurredAt } = readBody(definition, request);
    const headers = readCommandHeaders(request);
    const actor = readActor(identity, request.headers['letopis-actor']);
    await this.scope.checkTarget(identity, definition, targetId);
    const command = { name: definition.name, targetId, body, occurredAt, actor, team: identity.team, keyScope: identity.keyId, ...headers };
    const answer = await this.bus.execute(new ExecuteCommand(command));
    const { path, idMember } = definition.aggregate;
    const { publicUrl } = this.services.configuration;
    if (path !== undefined)
      reply.header('location', linkTo(`${path}/${answer.ids[idMember] ?? ''}${answer.unfinished ? '/departure' : ''}`, request, publicUrl));
    const due =
      definition.name === 'publish-policy' && targetId === 'retention' ? await customersDue(this.queries, identity, body) : undefined;
    sendAnswer(reply, definition, { ...answer, ...(due !== undefined && { customersDue: due }) });
  };
  const method = definition.name;
  const descriptor = { value, writable: true, configurable: true, enumerable: false };
  Object.defineProperty(prototype, method, descriptor);
  Req()(prototype, method, 0);
  Res()(prototype, method, 1);
  Post(definition.path)(prototype, method, descriptor);
  RouteConfig({ access: { roles: definition.roles } })(prototype, method, descriptor);
};

/** As far as the view has read. What was published is published: where the view cannot say how many, nothing is said. */
const customersDue = async (queries: QueryBus, identity: Identity, body: unknown): Promise<number | undefined> => {
  const query = { document: JSON.stringify((body as PublishPolicy).document) };
  const question = new AskView(retentionPreviewView, { identity, path: {}, query }, undefined, () => true);
  const answer = await queries.execute(question).catch(() => undefined);
  return answer?.body instanceof WrittenText ? (JSON.parse(answer.body.text) as { readonly dueNow: number }).dueNow : undefined;
};

/** Ids in the path are members of the body; `occurredAt` is in the body beside them. */
const readBody = (definition: CatalogueEntry, request: FastifyRequest) => {
  rejectOversized(definition.body, request.body);
  const { occurredAt, ...rest } = isObject(request.body ?? {}) ? ((request.body ?? {}) as Record<string, unknown>) : {};
  const parameters = request.params as Readonly<Record<string, string>>;
  const target = definition.aggregate.idMember;
  for (const [name, value] of Object.entries(parameters)) {
    if (name === target) continue;
    if (rest[name] !== undefined && rest[name] !== value) {
      throw new Problem('invalid-body', undefined, { errors: [{ pointer: `/${name}`, detail: 'differs from the path' }] });
    }
    rest[name] = value;
  }
  if (!isObject(request.body ?? {})) return { targetId: parameters[target], body: request.body, occurredAt: undefined };
  return { targetId: parameters[target], body: rest, occurredAt: occurredAt as string | undefined };
};

const sendAnswer = (reply: FastifyReply, definition: CatalogueEntry, answer: CommandAnswer): void => {
  const { stream: _, unfinished: __, ...body } = answer;
  reply
    .code(statusOf(definition, answer))
    .header('content-type', 'application/json; charset=utf-8')
    .header('etag', `"${body.revision}"`)
    .send(JSON.stringify(body));
};
