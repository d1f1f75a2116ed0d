import { Problem } from '#platform';
import { policyNames, relationshipStream } from '#relationship';
import { everyone, overseers, staffAndAuditor } from '../edge/access.js';
import { whole } from '../edge/parameters.js';
import { streamExists } from '../edge/stream-exists.js';
import { curatorSchema, curatorsSchema, customerEventsSchema, policyHistorySchema } from './record-schemas.js';
import { view } from './view-definition.js';

const LIMIT = 100;

/** Read from the log and the registers themselves, so they are never behind. */
export const recordViews = [
  view({
    name: 'customer-events',
    path: '/customers/:customerId/events',
    summary: 'The audit: every event of the relationship as it stands in the log, with its hash',
    roles: staffAndAuditor,
    reads: [],
    parameters: {
      from: whole(0, Number.MAX_SAFE_INTEGER, 'First revision; 0 when absent.'),
      limit: whole(1, 1_000, `Events a page; ${LIMIT} when absent.`),
      cursor: whole(0, Number.MAX_SAFE_INTEGER, 'Where the page before ended.'),
    },
    answers: customerEventsSchema,
    async answer({ path, query, context }) {
      const { limit = LIMIT } = query;
      const from = query.cursor ?? query.from ?? 0;
      const stream = relationshipStream(path.customerId ?? '');
      const events = [];
      for await (const batch of context.log.readStream(stream, { from, to: from + limit })) events.push(...batch);
      if (events.length === 0 && !(await streamExists(context.log, stream))) throw new Problem('not-found');
      const more = events.length > limit;
      return { body: { stream, events: events.slice(0, limit) }, next: more ? String(from + limit) : undefined };
    },
  }),
  view({
    name: 'policy-history',
    path: '/policies/:policyName',
    summary: 'Every version of a policy, oldest first, and from when each is in force',
    roles: everyone,
    reads: [],
    parameters: {},
    answers: policyHistorySchema,
    async answer({ path, context }) {
      const name = policyNames.find((candidate) => candidate === path.policyName);
      if (name === undefined) throw new Problem('not-found', `The policies are ${policyNames.join(', ')}.`);
      const versions = context.policies[name];
      // Version 1 is the default and stands in no stream.
      return { body: { name, versions }, revision: versions.length > 1 ? versions.length - 2 : undefined };
    },
  }),
  view({
    name: 'curators',
    path: '/curators',
    summary: 'Every curator, those who departed included',
    roles: staffAndAuditor,
    reads: [],
    parameters: {},
    answers: curatorsSchema,
    answer: async ({ services }) => ({ body: { curators: [...services.curators.current().values()] } }),
  }),
  view({
    name: 'curator',
    path: '/curators/:curatorId',
    summary: 'One curator',
    roles: overseers,
    reads: [],
    parameters: {},
    answers: curatorSchema,
    async answer({ path, services }) {
      const curator = services.curators.current().get(path.curatorId ?? '');
      if (curator === undefined) throw new Problem('not-found');
      return { body: curator };
    },
  }),
];
