import { Type } from 'typebox';
import type { CuratorEntry } from '#platform';
import { count, curatorId, describing, flag, instant, named, number, oneOf, orNull, strict, text } from '#projections/answer-schema.js';
import { customerCardSchema } from '#projections/card/answer-schema.js';
import { churnOfSchema } from '#projections/churn/answer-schema.js';
import { ladderOfSchema } from '#projections/ladder/answer-schema.js';
import { type PolicyDocuments, policyNames } from '#relationship';
import { recordedEventSchema } from '../openapi/recorded-event-schema.js';

export const customerSchema = named(
  'Customer',
  strict(
    { ...customerCardSchema.properties, ladder: orNull(ladderOfSchema), churn: orNull(churnOfSchema) },
    'The card of one customer, with the rung of the ladder and the figures of churn.',
  ),
);

export const customerEventsSchema = named(
  'CustomerEvents',
  strict({
    stream: text('`relationship-<customerId>`.'),
    events: Type.Array(recordedEventSchema, { description: 'In order of the revision.' }),
  }),
);

export const curatorSchema = named(
  'Curator',
  describing<CuratorEntry>()(
    strict({
      curatorId: curatorId(),
      displayName: Type.Optional(text()),
      supervisorId: Type.Optional(text('Id of the supervisor.')),
      team: Type.Optional(text()),
      registeredAt: instant(),
      departedAt: Type.Optional(instant('Since when the curator no longer works here.')),
    }),
  ),
);

export const curatorsSchema = named('Curators', strict({ curators: Type.Array(curatorSchema) }));

const funnelPolicy = describing<PolicyDocuments['funnel']>()(
  strict({
    stages: Type.Array(text(), { description: 'In order.' }),
    maySkip: flag('Whether a deal may pass over stages,'),
    mayGoBack: flag('and whether it may go back.'),
  }),
);
const ladderPolicy = describing<PolicyDocuments['ladder']>()(
  strict({
    clientPurchaseDays: count('Client: at least so many purchase days'),
    clientWithinDays: count('within so many days, or an active contract.'),
    clientIntervalFactor: number(
      'A client lapses after the larger of `clientWithinDays` and so many times the personal median interval between purchases.',
    ),
    supporterCsat: number('Supporter: last CSAT at least this,'),
    supporterNps: number('or last NPS at least this,'),
    supporterWithinDays: count('not older than so many days.'),
    lapseStepDays: count('Elapsed time lowers at most one rung in so many days.'),
  }),
);
const cadencePolicy = describing<PolicyDocuments['cadence']>()(
  strict({
    existingPerYear: number('Contacts a year with customers who have bought,'),
    potentialPerYear: number('and with those who have not.'),
  }),
);
const lossReasonsPolicy = describing<PolicyDocuments['loss-reasons']>()(
  strict({ reasons: Type.Array(strict({ code: text(), needsNote: flag('Whether a note is wanted with it.') })) }),
);
const channelsPolicy = describing<PolicyDocuments['channels']>()(strict({ channels: Type.Array(text()), purposes: Type.Array(text()) }));

export const policyHistorySchema = named(
  'PolicyHistory',
  strict({
    name: oneOf(policyNames),
    versions: Type.Array(
      strict({
        name: oneOf(policyNames),
        version: Type.Integer({ minimum: 1 }),
        effectiveFrom: instant('In force from then until a higher version is; version 1 always was.'),
        document: Type.Union([
          named('FunnelPolicy', funnelPolicy),
          named('LadderPolicy', ladderPolicy),
          named('CadencePolicy', cadencePolicy),
          named('LossReasonsPolicy', lossReasonsPolicy),
          named('ChannelsPolicy', channelsPolicy),
        ]),
      }),
      { description: 'The oldest first.' },
    ),
  }),
);
