import { Controller, Delete, Get, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ApiKeyRecord, type FieldError, invalidBody, isObject, isTeam, type NewApiKey, Problem, roles, TEAM_FORM } from '#platform';
import { isIdOf, NO_CURATOR, opaqueId, reject, statusOf } from '#relationship';
import { API_SERVICES, type ApiServices } from '../api-services.js';
import { keepers } from '../edge/access.js';
import { linkTo } from '../edge/links.js';
import { readQuery, rejectUnknownQuery } from '../edge/query.js';
import { pageAfter, paging } from '../views/common-parameters.js';
import { nextPage } from '../views/view-routes.js';

const LONGEST_NAME = 200;

/** Keys are made and revoked by admins; a secret is in the answer that makes it, and nowhere else. */
@Controller('/keys')
export class KeysController {
  constructor(@Inject(API_SERVICES) private readonly services: ApiServices) {}

  @Post()
  @HttpCode(201)
  @RouteConfig({ access: { roles: keepers } })
  async create(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    rejectUnknownQuery(request.query);
    const key = readNewKey(request.body);
    const { keys, curators, clock } = this.services;
    if (key.role === 'curator') {
      await this.services.fresh?.();
      if (statusOf(curators.current(), key.actorId, clock()) === 'departed')
        reject('curator-departed', `Curator ${key.actorId} has left; register the curator again first.`, { curatorId: key.actorId });
    }
    const { record, token } = await keys.create({ ...key, now: clock() });
    reply.header('cache-control', 'no-store');
    const { revoked: _, ...shown } = shownKey(record);
    return { ...shown, token };
  }

  @Get()
  @RouteConfig({ access: { roles: keepers } })
  async list(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    const { limit = 100, cursor } = readQuery(request.query, paging);
    const { keys, cursors, configuration } = this.services;
    const after = cursor === undefined ? undefined : await cursors.open('keys', cursor);
    const { page, next } = pageAfter(await keys.list(), ({ id }) => id, { cursor: after, limit });
    if (next !== undefined) {
      const address = nextPage(request.url, await cursors.seal('keys', next));
      reply.header('link', `<${linkTo(address, request, configuration.publicUrl)}>; rel="next"`);
    }
    return { keys: page.map(shownKey) };
  }

  @Delete('/:keyId')
  @RouteConfig({ access: { roles: keepers } })
  async revoke(@Req() request: FastifyRequest, @Param('keyId') keyId: string): Promise<object> {
    rejectUnknownQuery(request.query);
    const { keys, authenticator, clock } = this.services;
    if (!(await keys.revoke(keyId, clock()))) throw new Problem('not-found');
    authenticator.forget(keyId);
    const found = await keys.find(keyId);
    if (found === undefined) throw new Problem('not-found');
    return shownKey(found.record);
  }
}

const shownKey = ({ id: keyId, ...key }: ApiKeyRecord) => ({ keyId, ...key });

/** @throws Problem `invalid-body` with everything that is wrong */
const readNewKey = (body: unknown): Omit<NewApiKey, 'now'> => {
  if (!isObject(body)) throw invalidBody([{ pointer: '', detail: 'must be an object' }]);
  const { role: asked, actorId, team, name = '', ...others } = body;
  const role = roles.find((known) => known === asked);
  const errors: FieldError[] = Object.keys(others).map((member) => ({ pointer: `/${member}`, detail: 'unknown property' }));
  if (role === undefined) errors.push({ pointer: '/role', detail: `must be one of ${roles.join(', ')}` });
  if (!isIdOf({ idSchema: opaqueId }, actorId)) errors.push({ pointer: '/actorId', detail: `must be ${opaqueId.description}` });
  if (role === 'curator' && actorId === NO_CURATOR)
    errors.push({ pointer: '/actorId', detail: `must not be ${NO_CURATOR}, which means "without a curator" in filters` });
  if (team !== undefined && !isTeam(team)) errors.push({ pointer: '/team', detail: `must be ${TEAM_FORM}` });
  if (team !== undefined && role !== 'supervisor') errors.push({ pointer: '/team', detail: 'is for keys of the role supervisor only' });
  if (typeof name !== 'string' || [...name].length > LONGEST_NAME || !name.isWellFormed())
    errors.push({ pointer: '/name', detail: `must be a string of at most ${LONGEST_NAME} characters` });
  if (errors.length > 0 || role === undefined) throw invalidBody(errors);
  return { role, actorId: actorId as string, ...(team !== undefined && { team: team as string }), name: name as string };
};
