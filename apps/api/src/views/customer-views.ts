import { type Masks, Problem } from '#platform';
import { foundCustomersSchema } from '#projections/card/answer-schema.js';
import { customerSorts, findCustomers } from '#projections/card/find.js';
import { customerCard } from '#projections/card/query.js';
import { churnOfSchema } from '#projections/churn/answer-schema.js';
import { churnOf } from '#projections/churn/query.js';
import { ladderOf } from '#projections/ladder/query.js';
import { timelineSchema } from '#projections/timeline/answer-schema.js';
import { kindByType } from '#projections/timeline/entry.js';
import { timeline } from '#projections/timeline/query.js';
import { customerRoles } from '#relationship';
import { everyone, staffAndAuditor } from '../edge/access.js';
import { curatorAskedFor, holdersAskedFor, portfolioOf } from '../edge/own-portfolio.js';
import { cursor, flag, id, instant, matching, oneOf, text, whole } from '../edge/parameters.js';
import { asOf, paging, sorting, timeTravel } from './common-parameters.js';
import { found } from './found.js';
import { customerSchema } from './record-schemas.js';
import { view } from './view-definition.js';

const kinds = [...new Set(kindByType.values())];

export const customerViews = [
  view({
    name: 'find-customers',
    path: '/customers',
    summary:
      'Find and list customers by name, identifier, curator, role, kind, segment, registration and last contact; a curator sees the own portfolio, and with `workOf` customers with assigned open work',
    roles: staffAndAuditor,
    reads: ['card'],
    parameters: {
      customerId: matching(
        /^[A-Za-z0-9_-]{1,64}(,[A-Za-z0-9_-]{1,64}){0,99}$/,
        '1 to 100 ids of customers, separated by commas',
      )('These customers, of any status:'),
      name: text('Part of the displayed name; case and accents are ignored.'),
      identifier: text('A complete e-mail address, phone number, handle or external id.', 500),
      identifierKind: text('Kind of the identifier.', 100),
      curatorId: id(
        'The curator last assigned; a curator sees the own customers. `none`: customers without a curator, or whose curator has left. Not with `asOf`.',
      ),
      workOf: id('Customers with open work that was assigned to this curator; a curator may name only himself or herself. Sorted by id.'),
      role: oneOf(customerRoles, 'Role of the customer.'),
      kind: oneOf(['person', 'organisation'], 'Kind of the customer.'),
      segment: text('Segment.', 100),
      status: oneOf(['active', 'merged', 'erased', 'unknown'], '`active` when absent.'),
      registeredFrom: instant('Registered at this instant or later.', 'start'),
      registeredTo: instant('Registered at this instant or earlier.'),
      lastContactFrom: instant('Last contact at this instant or later.', 'start'),
      lastContactTo: instant('Last contact at this instant or earlier; not those who were never contacted: `contacted=false`.'),
      contacted: flag('Only with any contact, or without.'),
      ...sorting(customerSorts, '`name`', {
        note: 'Customers without the value come first. Not with `customerId`, `identifier`, `workOf`.',
        totalNote: 'for a curator this includes customers who are not shown.',
      }),
      asOf,
      ...paging,
    },
    rejected: { knownAt: 'the list shows what is known now; use the card, /customers/{customerId}' },
    unlimited: ['customerId'],
    personal: { '/customers/*/displayName': 'names' },
    answers: foundCustomersSchema,
    async answer(ask) {
      const { query, context, within, masks, services } = ask;
      mustShow(masks, ask.identity.role, query);
      const { curatorId: asked, ...others } = query;
      curatorAskedFor(ask, asked);
      curatorAskedFor(ask, query.workOf);
      const curatorId = asked === undefined ? undefined : (holdersAskedFor(services.curators.current(), asked, context.now) ?? asked);
      // Who is named otherwise may be one whom the curator only helps.
      const own = (query.workOf ?? query.customerId ?? query.identifier) === undefined ? portfolioOf(ask) : undefined;
      const { next, ...body } = await findCustomers(context, {
        ...others,
        ...(masks?.hides('names') && sortedOpenly(query)),
        ...(curatorId !== undefined && { curatorId }),
        ...(own !== undefined && { portfolioOf: own }),
      });
      return { body: { ...body, customers: await within(body.customers) }, next };
    },
  }),
  view({
    name: 'customer',
    path: '/customers/:customerId',
    personal: {
      '/displayName': 'names',
      '/detailsHistory/*': 'correction',
      '/identifiers/*': 'identifier',
      '/profile': 'profile-members',
      '/channels/declared/preferences': 'profile',
      '/acquisition/*/referrer': 'texts',
      '/openDeals/*/title': 'texts',
      '/openPromises/*/text': 'texts',
      '/openComplaints/*/summary': 'texts',
      '/nextPlannedContact/summary': 'texts',
      '/overdueContacts/*/summary': 'texts',
    },
    summary: 'The card: who, curator, value, open work, rung of the ladder and churn risk; a customer sees what customers may see',
    roles: everyone,
    reads: ['card', 'churn', 'ladder'],
    parameters: timeTravel,
    answers: customerSchema,
    async answer({ identity, path, query, context }) {
      const customerId = path.customerId ?? '';
      const asked = { ...query, customerId };
      const [card, ladder, churn, parked] = await Promise.all([
        customerCard(context, asked),
        ladderOf(context, asked),
        identity.role === 'customer' ? undefined : churnOf(context, asked),
        context.reader.parked('card', customerId),
      ]);
      if (card === undefined && parked) throw new Problem('event-not-understood', `No view can apply event ${parked.eventId}.`);
      const { revision, ...body } = found(card);
      const present = query.asOf === undefined && query.knownAt === undefined;
      const whole = { ...body, revision, ladder: ladder ?? null, churn: churn ?? null, ...(parked && { parked }) };
      return { body: whole, revision: present ? revision : undefined };
    },
  }),
  view({
    name: 'timeline',
    path: '/customers/:customerId/timeline',
    personal: { '/entries/*': 'event', '/planned/*/text': 'texts' },
    summary: 'All past and planned events of one customer; a customer sees what customers may see',
    roles: everyone,
    reads: ['timeline', 'card', 'desk'],
    parameters: {
      ...timeTravel,
      order: oneOf(['newest', 'oldest'], '`newest` when absent.'),
      channel: text('Only through this channel.', 100),
      kind: oneOf(kinds, 'Only of this kind.'),
      type: text('Only of this event type.', 100),
      curatorId: id('Only from the periods in which this curator was responsible.'),
      from: instant('First instant.', 'start'),
      to: instant('Last instant.'),
      limit: whole(1, 500, 'Entries per page; default 50.'),
      cursor,
    },
    answers: timelineSchema,
    async answer({ path, query, context }) {
      const { next, ...body } = found(await timeline(context, { ...query, customerId: path.customerId ?? '' }));
      return { body, next };
    },
  }),
  view({
    name: 'customer-churn',
    path: '/customers/:customerId/churn',
    summary: 'Purchase figures, silence against the norm, RFM scores and churn risk',
    roles: staffAndAuditor,
    reads: ['churn'],
    ofMany: true,
    parameters: {
      ...timeTravel,
      rfm: flag('Include RFM scores, which rank all customers by what is known now; default `true`, with `knownAt` `false`.'),
    },
    answers: churnOfSchema,
    answer: async ({ path, query: { rfm, ...travel }, context }) => ({
      body: found(
        await churnOf(context, {
          ...travel,
          rfm: rfm ?? travel.knownAt === undefined,
          customerId: path.customerId ?? '',
        }),
      ),
    }),
  }),
];

type Found = Parameters<typeof findCustomers>[1];

/** Nobody finds by what is hidden. @throws Problem `not-allowed` */
const mustShow = (masks: Masks | undefined, role: string, { name, sort, identifier, identifierKind }: Found): void => {
  const hidden = (what: string) => new Problem('not-allowed', `The policy masking hides ${what} from the role ${role}.`);
  if ((name !== undefined || sort === 'name') && masks?.hides('names')) throw hidden('names');
  if (identifier === undefined || !masks?.hidesIdentifiers(identifierKind)) return;
  throw hidden(
    identifierKind === undefined ? 'some identifiers; add identifierKind with a kind that is not hidden' : 'identifiers of this kind',
  );
};

/** The order and the cursors of names would show them. */
const sortedOpenly = ({ sort, customerId, identifier, workOf }: Found): Pick<Found, 'sort'> | undefined =>
  (sort ?? customerId ?? identifier ?? workOf) === undefined ? { sort: 'registeredAt' } : undefined;
