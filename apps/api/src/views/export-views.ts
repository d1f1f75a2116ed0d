import type { DomainEvent } from '#event-log';
import { type AccessEntry, Problem, roles } from '#platform';
import { churnOf } from '#projections/churn/query.js';
import { EXPORT_VERSION, keptDataSchema, providedDataSchema } from '#projections/export/answer-schema.js';
import { keptOf, providedOf, recipientsIn, releaseIn } from '#projections/export/exported.js';
import { exportPage } from '#projections/export/page.js';
import { ladderOf } from '#projections/ladder/query.js';
import { customerErased, policyAt, Rejection, relationshipStream } from '#relationship';
import { everyone } from '../edge/access.js';
import { type Ask, view } from './view-definition.js';

export const exportViews = [
  view({
    name: 'export-provided-data',
    path: '/customers/:customerId/exports/provided',
    summary: 'What the customer provided, to take elsewhere (Art. 20 GDPR); `Accept: text/html` for a page to print',
    roles: everyone,
    reads: [],
    parameters: {},
    tables: [],
    personal: { '/events/*': 'event' },
    page: exportPage,
    answers: providedDataSchema,
    async answer({ path, context, company = context }) {
      const { customerId = '' } = path;
      const events = await recorded(company.log, customerId);
      const provided = providedOf(events, customerId);
      return { body: { version: EXPORT_VERSION, kind: 'provided' as const, customerId, upTo: endOf(events), events: provided } };
    },
  }),
  view({
    name: 'export-kept-data',
    path: '/customers/:customerId/exports/kept',
    summary:
      'All that is kept of the customer, without data of others and costs (Art. 15 GDPR). A customer gets what was recorded until the last release, unmasked; others what a release now would give. `Accept: text/html` for a page to print',
    roles: ['supervisor', 'auditor', 'customer', 'admin'],
    reads: [],
    // The access log may be long.
    ofMany: true,
    parameters: {},
    tables: [],
    personal: { '/events/*': 'event' },
    page: exportPage,
    answers: keptDataSchema(roles),
    async answer({ identity, path, context, company = context, services }) {
      const { customerId = '' } = path;
      const all = await recorded(company.log, customerId);
      const release = identity.role === 'customer' ? mustBeReleased(releaseIn(all)) : undefined;
      const events = release ? all.filter(({ revision }) => revision <= release.revision) : all;
      const upTo = endOf(events);
      const then = { customerId, asOf: upTo.recordedAt, knownAt: upTo.recordedAt };
      const [ladder, churn, reads] = await Promise.all([
        ladderOf(company, then),
        churnOf(company, then),
        readsOf(services, customerId, release?.recordedAt),
      ]);
      const named = policyAt(company.policies, 'privacy', release?.recordedAt ?? company.now).document.namesReaders === true;
      const body = {
        version: EXPORT_VERSION,
        kind: 'kept' as const,
        customerId,
        releasedAt: release?.recordedAt ?? null,
        upTo,
        events: keptOf(events, release?.withheld),
        profiling: { ladder: ladder ?? null, churn: churn ?? null },
        reads: reads.map(({ at, role, operation, reason, actorId }) => ({
          ...{ at, role, operation },
          ...(reason !== undefined && { reason }),
          ...(named && { actorId }),
        })),
        recipients: recipientsIn(events),
      };
      return { body: body as never };
    },
  }),
];

/** Of one customer, the whole stream: what customers do not see of it too. @throws Problem `not-found`; Rejection `customer-erased` */
const recorded = async (log: Ask['context']['log'], customerId: string): Promise<readonly DomainEvent[]> => {
  const events: DomainEvent[] = [];
  for await (const batch of log.readStream(relationshipStream(customerId))) events.push(...batch);
  if (events.length === 0) throw new Problem('not-found');
  const erased = events.find(({ type }) => type === customerErased.type);
  if (erased) throw new Rejection('customer-erased', `The customer was erased at ${erased.occurredAt}.`, { erasedAt: erased.occurredAt });
  return events;
};

const endOf = (events: readonly DomainEvent[]) => {
  const { revision, recordedAt } = events.at(-1)!;
  return { revision, recordedAt };
};

const mustBeReleased = (release: ReturnType<typeof releaseIn>) => {
  if (release) return release;
  throw new Problem(
    'not-allowed',
    'Nothing is released yet: request it with POST /customers/{customerId}/access-request; a supervisor or admin then releases it.',
  );
};

/** The oldest first. */
const readsOf = async ({ accessReader }: Ask['services'], customerId: string, to: string | undefined): Promise<readonly AccessEntry[]> => {
  const entries: AccessEntry[] = [];
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const page = await accessReader.find({
      customerId,
      limit: 1_000,
      ...(to !== undefined && { to }),
      ...(cursor !== undefined && { cursor }),
    });
    entries.push(...page.entries);
    cursor = page.next;
  }
  return entries.reverse();
};
