import 'reflect-metadata';
import {
  Body,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Inject,
  Module,
  Param,
  Post,
  Req,
  UnauthorizedException,
  UseGuards,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { type Authenticator, createAuthenticator, openSqliteKeyStore, readCommandBody, readConfiguration } from '#platform';
import { RecordContact } from '#relationship';

/** What HTTP costs without us: a Nest route on Fastify with the same identity check and the same validation, and no storage. */

const AUTHENTICATE = Symbol('AUTHENTICATE');

class KeyGuard implements CanActivate {
  constructor(@Inject(AUTHENTICATE) private readonly authenticate: Authenticator) {}

  canActivate(context: ExecutionContext): boolean {
    const { authorization = '' } = context.switchToHttp().getRequest<FastifyRequest>().headers;
    if (this.authenticate(authorization.slice(7)) === undefined) throw new UnauthorizedException();
    return true;
  }
}

@Controller()
class ContactController {
  @Post('/customers/:customerId/contacts')
  @UseGuards(KeyGuard)
  record(@Param('customerId') customerId: string, @Body() body: Record<string, unknown>, @Req() request: FastifyRequest): object {
    const contact = readCommandBody(RecordContact, { contactId: '01JD9ZB6E2V7H9M4C1K3S8T5QA', ...body });
    return {
      position: '00000000000000000042',
      revision: 3,
      ids: { customerId, contactId: contact.contactId },
      events: [request.id],
      replayed: false,
    };
  }
}

const { port, host, keysFile } = readConfiguration(process.env);
const authenticate = createAuthenticator(openSqliteKeyStore(keysFile));

@Module({ controllers: [ContactController], providers: [{ provide: AUTHENTICATE, useValue: authenticate }, KeyGuard] })
class BaselineModule {}

const app = await NestFactory.create<NestFastifyApplication>(BaselineModule, new FastifyAdapter(), { logger: false });
await app.listen({ port, host });
console.log(JSON.stringify({ url: await app.getUrl() }));
