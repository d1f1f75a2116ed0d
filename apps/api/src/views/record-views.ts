import { type DomainEvent, type EventLog, roughSize } from '#event-log';
import { customerAudience, listed, Problem } from '#platform';
import { holdsEvent } from '#privacy';
import { foldName } from '#projections/card/normalise.js';
import { impersonal } from '#projections/impersonal.js';
import { compareText } from '#read-models/order.js';
import {
  customerErased,
  type PolicyVersion,
  policy,
  policyNames,
  policyPublished,
  relationshipStream,
  type ShownCurator,
  shownAt,
  shownPolicyVersion,
  statusOf,
  streamOf,
} from '#relationship';
import { everyone, overseers, staffAndAuditor } from '../edge/access.js';
import { PAGE_CHARACTERS } from '../edge/json-answer.js';
import { curatorAskedFor } from '../edge/own-portfolio.js';
import { cursor, whole } from '../edge/parameters.js';
import { streamExists } from '../edge/stream-exists.js';
import { visibleTo } from '../edge/visible-events.js';
import { ownEventOf } from '../openapi/own-event-schema.js';
import { pageAfter, paging, sorting } from './common-parameters.js';
import { found } from './found.js';
import { curatorSchema, curatorsSchema, customerEventsSchema, departureSchema, policyHistorySchema } from './record-schemas.js';
import { type Ask, view } from './view-definition.js';

const LIMIT = 100;
const MOST_CURATORS = 1_000;

/** @throws Problem `not-found` */
function curatorOf({ path, services, context }: Pick<Ask, 'path' | 'services' | 'context'>): ShownCurator {
  const known = services.curators.current().get(path.curatorId ?? '');
  return found(known && shownAt(known, context.now));
}

const curatorSorts = ['name', 'team', 'registeredAt'] as const;

const inOrder = (all: readonly ShownCurator[], sort: (typeof curatorSorts)[number] | undefined, direction: 'asc' | 'desc') => {
  const textOf = ({ displayName, team, registeredAt }: ShownCurator) =>
    sort === 'registeredAt' ? registeredAt : foldName((sort === 'name' ? displayName : team) ?? '');
  const rising = sort === undefined ? all : all.toSorted((one, other) => compareText(textOf(one), textOf(other)));
  return direction === 'asc' ? rising : rising.toReversed();
};

/** To customers. */
const shownVersions = <Version extends object>(versions: readonly Version[]): readonly Version[] =>
  versions.flatMap((data) => customerAudience.shown(new Map(), { type: policyPublished.type, data })?.data ?? []);

