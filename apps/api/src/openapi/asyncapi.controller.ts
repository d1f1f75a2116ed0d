import { Controller, Get, Inject, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { type Configuration, variables } from '#platform';
import { eventDefinitions } from '#relationship';
import { asyncApiDocument, topicsOf } from '#streaming';
import { API_SERVICES, type ApiServices } from '../api-services.js';
import { contactMessages } from './contact-messages.js';
import { API_VERSION } from './openapi-document.js';

/** What goes to Kafka and comes from there. Open, as the description of the HTTP side is. */
@Controller()
export class AsyncApiController {
  private document: string | undefined;

  constructor(@Inject(API_SERVICES) private readonly services: ApiServices) {}

  @Get('/asyncapi.json')
  @RouteConfig({ access: { open: true } })
  asyncApi(@Res() reply: FastifyReply): void {
    this.document ??= JSON.stringify(documentOf(this.services.configuration));
    reply.header('content-type', 'application/json; charset=utf-8').header('cache-control', 'no-cache').send(this.document);
  }
}

/** Where nothing goes to Kafka, what would if brokers were all that is added. */
const documentOf = ({ kafka, bodyLimit }: Configuration): object =>
  asyncApiDocument({
    version: API_VERSION,
    definitions: eventDefinitions,
    topics: topicsOf(kafka?.topicPrefix ?? variables.KAFKA_TOPIC_PREFIX.default),
    partitions: kafka?.partitions ?? Number(variables.KAFKA_PARTITIONS.default),
    bodyLimit,
    personal: kafka?.personalFields ?? false,
    cluster: kafka && { brokers: kafka.brokers, tls: kafka.tls, mechanism: kafka.sasl?.mechanism },
    contacts: contactMessages(),
  });
