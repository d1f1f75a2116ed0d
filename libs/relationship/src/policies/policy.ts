/** Rules with numbers in them: event-sourced, versioned documents, one stream `policy-<name>` each. */
export const POLICY = 'policy';

export interface FunnelPolicy {
  /** In order; deals open in any of them. Won and lost are not stages. */
  readonly stages: readonly string[];
  /** Whether a deal may pass over stages, and whether it may go back. */
  readonly maySkip: boolean;
  readonly mayGoBack: boolean;
}

export interface LadderPolicy {
  /** Client: at least this many purchase days within this many days, or an active contract. */
  readonly clientPurchaseDays: number;
  readonly clientWithinDays: number;
  /** Client lapses after the larger of `clientWithinDays` and this many times the personal median interval. */
  readonly clientIntervalFactor: number;
  /** Supporter: last CSAT or NPS at least this, not older than this many days. */
  readonly supporterCsat: number;
  readonly supporterNps: number;
  readonly supporterWithinDays: number;
  /** Elapsed time lowers at most one rung in this many days. */
  readonly lapseStepDays: number;
}

export interface CadencePolicy {
  /** Contacts a year with customers who have bought, and with those who have not. */
  readonly existingPerYear: number;
  readonly potentialPerYear: number;
}

export interface LossReasonsPolicy {
  readonly reasons: readonly { readonly code: string; readonly needsNote: boolean }[];
}

export interface ChannelsPolicy {
  readonly channels: readonly string[];
  readonly purposes: readonly string[];
}

export interface OverduePolicy {
  /** A promise that is open for so many minutes after it was due is recorded as overdue. */
  readonly promiseGraceMinutes: number;
  /** A planned contact, after the time for which it was planned. */
  readonly contactGraceMinutes: number;
}

export interface PolicyDocuments {
  readonly funnel: FunnelPolicy;
  readonly ladder: LadderPolicy;
  readonly cadence: CadencePolicy;
  readonly 'loss-reasons': LossReasonsPolicy;
  readonly channels: ChannelsPolicy;
  readonly overdue: OverduePolicy;
}
export type PolicyName = keyof PolicyDocuments;
export const policyNames: readonly PolicyName[] = ['funnel', 'ladder', 'cadence', 'loss-reasons', 'channels', 'overdue'];

export interface PolicyVersion<Name extends PolicyName = PolicyName> {
  readonly name: Name;
  /** From 1, without gaps. Version 1 is the default below and needs no event. */
  readonly version: number;
  /** In force from this instant until a higher version is; version 1 always was. */
  readonly effectiveFrom: string;
  readonly document: PolicyDocuments[Name];
}

/** Every version ever published, oldest first, by name. */
export type PolicyHistory = { readonly [Name in PolicyName]: readonly PolicyVersion<Name>[] };

const BEGINNING = '0000-01-01T00:00:00.000Z';
const first = <Name extends PolicyName>(name: Name, document: PolicyDocuments[Name]): readonly PolicyVersion<Name>[] => [
  { name, version: 1, effectiveFrom: BEGINNING, document },
];

export type ShownPolicyVersion = Omit<PolicyVersion, 'effectiveFrom'> & { readonly effectiveFrom: string | null };

/** Without a beginning where there is none: a year 0 is more than many clients can read. */
export const shownPolicyVersion = (version: PolicyVersion): ShownPolicyVersion => ({
  ...version,
  effectiveFrom: version.effectiveFrom === BEGINNING ? null : version.effectiveFrom,
});

export const defaultPolicies: PolicyHistory = {
  funnel: first('funnel', { stages: ['lead', 'qualified', 'proposal', 'negotiation', 'contract'], maySkip: true, mayGoBack: true }),
  ladder: first('ladder', {
    clientPurchaseDays: 2,
    clientWithinDays: 365,
    clientIntervalFactor: 2,
    supporterCsat: 4,
    supporterNps: 7,
    supporterWithinDays: 365,
    lapseStepDays: 90,
  }),
  cadence: first('cadence', { existingPerYear: 4, potentialPerYear: 6 }),
  'loss-reasons': first('loss-reasons', {
    reasons: ['price', 'timing', 'competitor', 'no-need', 'no-budget', 'no-answer', 'service-quality', 'terms', 'duplicate', 'other'].map(
      (code) => ({
        code,
        needsNote: code === 'other',
      }),
    ),
  }),
  channels: first('channels', {
    channels: [
      'phone',
      'email',
      'post',
      'fax',
      'visit',
      'meeting',
      'web-form',
      'web-chat',
      'messenger',
      'sms',
      'push',
      'social',
      'ad-click',
      'portal',
      'marketplace',
    ],
    purposes: ['purchase', 'information', 'negotiation', 'service', 'complaint', 'feedback', 'payment', 'relationship', 'other'],
  }),
  overdue: first('overdue', { promiseGraceMinutes: 60, contactGraceMinutes: 60 }),
};

/** The version in force at an instant. */
export const policyAt = <Name extends PolicyName>(history: PolicyHistory, name: Name, instant: string): PolicyVersion<Name> =>
  inForceAt(history[name], instant);

/**
 * Of versions in the order of publication, the highest that has begun. So one that begins before a version that was scheduled earlier takes
 * its place for good, and a wrong date is put right by publishing again.
 */
export const inForceAt = <Version extends { readonly effectiveFrom: string }>(versions: readonly Version[], instant: string): Version =>
  versions.findLast(({ effectiveFrom }) => effectiveFrom <= instant) ?? (versions[0] as Version);

/** A version by its number, as a deal remembers it. */
export const policyVersion = <Name extends PolicyName>(history: PolicyHistory, name: Name, version: number): PolicyVersion<Name> =>
  (history[name][version - 1] ?? history[name][0]) as PolicyVersion<Name>;
