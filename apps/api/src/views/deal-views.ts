import {
  conversionSchema,
  dealsSchema,
  durationsSchema,
  funnelCohortsSchema,
  funnelSchema,
  lossReasonsSchema,
} from '#projections/funnel/answer-schema.js';
import { conversionBy, dealDurations, dealSorts, deals, funnel, funnelCohorts, lossReasons } from '#projections/funnel/query.js';
import { overseers, staffAndAuditor } from '../edge/access.js';
import { curatorAskedFor, holdersAskedFor, mayOpenNamed } from '../edge/own-portfolio.js';
import { id, instant, matching, oneOf, text } from '../edge/parameters.js';
import { paging, sorting, timeTravel } from './common-parameters.js';
import { view } from './view-definition.js';

const portioning = oneOf(['curator', 'source', 'segment'], 'Break down by this dimension.');
const month = matching(/^\d{4}-(0[1-9]|1[0-2])$/, 'a month, such as 2026-11');
const dimension = matching(/^(curator|source|segment|label:[A-Za-z0-9_.-]{1,60})$/, 'curator, source, segment or label:<name>');
const lossDimensions = matching(
  /^(reason|stage|curator|source|segment)(,(reason|stage|curator|source|segment)){0,4}$/,
  'one or several of reason, stage, curator, source, segment, separated by commas',
);

export const dealViews = [
  view({
    name: 'funnel',
    path: '/views/funnel',
    summary: 'Deals by stage as of a day, outcomes of all that entered each stage, and the win rate',
    roles: overseers,
    reads: ['funnel'],
    parameters: { ...timeTravel, by: portioning },
    answers: funnelSchema,
    answer: async ({ query, context }) => ({ body: await funnel(context, query) }),
  }),
  view({
    name: 'funnel-cohorts',
    path: '/views/funnel/cohorts',
    summary: 'Conversion and duration per stage by month of entry, deals still open included',
    roles: overseers,
    reads: ['funnel'],
    parameters: { ...timeTravel, stage: text('Only this stage.', 100), from: month('First month.'), to: month('Last month.') },
    answers: funnelCohortsSchema,
    answer: async ({ query, context }) => ({ body: await funnelCohorts(context, query) }),
  }),
  view({
    name: 'funnel-conversion',
    path: '/views/funnel/conversion',
    summary: 'Deals, wins and win rate by curator, source, segment or a label of the deals',
    roles: overseers,
    reads: ['funnel'],
    parameters: { ...timeTravel, by: dimension('`source` when absent:') },
    answers: conversionSchema,
    answer: async ({ query: { by = 'source', ...travel }, context }) => ({
      body: await conversionBy(context, { ...travel, dimension: by as 'source' }),
    }),
  }),
  view({
    name: 'funnel-durations',
    path: '/views/funnel/durations',
    summary: 'How long deals took from opening to win, or stayed in one stage: mean, median, quartiles',
    roles: overseers,
    reads: ['funnel'],
    parameters: { ...timeTravel, stage: text('Durations of this stage.', 100) },
    answers: durationsSchema,
    answer: async ({ query, context }) => ({ body: await dealDurations(context, query) }),
  }),
  view({
    name: 'deals',
    path: '/views/deals',
    summary: 'Deals, newest first or sorted; a curator sees the deals that are the own ones now',
    roles: staffAndAuditor,
    reads: ['funnel'],
    parameters: {
      ...timeTravel,
      status: oneOf(['open', 'won', 'lost'], 'Only of this status.'),
      stage: text('Only in this stage.', 100),
      curatorId: id(
        'Only credited to this curator: the curator at its end, or the current one while it is open. `none`: without curator, or of curators who have left.',
      ),
      source: text('Only won from this source.', 100),
      segment: text('Only of this segment.', 100),
      customerId: id('Only of this customer.'),
      ...sorting(dealSorts, '`since` (opening)', {
        descending: true,
        note: '`value`: by currency, then the amount won or expected. In ascending order deals without the value come first. With `asOf` or `knownAt` only `since`.',
        totalNote: 'not with `asOf` or `knownAt`.',
      }),
      ...paging,
    },
    answers: dealsSchema,
    async answer(ask) {
      const { curatorId: asked, ...query } = ask.query;
      const { identity, context, within, services } = ask;
      const holder = curatorAskedFor(ask, asked);
      const mine = identity.role === 'curator' && { heldBy: holder };
      const curatorId = asked === undefined ? undefined : (holdersAskedFor(services.curators.current(), asked, context.now) ?? asked);
      const { next, ...body } = await deals(context, { ...query, ...(curatorId !== undefined && { curatorId }), ...mine });
      if (!(await mayOpenNamed(query, within))) return { body: { ...body, ...(body.total !== undefined && { total: 0 }), deals: [] } };
      return { body: { ...body, deals: await within(body.deals) }, next };
    },
  }),
  view({
    name: 'loss-reasons',
    path: '/views/loss-reasons',
    summary: 'Losses by reason, stage, curator at that time, source and segment',
    roles: overseers,
    reads: ['funnel'],
    parameters: {
      ...timeTravel,
      by: lossDimensions('`reason` when absent:'),
      from: instant('First instant of the losses.', 'start'),
      to: instant('Last instant of the losses.'),
      reason: text('Only for this reason.', 100),
      stage: text('Only in this stage.', 100),
      curator: id('Only of this curator.'),
      source: text('Only won from this source.', 100),
      segment: text('Only of this segment.', 100),
    },
    answers: lossReasonsSchema,
    answer: async ({ query, context }) => ({ body: await lossReasons(context, query) }),
  }),
];
