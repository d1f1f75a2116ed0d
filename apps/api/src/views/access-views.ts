import { Type } from 'typebox';
import { type AccessEntry, roles } from '#platform';
import { count, customerId, describing, id, instant as instantOf, named, oneOf, strict, text } from '#projections/answer-schema.js';
import { accessAuditors } from '../edge/access.js';
import { id as idParameter, instant } from '../edge/parameters.js';
import { paging } from './common-parameters.js';
import { view } from './view-definition.js';

const schema = named(
  'AccessLog',
  strict({
    entries: Type.Array(
      describing<AccessEntry>()(
        strict({
          at: instantOf('When the data were shown.'),
          role: oneOf(roles, 'Role of the key.'),
          actorId: id('Curator, supervisor, customer or service that used the key.'),
          keyId: id('Id of the key.'),
          operation: text('What was asked for: `operationId` in this document.'),
          customerId: customerId(),
          reason: Type.Optional(text('As stated in `Letopis-Reason`.')),
          batch: count('Number of the batch of the access log that holds the entry.'),
        }),
      ),
      { description: 'The last ones first.' },
    ),
  }),
);

export const accessViews = [
  view({
    name: 'access-log',
    path: '/access-log',
    ofMany: true,
    idsOnly: true,
    summary: 'Who was shown data of which customer, by which operation, when and why; an entry appears within a second',
    roles: accessAuditors,
    reads: [],
    parameters: {
      customerId: idParameter('Only of this customer.'),
      actorId: idParameter('Only by this curator, supervisor, customer or service.'),
      from: instant('First instant.', 'start'),
      to: instant('Last instant.'),
      ...paging,
    },
    answers: schema,
    async answer({ query: { limit = 100, ...query }, services }) {
      const { entries, next } = await services.accessReader.find({ limit, ...query });
      return { body: { entries }, next };
    },
  }),
];
