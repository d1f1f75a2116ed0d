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

/** What was recorded when the customer was listed last. */
export interface Listing {
  readonly at: string;
  readonly event: string;
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
      return { ...state, [data.field]: later(state[data.field], { at, value: data.to }) };
    case 'retention-listed':
      return { ...state, listing: { at, event: id, ...data } };
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
    case 'customer-merged':
      return { ...state, merges: inTime(state.merges, { at, into: data.into }) };
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
export const retentionDue = (state: Retained, { retention, company }: Pick<PolicyHistory, 'retention' | 'company'>) =>
  dueByRules(state, retention.at(-1)!.document.rules, company.at(-1)!.document.zone);

export const dueByRules = (state: Retained, rules: Rules | undefined, zone: string): RetentionDue | undefined => {
  if (rules === undefined || state.erased || mergeInForce(state.merges)) return undefined;
  const { role, segment, last } = state;
  const registered = last['customer-registered'];
  const rule = rules.find(
    (each) => (each.role ?? role?.value) === role?.value && (each.segment === undefined || each.segment === segment?.value),
  );
  if (rule === undefined || registered === undefined) return undefined;
  const since = rule.types.reduce((latest, type) => (last[type] ? later(latest, last[type]) : latest), registered);
  const dueOn = plusMonths(dayOf(zone, since.at), rule.months);
  return { code: rule.code, since, dueOn, listOn: plusDays(dueOn, -NOTICE_DAYS) };
};

/** The listing that is in force: the same event counts, by a rule that says the same. */
export const listingFor = ({ listing }: Retained, due: RetentionDue | undefined): Listing | undefined =>
  listing && due && listing.code === due.code && listing.since === due.since.at && listing.dueOn === due.dueOn ? listing : undefined;

export const retentionObstacles = ['legal-hold', 'restriction', 'complaint', 'erasure-requested'] as const;

/** Why a customer who is due is not erased. */
export const obstaclesOf = ({ holds, restriction, complaints, isRequested }: Retained): readonly (typeof retentionObstacles)[number][] => [
  ...(holds.length > 0 ? (['legal-hold'] as const) : []),
  ...(restriction?.on ? (['restriction'] as const) : []),
  ...(complaints.length > 0 ? (['complaint'] as const) : []),
  ...(isRequested ? (['erasure-requested'] as const) : []),
];
