import { Controller, Get, Inject, Req, Res, type Type } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Position } from '#event-log';
import { Problem } from '#platform';
import { API_SERVICES, type ApiServices } from '../api-services.js';
import { CSV, csvParameters, preferredOf, prefersPage } from '../csv/csv-pages.js';
import { csvTables } from '../csv/csv-tables.js';
import { sendTable } from '../csv/send-table.js';
import { CustomerScope } from '../edge/customer-scope.js';
import { sendPieces, toJson, type WrittenText } from '../edge/json-answer.js';
import { linkTo } from '../edge/links.js';
import { readQuery } from '../edge/query.js';
import { showing } from '../edge/shown-customers.js';
import { stillAllowed } from '../edge/still-allowed.js';
import { position } from '../feeds/log-parameters.js';
import { AskView, type PresentAnswer } from './ask-view.js';
import { showsCustomers, type ViewDefinition } from './view-definition.js';

/** One controller for the whole table: a GET route a row. */
export const viewController = (catalogue: readonly ViewDefinition[]): Type => {
  @Controller()
  class ViewController {
    constructor(
      @Inject(QueryBus) readonly bus: QueryBus,
      @Inject(CustomerScope) readonly scope: CustomerScope,
      @Inject(API_SERVICES) readonly services: Edge['services'],
    ) {}
  }
  for (const definition of catalogue) addRoute(ViewController.prototype, definition);
  return ViewController;
};

interface Edge {
  readonly bus: QueryBus;
  readonly scope: CustomerScope;
  readonly services: Pick<ApiServices, 'configuration' | 'authenticator' | 'accessLog' | 'policies' | 'clock' | 'cursors'>;
}

const addRoute = (prototype: object, definition: ViewDefinition): void => {
  const value = async function answer(this: Edge, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const identity = request.identity;
    if (identity === null) throw new Problem('not-authenticated');
    const path = request.params as Readonly<Record<string, string>>;
    const preferred = preferredOf(request.headers.accept);
    const asCsv = preferred === 'csv' || (preferred === 'csv, else json' && csvTables(definition).length > 0);
    // Whoever asks for JSON is offered no table.
    const offersTable = asCsv || 'table' in (request.query as object);
    const parameters = { ...definition.parameters, ...(offersTable && csvParameters(definition)) };
    const { cursors } = this.services;
    const list = `${definition.name} ${JSON.stringify(path)}`;
    const given = request.query as Readonly<Record<string, unknown>>;
    const encrypted = 'cursor' in parameters && typeof given.cursor === 'string' ? given.cursor : undefined;
    const opened = encrypted === undefined ? given : { ...given, cursor: await cursors.open(list, encrypted) };
    const { table, ...query } = readQuery(opened, parameters, definition.rejected) as { readonly table?: string };
    const minPosition = readMinPosition(request.headers['min-position']);
    if ('customerId' in path) await this.scope.check(identity, path.customerId);
    if (path.customerId !== undefined && !definition.ofErased?.includes(identity.role)) await this.scope.assertNotErased(path.customerId);
    const isWanted = () => !request.raw.socket.destroyed;
    const show = showsCustomers(definition) ? showing(this.services, request, definition.name) : undefined;
    const ask = async (question: AskView['question']) => {
      const answer = await this.bus.execute(new AskView(definition, question, minPosition, isWanted));
      await show?.(answer.customerIds);
      return answer;
    };
    const link = async ({ next }: PresentAnswer) => {
      if (next === undefined) return;
      const address = nextPage(request.url, await cursors.seal(list, next));
      reply.header('link', `<${linkTo(address, request, this.services.configuration.publicUrl)}>; rel="next"`);
    };
    reply.header('vary', 'accept');
    const question = { identity, path, query };
    if (definition.page && prefersPage(request.headers.accept)) return sendPage(reply, await ask({ ...question, page: true }));
    if (asCsv) return sendTable(request, reply, { definition, question, table, ask, allowed: stillAllowed(this.services, request), link });
    if (table !== undefined)
      throw new Problem('invalid-query', undefined, { errors: [{ pointer: 'table', detail: `requires Accept: ${CSV}` }] });
    const answer = await ask(question);
    await link(answer);
    await sendAnswer(request, reply, answer);
  };
  const descriptor = { value, writable: true, configurable: true, enumerable: false };
  Object.defineProperty(prototype, definition.name, descriptor);
  Req()(prototype, definition.name, 0);
  Res()(prototype, definition.name, 1);
  Get(definition.path)(prototype, definition.name, descriptor);
  RouteConfig({ access: { roles: definition.roles, ...(definition.allTeams && { allTeams: true }) } })(
    prototype,
    definition.name,
    descriptor,
  );
};

const readMinPosition = (given: string | string[] | undefined): Position | undefined => {
  if (given === undefined) return undefined;
  const result = position.read(String(given));
  if ('wrong' in result) throw new Problem('invalid-header', `Min-Position ${result.wrong}.`);
  return result.value;
};

/** Nothing in it is run or loaded, whatever customers wrote. */
const sendPage = (reply: FastifyReply, { body }: PresentAnswer): void => {
  reply
    .header('content-type', 'text/html; charset=utf-8')
    .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox")
    .header('cache-control', 'private, no-store')
    .send((body as WrittenText).text);
};

/** The tag tells answers apart by their bytes, as time changes them without events; the instant of asking is none of what they say. */
const sendAnswer = async (request: FastifyRequest, reply: FastifyReply, { body, revision, now }: PresentAnswer): Promise<void> => {
  const { asOf } = request.query as { readonly asOf?: unknown };
  const json = await toJson(body, asOf === undefined ? now : undefined);
  const etag = revision === undefined ? `"${json.hash}"` : `"${revision}.${json.hash}"`;
  reply.header('cache-control', 'private, no-cache').header('etag', etag);
  if (isKnown(request.headers['if-none-match'], etag)) reply.code(304).send();
  else sendPieces(reply, json.pieces);
};

/** RFC 9110, 13.1.2; a proxy that compresses may have made the tag a weak one. */
const isKnown = (known: string | undefined, etag: string): boolean =>
  (known ?? '').split(',').some((each) => ['*', etag].includes(each.trim().replace(/^W\//, '')));

export const nextPage = (url: string, cursor: string): string => {
  const [path, query = ''] = url.split('?');
  const parameters = new URLSearchParams(query);
  parameters.set('cursor', cursor);
  return `${path}?${parameters}`;
};
