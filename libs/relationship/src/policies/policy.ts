import { type Static, type TProperties, type TSchema, Type } from 'typebox';
import { type CustomerRole, customerRoles } from '../customer/events.js';
import { countries } from '../kernel/countries.js';
import { oneOf } from '../kernel/event.js';
import { ZONE } from '../kernel/zones.js';
import { retentionTypes } from '../retention/types.js';

/** Rules with numbers in them: event-sourced, versioned documents, one stream `policy-<name>` each. */
export const POLICY = 'policy';

type Frozen<Value> = Value extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : Value extends object
    ? { readonly [Member in keyof Value]: Frozen<Value[Member]> }
    : Value;

const document = <const Properties extends TProperties>(title: string, properties: Properties) =>
  Type.Object(properties, { additionalProperties: false, title });
const flag = (description: string) => Type.Boolean({ description });
const number = (minimum: number, maximum: number, description: string) => Type.Number({ minimum, maximum, description });
const whole = (minimum: number, maximum: number, description: string) => Type.Integer({ minimum, maximum, description });
const days = (description: string) => whole(1, 36_500, description);
const minutes = (description: string) => whole(0, 525_600, description);
/** As it stands in events, so never longer than a `word` there. */
const code = (...reserved: readonly string[]) =>
  Type.String({
    pattern: '^[a-z0-9]+(-[a-z0-9]+)*$',
    maxLength: 100,
    ...(reserved.length > 0 && { not: { type: 'string', enum: reserved } }),
  });
const list = <Item extends TSchema>(maxItems: number, item: Item, description: string) =>
  Type.Array(item, { minItems: 1, maxItems, description });
/** As details have it: any word. */
export const SEGMENT = '\\S';
/** Customers in the sense of the word: whom the company sells to. */
const served: readonly CustomerRole[] = ['customer', 'public-body'];
const roles = (description: string) =>
  Type.Optional(list(customerRoles.length, oneOf(...customerRoles), `${description} When absent: ${served.join(', ')}.`));
const readers = ['curator', 'supervisor', 'auditor', 'service', 'customer', 'admin', 'subscriber'] as const;
const keyRoles = (description: string) => Type.Optional(list(readers.length, oneOf(...readers), `${description} When absent: none.`));
/** Whether a policy that goes by role applies to it. */
export const appliesTo = ({ roles = served }: { readonly roles?: readonly CustomerRole[] }, role: CustomerRole): boolean =>
  roles.includes(role);
const policy = <Schema extends TSchema>(schema: Schema, initial: Static<Schema>) => ({ schema, initial });

export const REJECTED_ROWS_DAYS = 30;

const lossReasons = [
  'price',
  'timing',
  'competitor',
  'no-need',
  'no-budget',
  'no-answer',
  'service-quality',
  'terms',
  'duplicate',
  'other',
];

/** Kinds of personal data that can be hidden, and the roles from which. */
export const maskedKinds = ['names', 'texts', 'profile', 'income', 'email', 'phone', 'other-identifiers'] as const;
export type MaskedKind = (typeof maskedKinds)[number];
export const maskedRoles = ['curator', 'supervisor', 'auditor', 'service'] as const;
const hiddenFrom = (role: string) =>
  Type.Optional(list(maskedKinds.length, oneOf(...maskedKinds), `Kinds of personal data that are hidden from the role ${role}.`));

