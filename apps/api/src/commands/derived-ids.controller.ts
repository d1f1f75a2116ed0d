import { Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createRateLimit, type FieldError, foreignKeyName, type Identity, invalidBody, isObject, Problem } from '#platform';
import { API_SERVICES, type ApiServices } from '../api-services.js';
import { importers } from '../edge/access.js';
import { rejectUnknownQuery } from '../edge/query.js';

export const FOREIGN_KEYS = 10_000;
export const KEY_TEXTS = 20;
/** Requests of one API key a second: whoever may ask could find out by asking which foreign keys have which ids. */
const PER_SECOND = 20;
const MOST_ERRORS = 20;

/** Ids for those who import through this server: the secret that they are derived under does not leave it. */
@Controller('/derived-ids')
export class DerivedIdsController {
  private readonly limit = createRateLimit(PER_SECOND);

  constructor(@Inject(API_SERVICES) private readonly services: Pick<ApiServices, 'derivedIds'>) {}

  @Post()
  @HttpCode(200)
  @RouteConfig({ access: { roles: importers } })
  async derive(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    rejectUnknownQuery(request.query);
    const keys = readForeignKeys(request.body);
    const waitMs = this.limit.take((request.identity as Identity).keyId, Date.now());
    if (waitMs > 0) throw new Problem('rate-limited', undefined, {}, Math.ceil(waitMs / 1000));
    const { ofForeignKey } = await this.services.derivedIds();
    reply.header('cache-control', 'no-store');
    return { ids: keys.map((key) => ofForeignKey(foreignKeyName(key))) };
  }
}

const isKeyText = (text: unknown): text is string => typeof text === 'string' && text.isWellFormed();

/** @throws Problem `invalid-body` with the first of what is wrong */
const readForeignKeys = (body: unknown): readonly (readonly string[])[] => {
  if (!isObject(body)) throw invalidBody([{ pointer: '', detail: 'must be an object' }]);
  const { of, ...others } = body;
  const errors: FieldError[] = Object.keys(others).map((member) => ({ pointer: `/${member}`, detail: 'unknown property' }));
  if (!Array.isArray(of) || of.length < 1 || of.length > FOREIGN_KEYS)
    errors.push({ pointer: '/of', detail: `must be a list of 1 to ${FOREIGN_KEYS.toLocaleString('en')} foreign keys` });
  else
    for (const [at, key] of of.entries()) {
      if (errors.length === MOST_ERRORS) break;
      if (!Array.isArray(key) || key.length < 1 || key.length > KEY_TEXTS || !key.every(isKeyText) || key[0] === '')
        errors.push({
          pointer: `/of/${at}`,
          detail: `must be a list of 1 to ${KEY_TEXTS} strings in valid Unicode, the first of which, the system, is not empty`,
        });
    }
  if (errors.length > 0) throw invalidBody(errors);
  return of as readonly (readonly string[])[];
};
