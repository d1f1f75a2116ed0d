import { Controller, Get, Inject, Req, Res, type Type } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Position } from '#event-log';
import { Problem } from '#platform';
import { CustomerScope } from '../edge/customer-scope.js';
import { sendJson } from '../edge/json-answer.js';
import { readQuery } from '../edge/query.js';
import { position } from '../feeds/log-parameters.js';
import { AskView } from './ask-view.js';
import type { ViewAnswer, ViewDefinition } from './view-definition.js';

/** One controller for the whole table: a GET route a row. */
export const viewController = (catalogue: readonly ViewDefinition[]): Type => {
  @Controller()
  class ViewController {
    constructor(
      @Inject(QueryBus) readonly bus: QueryBus,
      @Inject(CustomerScope) readonly scope: CustomerScope,
    ) {}
  }
  for (const definition of catalogue) addRoute(ViewController.prototype, definition);
  return ViewController;
};

interface Edge {
  readonly bus: QueryBus;
  readonly scope: CustomerScope;
}

const addRoute = (prototype: object, definition: ViewDefinition): void => {
  const value = async function answer(this: Edge, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const identity = request.identity;
    if (identity === null) throw new Problem('not-authenticated');
    const path = request.params as Readonly<Record<string, string>>;
    const query = readQuery(request.query, definition.parameters, definition.refused);
    const minPosition = readMinPosition(request.headers['min-position']);
    if ('customerId' in path) await this.scope.check(identity, path.customerId);
    sendAnswer(request, reply, await this.bus.execute(new AskView(definition, { identity, path, query }, minPosition)));
  };
  const descriptor = { value, writable: true, configurable: true, enumerable: false };
  Object.defineProperty(prototype, definition.name, descriptor);
  Req()(prototype, definition.name, 0);
  Res()(prototype, definition.name, 1);
  Get(definition.path)(prototype, definition.name, descriptor);
  RouteConfig({ access: { roles: definition.roles } })(prototype, definition.name, descriptor);
};

const readMinPosition = (given: string | string[] | undefined): Position | undefined => {
  if (given === undefined) return undefined;
  const result = position.read(String(given));
  if ('wrong' in result) throw new Problem('invalid-header', `Min-Position ${result.wrong}.`);
  return result.value as Position;
};

const sendAnswer = (request: FastifyRequest, reply: FastifyReply, { body, next, revision }: ViewAnswer): void => {
  reply.header('cache-control', 'private, no-cache');
  if (next !== undefined) reply.header('link', `<${nextPage(request.url, next)}>; rel="next"`);
  if (revision !== undefined) reply.header('etag', `"${revision}"`);
  sendJson(reply, body);
};

export const nextPage = (url: string, cursor: string): string => {
  const [path, query = ''] = url.split('?');
  const parameters = new URLSearchParams(query);
  parameters.set('cursor', cursor);
  return `${path}?${parameters}`;
};
