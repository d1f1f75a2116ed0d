import { Type } from 'typebox';
import { count, describing, flag, named, number, strict, text } from '#projections/answer-schema.js';
import type { PolicyDocuments, PolicyName } from '#relationship';

const funnelPolicy = describing<PolicyDocuments['funnel']>()(
  strict({
    stages: Type.Array(text(), { description: 'In order.' }),
    maySkip: flag('Whether a deal may skip stages,'),
    mayGoBack: flag('and whether it may go back.'),
  }),
);
const ladderPolicy = describing<PolicyDocuments['ladder']>()(
  strict({
    clientPurchaseDays: count('Client: minimum number of purchase days'),
    clientWithinDays: count('within this number of days, or an active contract.'),
    clientIntervalFactor: number(
      'A client lapses after the larger of `clientWithinDays` and this multiple of the personal median interval between purchases.',
    ),
    supporterCsat: number('Supporter: last CSAT at least this,'),
    supporterNps: number('or last NPS at least this,'),
    supporterWithinDays: count('not older than this number of days.'),
    lapseStepDays: count('Elapsed time lowers at most one rung in this number of days.'),
  }),
);
const cadencePolicy = describing<PolicyDocuments['cadence']>()(
  strict({
    existingPerYear: number('Contacts per year with customers who have bought,'),
    potentialPerYear: number('and with those who have not.'),
  }),
);
const lossReasonsPolicy = describing<PolicyDocuments['loss-reasons']>()(
  strict({ reasons: Type.Array(strict({ code: text(), needsNote: flag('Whether a note is required.') })) }),
);
const channelsPolicy = describing<PolicyDocuments['channels']>()(strict({ channels: Type.Array(text()), purposes: Type.Array(text()) }));
const overduePolicy = describing<PolicyDocuments['overdue']>()(
  strict({
    promiseGraceMinutes: count('A promise that is open this number of minutes after it was due is recorded as overdue,'),
    contactGraceMinutes: count('and a planned contact this number of minutes after its time.'),
  }),
);

/** What a policy may say, each by its own shape. */
export const policyDocuments = {
  funnel: named('FunnelPolicy', funnelPolicy),
  ladder: named('LadderPolicy', ladderPolicy),
  cadence: named('CadencePolicy', cadencePolicy),
  'loss-reasons': named('LossReasonsPolicy', lossReasonsPolicy),
  channels: named('ChannelsPolicy', channelsPolicy),
  overdue: named('OverduePolicy', overduePolicy),
} as const satisfies Readonly<Record<PolicyName, object>>;

export const policyDocument = Type.Union(Object.values(policyDocuments));
