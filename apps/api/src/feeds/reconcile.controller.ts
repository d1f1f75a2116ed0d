import { Controller, Get, Inject, Req } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { createStreamVerifier, type Position, type RawEvent, verifyEvent } from '#event-log';
import { eventCatalogue, type Identity, masksFor, Problem } from '#platform';
import { relationshipStream } from '#relationship';
import { type Counted, countPublished } from '#streaming';
import { API_SERVICES, type ApiServices } from '../api-services.js';
import { followers } from '../edge/access.js';
import { readQuery } from '../edge/query.js';
import { streamExists } from '../edge/stream-exists.js';
import { type Range, reconcileParameters } from './reconcile-parameters.js';

/** Of the bodies of the events that one answer looks through. */
const MOST_CHARACTERS = 100_000_000;
/** What one answer looks through: two thirds of a second of one core, with a pause for others after each batch. */
const MOST_EVENTS = 100_000;

interface CustomerAnswer extends Counted {
  readonly customer: string;
}

interface RangeAnswer extends Counted {
  readonly range: string;
  /** Where an answer that was cut goes on. */
  readonly next: string | null;
}

/** What a reader of the events topic should have: how many events, and one hash over all of them. Derived from the log, not from Kafka. */
@Controller()
export class ReconcileController {
  constructor(@Inject(API_SERVICES) private readonly services: ApiServices) {}

  @Get('/feeds/relationship-events/reconcile')
  @RouteConfig({ access: { roles: followers, allTeams: true } })
  async reconcile(@Req() request: FastifyRequest): Promise<CustomerAnswer | RangeAnswer> {
    const { role } = request.identity as Identity;
    if (masksFor(role, this.services.policies.current()))
      throw new Problem('not-allowed', `The policy masking hides values from the role ${role} that could be guessed by the hash.`);
    const { customer, range, through } = readQuery(request.query, reconcileParameters);
    if (customer !== undefined && range === undefined) return this.ofCustomer(customer, through);
    if (range !== undefined && customer === undefined && through === undefined) return this.ofRange(range);
    const detail = range === undefined ? 'is required, or range' : 'cannot be combined with customer or through';
    throw new Problem('invalid-query', undefined, { errors: [{ pointer: range === undefined ? 'customer' : 'range', detail }] });
  }

  private async ofCustomer(customer: string, through: Position | undefined): Promise<CustomerAnswer> {
    const { log } = this.services;
    const stream = relationshipStream(customer);
    const events = log.readRaw({ stream, ...(through !== undefined && { upTo: through }) });
    const counted = await countPublished(events, createStreamVerifier(), eventCatalogue);
    if (counted.events === 0 && !(await streamExists(log, stream))) throw new Problem('not-found');
    return { customer, ...counted };
  }

  private async ofRange({ after, upTo: asked }: Range): Promise<RangeAnswer> {
    const { log } = this.services;
    const end = asked ?? (await log.head());
    let next: string | null = null;
    const cut = (at: Position): void => {
      if (at < end) next = `${at}..${end}`;
    };
    const counted = await countPublished(atMost(log.readRaw({ after, upTo: end }), MOST_EVENTS, cut), verifyEvent, eventCatalogue);
    return { range: `${after}..${end}`, ...counted, next };
  }
}

type Batches = AsyncIterable<readonly RawEvent[]>;

async function* atMost(batches: Batches, most: number, cut: (at: Position) => void): Batches {
  let left = most;
  let characters = 0;
  for await (const batch of batches) {
    const taken = batch.slice(0, left);
    yield taken;
    left -= taken.length;
    for (const { text } of taken) characters += text.length;
    if (left === 0 || characters >= MOST_CHARACTERS) return cut(taken.at(-1)!.position);
  }
}
