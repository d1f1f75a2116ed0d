import { type Merge, mergeInForce } from '../customer/merges.js';
import type { Dated } from '../kernel/event.js';
import { inTime, knownFrom, later, type Since } from '../kernel/valid-time.js';
import type { PolicyDocuments, PolicyHistory } from '../policies/policy.js';
import type { RelationshipEvent } from '../slices.js';
import { dayOf, plusDays, plusMonths } from './days.js';
import { retentionTypes } from './types.js';

/** Customers are listed this number of days before they are erased. */
export const NOTICE_DAYS = 30;

interface Said extends Since {
  readonly value: string;
}

interface Kind {
  readonly role?: string;
  readonly segment?: string;
}

/** What was recorded when the customer was listed last. */
export interface Listing {
  readonly at: string;
  readonly event: string;
  readonly recordedAt: string;
  readonly policyVersion: number;
  /** All that the customer was since, and is. */
  readonly kinds: readonly Kind[];
  readonly code: string;
  readonly since: string;
  readonly dueOn: string;
  readonly eraseOn: string;
}

/** What the policy `retention` depends on, whatever it says. */
export interface Retained {
  readonly role?: Said | undefined;
  readonly segment?: Said | undefined;
  /** By type, the registration among them: the last event of it, in order of time. */
  readonly last: Readonly<Record<string, Since & { readonly event: string }>>;
  readonly listing?: Listing | undefined;
  /** When the last retraction was recorded: what was retracted is not in here. */
  readonly correctedAt?: string;
  /** Ids of those in force, and of those that are open. */
  readonly holds: readonly string[];
  readonly complaints: readonly string[];
  readonly restriction?: (Since & { readonly on: boolean }) | undefined;
  readonly isRequested: boolean;
  readonly merges: readonly Merge[];
  readonly erased?: { readonly at: string; readonly event: string } | undefined;
}

export const nothingRetained: Retained = { last: {}, holds: [], complaints: [], isRequested: false, merges: [] };

const counted: ReadonlySet<string> = new Set(retentionTypes);

/** Types of events that `evolveRetained` takes in. */
export const retainedTypes = [
  'customer-registered',
  ...retentionTypes,
  'customer-details-corrected',
  'retention-listed',
  'legal-hold-placed',
  'legal-hold-lifted',
  'processing-restricted',
  'processing-restriction-lifted',
  'erasure-requested',
  'erasure-rejected',
  'customer-merged',
  'customer-unmerged',
  'customer-erased',
] as const satisfies readonly RelationshipEvent['type'][];

/** Folds one of the events of a customer that count, in order of recording. */
export const evolveRetained = <State extends Retained>(state: State, event: Dated<RelationshipEvent> & { readonly id: string }): State => {
  const { id, type, data, occurredAt: at } = event;
  const next = counted.has(type) ? withLast(state, type, { at, event: id }) : state;
  switch (type) {
    case 'customer-registered': {
      const from = knownFrom(event);
      const { segment } = data;
      return {
        ...withLast(state, type, { at: from, event: id }),
        role: later(state.role, { at: from, value: data.role }),
        ...(segment !== undefined && { segment: later(state.segment, { at: from, value: segment }) }),
      };
    }
    case 'customer-details-corrected':
      if (data.to === undefined || (data.field !== 'role' && data.field !== 'segment')) return state;
      return withKind({ ...state, [data.field]: later(state[data.field], { at, value: data.to }) });
    case 'retention-listed':
      return { ...state, listing: { at, event: id, recordedAt: event.recordedAt ?? at, kinds: [kindOf(state)], ...data } };
    case 'complaint-raised':
      return { ...next, complaints: [...state.complaints, data.complaintId] };
    case 'complaint-resolved':
      return { ...next, complaints: state.complaints.filter((each) => each !== data.complaintId) };
    case 'legal-hold-placed':
      return { ...state, holds: [...state.holds, data.holdId] };
    case 'legal-hold-lifted':
      return { ...state, holds: state.holds.filter((each) => each !== data.holdId) };
    case 'processing-restricted':
      return { ...state, restriction: later(state.restriction, { at, on: true }) };
    case 'processing-restriction-lifted':
      return { ...state, restriction: later(state.restriction, { at, on: false }) };
    case 'erasure-requested':
      return { ...state, isRequested: true };
    case 'erasure-rejected':
      return { ...state, isRequested: false };
    case 'customer-merged': {
      const merges = inTime(state.merges, { at, into: data.into });
      return { ...state, merges, ...(mergeInForce(merges) && { listing: undefined }) };
    }
    case 'customer-unmerged':
      return { ...state, merges: inTime(state.merges, { at, into: null }) };
    case 'customer-erased':
      return { ...state, erased: { at, event: id } };
    default:
      return next;
  }
};

