import 'reflect-metadata';
import {
  Body,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
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
import { type Authenticator, createAuthenticator, openKeyStore, readCommandBody, readConfiguration } from '#platform';
import { RecordContact } from '#relationship';

/** What HTTP costs without us: a Nest route on Fastify with the same identity check and the same validation, and no storage. */

const AUTHENTICATOR = Symbol('AUTHENTICATOR');

class KeyGuard implements CanActivate {
  constructor(@Inject(AUTHENTICATOR) private readonly authenticator: Authenticator) {}

  canActivate(context: ExecutionContext): true | Promise<true> {
    const { authorization = '' } = context.switchToHttp().getRequest<FastifyRequest>().headers;
    const token = authorization.slice(7);
    return this.authenticator.recall(token) !== undefined || this.identify(token);
  }

  private async identify(token: string): Promise<true> {
    if ((await this.authenticator.identify(token)) === undefined) throw new UnauthorizedException();
    return true;
  }
}

const CARD = 'x'.repeat(4_000);

@Controller()
class ContactController {
  /** Of the size of a card. */
  @Get('/customers/:customerId')
  @UseGuards(KeyGuard)
  card(@Param('customerId') customerId: string): object {
    return { customerId, text: CARD };
  }

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

const { port, host, keyStoreUrl } = readConfiguration(process.env);
const authenticator = createAuthenticator(openKeyStore(keyStoreUrl));

@Module({ controllers: [ContactController], providers: [{ provide: AUTHENTICATOR, useValue: authenticator }, KeyGuard] })
class BaselineModule {}

const app = await NestFactory.create<NestFastifyApplication>(BaselineModule, new FastifyAdapter(), { logger: false });
await app.listen({ port, host });
console.log(JSON.stringify({ url: await app.getUrl() }));
