import { Problem } from '#platform';
import { retentionPreviewSchema, retentionSchema } from '#projections/retention/answer-schema.js';
import { retention, retentionPreview } from '#projections/retention/query.js';
import { faultsOf, type PolicyDocuments } from '#relationship';
import { overseers } from '../edge/access.js';
import { portfolioOf } from '../edge/own-portfolio.js';
import { required, text } from '../edge/parameters.js';
import { paging } from './common-parameters.js';
import { view } from './view-definition.js';

const rejected = {
  asOf: 'the list shows who is listed now; the events `retention-listed` say who was',
  knownAt: 'the list shows who is listed now; the events `retention-listed` say who was',
};

export const retentionPreviewView = view({
  name: 'retention-preview',
  path: '/retention/preview',
  summary: 'How many customers a document of the policy `retention` would make due at once, before it is published',
  roles: overseers,
  allTeams: true,
  ofMany: true,
  // Its numbers are of a version that nobody published: no events are behind them.
  reads: [],
  parameters: { document: required(text('The document as JSON, as it would be published.', 20_000)) },
  rejected,
  answers: retentionPreviewSchema,
  answer: async ({ query, context }) => ({ body: await retentionPreview(context, documentOf(query.document)) }),
});

export const retentionViews = [
  view({
    name: 'retention',
    path: '/retention',
    summary: 'Customers who are listed for erasure by the policy `retention`, by the day; a supervisor of a team sees those of the team',
    roles: ['supervisor', 'auditor', 'admin'],
    reads: ['retention'],
    parameters: paging,
    rejected,
    answers: retentionSchema,
    async answer(ask) {
      const { query, context, within } = ask;
      const { next, ...body } = await retention(context, { ...query, curators: listOf(portfolioOf(ask)) });
      return { body: { ...body, customers: await within(body.customers) }, next };
    },
  }),
  retentionPreviewView,
];

const listOf = (curators: ReturnType<typeof portfolioOf>) => (typeof curators === 'string' ? [curators] : curators);

const documentOf = (given: string): PolicyDocuments['retention'] => {
  const wrong = (detail: string) => new Problem('invalid-query', undefined, { errors: [{ pointer: 'document', detail }] });
  let document: unknown;
  try {
    document = JSON.parse(given);
  } catch {
    throw wrong('must be JSON');
  }
  const faults = faultsOf('retention', document);
  if (faults.length > 0) throw wrong(faults.map(({ path, message }) => `${path} ${message}`).join('; '));
  return document as PolicyDocuments['retention'];
};