/** Read from the log and the references themselves, so they are never behind. */
export const recordViews = [
  view({
    name: 'customer-events',
    path: '/customers/:customerId/events',
    personal: { '/events/*': 'event' },
    summary: 'Audit: every event of the relationship as stored in the log, with its hash; a customer sees what customers may see',
    roles: everyone,
    ofErased: ['auditor'],
    reads: [],
    parameters: {
      from: whole(0, Number.MAX_SAFE_INTEGER, 'First revision; default 0.'),
      limit: whole(1, 1_000, `Events per page; default ${LIMIT}.`),
      cursor: { ...whole(0, Number.MAX_SAFE_INTEGER, cursor.description), schema: cursor.schema },
    },
    answers: customerEventsSchema,
    async answer({ identity, path, query, context, own }) {
      const { limit = LIMIT } = query;
      const from = query.cursor ?? query.from ?? 0;
      const stream = relationshipStream(path.customerId ?? '');
      const { events, next } = await pageOf(context.log, stream, {
        from,
        limit,
        visible: visibleTo(identity),
        end: own?.revision ?? -1,
      });
      if (events.length === 0 && !(await streamExists(context.log, stream))) throw new Problem('not-found');
      if (own) return { body: { kind: 'own' as const, stream, events: events.map(ownEventOf) }, next };
      // Whoever else asks was answered that the customer is gone. Keys that were destroyed may be cached for a moment yet.
      const erased = identity.role === 'auditor' && (await holdsEvent(customerErased.type, stream, context.log));
      return { body: { kind: 'recorded' as const, stream, events: erased ? events.map(impersonal) : events }, next };
    },
  }),
  view({
    name: 'policy-history',
    path: '/policies/:policyName',
    summary: 'Every version of a policy, oldest first, with its effective date',
    roles: everyone,
    reads: [],
    parameters: {},
    answers: policyHistorySchema,
    async answer({ path, context, own, services }) {
      const name = policyNames.find((candidate) => candidate === path.policyName);
      if (name === undefined) throw new Problem('not-found', `The policies are ${policyNames.join(', ')}.`);
      const last = await lastEvent(context.log, streamOf(policy, name));
      if (last) await services.policies.reached(last.position);
      const all: readonly PolicyVersion[] = services.policies.current()[name];
      const versions = own ? shownVersions(all) : all;
      if (versions.length === 0) throw new Problem('not-found');
      return { body: { name, versions: versions.map(shownPolicyVersion) }, revision: last?.revision };
    },
  }),
  view({
    name: 'curators',
    path: '/curators',
    summary: 'All curators, including those who have left',
    roles: staffAndAuditor,
    reads: [],
    parameters: {
      ...sorting(curatorSorts, 'In order of registration', { note: 'Curators without the value come first.' }),
      limit: whole(1, MOST_CURATORS, `Curators per page; default ${MOST_CURATORS}.`),
      cursor: paging.cursor,
    },
    answers: curatorsSchema,
    async answer({ query: { sort, direction = 'asc', total, limit = MOST_CURATORS, cursor }, services, context }) {
      const shown = [...services.curators.current().values()].flatMap((each) => shownAt(each, context.now) ?? []);
      const all = inOrder(shown, sort, direction);
      const { page, next } = pageAfter(all, ({ curatorId }) => curatorId, {
        sort: { field: sort ?? 'registered', direction },
        cursor,
        limit,
      });
      return { body: { ...(total && { total: all.length }), curators: page }, next };
    },
  }),
  view({
    name: 'curator',
    path: '/curators/:curatorId',
    summary: 'One curator',
    roles: overseers,
    reads: [],
    parameters: {},
    answers: curatorSchema,
    answer: async (asked) => ({ body: curatorOf(asked) }),
  }),
  view({
    name: 'departure',
    path: '/curators/:curatorId/departure',
    ofMany: true,
    summary: 'Remaining responsibilities of a curator: the progress of a departure',
    roles: overseers,
    reads: [],
    parameters: {},
    answers: departureSchema,
    async answer(asked) {
      const { services, context } = asked;
      const { curatorId, to } = curatorOf(asked);
      curatorAskedFor(asked, curatorId);
      const status = statusOf(services.curators.current(), curatorId, context.now) as 'active' | 'departing' | 'departed';
      return { body: { curatorId, status, ...(to !== undefined && { to }), ...listed(await services.responsibilities(curatorId)) } };
    },
  }),
];

interface From {
  readonly from: number;
  readonly limit: number;
  readonly visible: ReturnType<typeof visibleTo>;
  /** Up to this revision at least the stream goes on, although the log may show none of its events. */
  readonly end: number;
}

/** One page looks through so many, however few of them it shows. */
const MOST_READ = 10_000;

/** Visible events of a stream, up to the limit or to what a page holds, and the revision of the first one that is left. */
async function pageOf(
  log: Pick<EventLog, 'readStream'>,
  stream: string,
  { from, limit, visible, end }: From,
): Promise<{ readonly events: readonly DomainEvent[]; readonly next?: string }> {
  const events: DomainEvent[] = [];
  let characters = 0;
  const wanted = limit + 1;
  for (let at = from, read = wanted; read === wanted || at <= end; at += wanted) {
    if (at - from >= MOST_READ) return { events, next: String(at) };
    read = 0;
    for await (const batch of log.readStream(stream, { from: at, to: at + wanted - 1 })) {
      read += batch.length;
      for (const event of batch.filter(visible)) {
        characters += roughSize(event);
        const full = events.length === limit || (characters > PAGE_CHARACTERS && events.length > 0);
        if (full) return { events, next: String(event.revision) };
        events.push(event);
      }
    }
  }
  return { events };
}

async function lastEvent(log: Pick<EventLog, 'readStream'>, stream: string): Promise<DomainEvent | undefined> {
  for await (const batch of log.readStream(stream, { direction: 'backwards' })) return batch[0];
  return undefined;
}