/** The shape of each policy, which a published document is checked against, and its version 1. */
const definitions = {
  funnel: policy(
    document('FunnelPolicy', {
      stages: list(50, code('won', 'lost'), 'In order; deals open in any of them. Won and lost are not stages.'),
      maySkip: flag('Whether a deal may skip stages.'),
      mayGoBack: flag('Whether a deal may go back to an earlier stage.'),
    }),
    { stages: ['lead', 'qualified', 'proposal', 'negotiation', 'contract'], maySkip: true, mayGoBack: true },
  ),
  ladder: policy(
    document('LadderPolicy', {
      clientPurchaseDays: whole(1, 1000, 'Client: minimum number of purchase days within `clientWithinDays`, or an active contract.'),
      clientWithinDays: days('Within this number of days.'),
      clientIntervalFactor: number(
        0,
        1000,
        'A client lapses after the larger of `clientWithinDays` and this multiple of the personal median interval between purchases.',
      ),
      supporterCsat: whole(1, 5, 'Supporter: last CSAT at least this, or last NPS at least `supporterNps`.'),
      supporterNps: whole(0, 10, 'Supporter: last NPS at least this, or last CSAT at least `supporterCsat`.'),
      supporterWithinDays: days('The answer is not older than this number of days.'),
      lapseStepDays: days('Elapsed time lowers at most one rung in this number of days.'),
      roles: roles('Roles of the customers who are on the ladder and counted in churn.'),
    }),
    {
      clientPurchaseDays: 2,
      clientWithinDays: 365,
      clientIntervalFactor: 2,
      supporterCsat: 4,
      supporterNps: 7,
      supporterWithinDays: 365,
      lapseStepDays: 90,
      roles: [...served],
    },
  ),
  cadence: policy(
    document('CadencePolicy', {
      existingPerYear: number(0.01, 366, 'Contacts per year with customers who have bought.'),
      potentialPerYear: number(0.01, 366, 'Contacts per year with customers who have not bought.'),
      roles: roles('Roles of the customers who are contacted by this norm.'),
    }),
    { existingPerYear: 4, potentialPerYear: 6, roles: [...served] },
  ),
  'loss-reasons': policy(
    document('LossReasonsPolicy', {
      reasons: list(
        200,
        Type.Object({ code: code(), needsNote: flag('Whether a note is required.') }, { additionalProperties: false }),
        'Each code once; `other` requires a note.',
      ),
    }),
    { reasons: lossReasons.map((code) => ({ code, needsNote: code === 'other' })) },
  ),
  channels: policy(
    document('ChannelsPolicy', {
      channels: list(200, code(), 'What a contact may go through.'),
      purposes: list(200, code(), 'What a contact may be for.'),
    }),
    {
      channels: 'phone email post fax visit meeting web-form web-chat messenger sms push social ad-click portal marketplace'.split(' '),
      purposes: ['purchase', 'information', 'negotiation', 'service', 'complaint', 'feedback', 'payment', 'relationship', 'other'],
    },
  ),
  overdue: policy(
    document('OverduePolicy', {
      promiseGraceMinutes: minutes('A promise that is open this number of minutes after it was due is recorded as overdue.'),
      contactGraceMinutes: minutes('A planned contact that is open this number of minutes after its time is recorded as overdue.'),
    }),
    { promiseGraceMinutes: 60, contactGraceMinutes: 60 },
  ),
  privacy: policy(
    document('PrivacyPolicy', {
      secondActor: flag('Whether an erasure has to be confirmed by another actor than the one who requested it.'),
      marketingPurposes: list(200, code(), 'Outbound contacts for these purposes are rejected once the customer objects to marketing.'),
      rejectedRowsDays: Type.Optional(
        days(`Rows that an import rejected are kept, encrypted, for this number of days after it. When absent: ${REJECTED_ROWS_DAYS}.`),
      ),
      namesReaders: Type.Optional(flag('Whether an export names who read the data (Art. 15), and not only the role. When absent: no.')),
      backupDays: days('Backups are kept for this number of days; the certificate of an erasure names the day.'),
    }),
    { secondActor: true, backupDays: 90, marketingPurposes: ['purchase', 'information', 'relationship'] },
  ),
  company: policy(
    document('CompanyPolicy', {
      zone: Type.String({
        pattern: ZONE,
        maxLength: 100,
        description: 'IANA time zone, such as Europe/Berlin, that decides on which day an instant is.',
      }),
      country: Type.Optional(
        Type.Unsafe<string>({
          type: 'string',
          enum: countries,
          description: 'ISO 3166-1 alpha-2 code, such as DE: the country of phone numbers that name none.',
        }),
      ),
    }),
    { zone: 'UTC' },
  ),
  retention: policy(
    document('RetentionPolicy', {
      rules: Type.Optional(
        list(
          100,
          Type.Object(
            {
              code: code(),
              role: Type.Optional(oneOf(...customerRoles)),
              segment: Type.Optional(Type.String({ pattern: SEGMENT, maxLength: 100 })),
              months: whole(1, 1_200, 'Calendar months since the last of these events, or the registration, whichever is later.'),
              types: list(retentionTypes.length, oneOf(...retentionTypes), 'Types of the events that the months count from.'),
            },
            { additionalProperties: false },
          ),
          'The first one that applies decides when a customer is erased; each names a role, a segment or both. When absent: nobody is.',
        ),
      ),
      perDay: whole(1, 100_000, 'At most this number of customers is erased on a day.'),
    }),
    { perDay: 100 },
  ),
  'access-log': policy(
    document('AccessLogPolicy', {
      reasonRequiredOf: keyRoles('Keys of these roles state a reason (`Letopis-Reason`) for each read of personal data.'),
      durableFor: keyRoles('Reads by keys of these roles are stored before the answer is sent; without storage they are rejected.'),
    }),
    {},
  ),
  masking: policy(
    document('MaskingPolicy', {
      curator: hiddenFrom('curator'),
      supervisor: hiddenFrom('supervisor'),
      auditor: hiddenFrom('auditor'),
      service: hiddenFrom('service'),
    }),
    {},
  ),
};