const withLast = <State extends Retained>(state: State, type: string, event: Retained['last'][string]): State => ({
  ...state,
  last: { ...state.last, [type]: later(state.last[type], event) },
});

const kindOf = ({ role, segment }: Retained): Kind => ({ ...(role && { role: role.value }), ...(segment && { segment: segment.value }) });

const withKind = <State extends Retained>(state: State): State => {
  const { listing } = state;
  const kind = kindOf(state);
  if (listing === undefined || listing.kinds.some(({ role, segment }) => role === kind.role && segment === kind.segment)) return state;
  return { ...state, listing: { ...listing, kinds: [...listing.kinds, kind] } };
};

type Rules = NonNullable<PolicyDocuments['retention']['rules']>;

/** By the first rule that applies to the customer. */
export interface RetentionDue {
  readonly code: string;
  /** The last event that the rule counts from; the registration where there is none. */
  readonly since: { readonly at: string; readonly event: string };
  readonly dueOn: string;
  /** From this day on the customer is to be listed. */
  readonly listOn: string;
}

/** The policy is timeless: the version published last is in force. Undefined where no rule applies. */
export const retentionDue = (state: Retained, { retention, company }: Policies) =>
  dueByRules(state, retention.at(-1)!.document.rules, company.at(-1)!.document.zone);

export const dueByRules = (
  state: Retained,
  rules: Rules | undefined,
  zone: string,
  { role, segment }: Kind = kindOf(state),
): RetentionDue | undefined => {
  if (rules === undefined || state.erased || mergeInForce(state.merges)) return undefined;
  const { last } = state;
  const registered = last['customer-registered'];
  const rule = rules.find((each) => (each.role ?? role) === role && (each.segment === undefined || each.segment === segment));
  if (rule === undefined || registered === undefined) return undefined;
  const since = rule.types.reduce((latest, type) => (last[type] ? later(latest, last[type]) : latest), registered);
  const dueOn = plusMonths(dayOf(zone, since.at), rule.months);
  return { code: rule.code, since, dueOn, listOn: plusDays(dueOn, -NOTICE_DAYS) };
};

type Policies = Pick<PolicyHistory, 'retention' | 'company'>;

/** The listing that is in force: the same event counts, by a rule that says the same, and so it was ever since. */
export const listingFor = (state: Retained, due: RetentionDue | undefined, policies: Policies): Listing | undefined =>
  state.listing && saysSame(state.listing, due) && ranUnbroken(state, state.listing, policies) ? state.listing : undefined;

const saysSame = ({ code, since, dueOn }: Listing, due: RetentionDue | undefined): boolean =>
  due !== undefined && code === due.code && since === due.since.at && dueOn === due.dueOn;

/**
 * Whoever was off the list for a while has 30 days again. Each version since is judged by all that is known now, and a retraction may have
 * taken back what took the customer off: in doubt the notice begins again.
 */
const ranUnbroken = (state: Retained, listing: Listing, { retention, company }: Policies): boolean => {
  const { recordedAt: listedAt, policyVersion, kinds } = listing;
  if (state.correctedAt !== undefined && state.correctedAt > listedAt) return false;
  const versions = retention.slice(Math.min(policyVersion, retention.length) - 1);
  const zones = company.slice(company.findLastIndex(({ recordedAt }) => recordedAt === undefined || recordedAt <= listedAt));
  return versions.every(({ document: { rules } }) =>
    zones.every(({ document: { zone } }) => kinds.every((kind) => saysSame(listing, dueByRules(state, rules, zone, kind)))),
  );
};

export const retentionObstacles = ['legal-hold', 'restriction', 'complaint', 'erasure-requested'] as const;

/** Why a customer who is due is not erased. */
export const obstaclesOf = ({ holds, restriction, complaints, isRequested }: Retained): readonly (typeof retentionObstacles)[number][] => [
  ...(holds.length > 0 ? (['legal-hold'] as const) : []),
  ...(restriction?.on ? (['restriction'] as const) : []),
  ...(complaints.length > 0 ? (['complaint'] as const) : []),
  ...(isRequested ? (['erasure-requested'] as const) : []),
];