export type PolicyName = keyof typeof definitions;
export const policyNames = Object.keys(definitions) as readonly PolicyName[];
export const policySchema = <Name extends PolicyName>(name: Name): (typeof definitions)[Name]['schema'] => definitions[name].schema;
export type PolicyDocuments = { readonly [Name in PolicyName]: Frozen<Static<(typeof definitions)[Name]['schema']>> };
export type FunnelPolicy = PolicyDocuments['funnel'];
export type LadderPolicy = PolicyDocuments['ladder'];
export type CadencePolicy = PolicyDocuments['cadence'];
export type ChannelsPolicy = PolicyDocuments['channels'];

export interface PolicyVersion<Name extends PolicyName = PolicyName> {
  readonly name: Name;
  /** From 1, without gaps. Version 1 is the default below and needs no event. */
  readonly version: number;
  /** In force from this instant until a higher version is; version 1 always was. */
  readonly effectiveFrom: string;
  readonly document: PolicyDocuments[Name];
  /** Absent where it is not known, as of version 1. */
  readonly recordedAt?: string;
}

/** Every version ever published, oldest first, by name. */
export type PolicyHistory = { readonly [Name in PolicyName]: readonly PolicyVersion<Name>[] };

export const BEGINNING = '0000-01-01T00:00:00.000Z';
/** Of which the last published version is in force for all time. */
export const timeless: ReadonlySet<PolicyName> = new Set(['company', 'masking', 'retention']);
/** After every instant. */
const NEVER = '~';
export type ShownPolicyVersion = Omit<PolicyVersion, 'effectiveFrom' | 'recordedAt'> & { readonly effectiveFrom: string | null };

/** Without a beginning where there is none: a year 0 is more than many clients can read. */
export const shownPolicyVersion = ({ recordedAt: _, ...version }: PolicyVersion): ShownPolicyVersion => ({
  ...version,
  effectiveFrom: version.effectiveFrom === BEGINNING ? null : version.effectiveFrom,
});

export const defaultPolicies = Object.fromEntries(
  policyNames.map((name) => [name, [{ name, version: 1, effectiveFrom: BEGINNING, document: definitions[name].initial }]]),
) as unknown as PolicyHistory;

/** The version in force at an instant. */
export const policyAt = <Name extends PolicyName>(history: PolicyHistory, name: Name, instant: string): PolicyVersion<Name> =>
  inForceAt(history[name], instant);

/**
 * Of versions in the order of publication, the highest that has begun. So one that begins before a version that was scheduled earlier takes
 * its place for good, and a wrong date is put right by publishing again.
 */
export const inForceAt = <Version extends { readonly effectiveFrom: string }>(versions: readonly Version[], instant: string): Version =>
  versions.findLast(({ effectiveFrom }) => effectiveFrom <= instant) ?? (versions[0] as Version);

/** As it was known at an instant: what was published later is not in force then, whatever it is effective from. */
export const policiesKnownAt = (history: PolicyHistory, instant: string): PolicyHistory =>
  Object.fromEntries(
    policyNames.map((name) => [
      name,
      (history[name] as readonly PolicyVersion[]).map((version) =>
        (version.recordedAt ?? BEGINNING) > instant ? { ...version, effectiveFrom: NEVER } : version,
      ),
    ]),
  ) as unknown as PolicyHistory;

/** One of the versions is in force at every instant. */
export const inForceThroughout = (history: PolicyHistory, name: PolicyName, version: number): PolicyHistory => ({
  ...history,
  [name]: (history[name] as readonly PolicyVersion[]).map((each) => ({
    ...each,
    effectiveFrom: each.version === version ? BEGINNING : NEVER,
  })),
});

/** Behind what a version says, in words: which it is, so that whoever is rejected by it can publish another. */
export const inPolicy = ({ name, version, effectiveFrom }: PolicyVersion): string =>
  ` (policy ${name}, version ${version}${effectiveFrom === BEGINNING ? '' : `, in force from ${effectiveFrom}`})`;

/** The same for programs. */
export const named = (version: PolicyVersion): { readonly policy: Omit<ShownPolicyVersion, 'document'> } => {
  const { document: _, ...shown } = shownPolicyVersion(version);
  return { policy: shown };
};

/** A version by its number, as a deal remembers it. */
export const policyVersion = <Name extends PolicyName>(history: PolicyHistory, name: Name, version: number): PolicyVersion<Name> =>
  (history[name][version - 1] ?? history[name][0]) as PolicyVersion<Name>;
