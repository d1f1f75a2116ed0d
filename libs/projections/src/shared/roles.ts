import type { DomainEvent } from '#event-log';
import { appliesTo, type CustomerRole, heldAt, inTime, type PolicyHistory, policyAt, runsOf, type Since } from '#relationship/read-side.js';
import { type Calendar, calendarOf } from '../calendar.js';
import { NEVER } from '../days.js';
import type { Contribution, Derivation } from '../projection.js';

/** What a document knows of the role of the customer. */
export interface Roled {
  /** In order of time. */
  readonly roles: readonly RoleSaid[];
}

interface RoleSaid extends Since {
  readonly role: CustomerRole;
  readonly event: string;
}

export const noRole: Roled = { roles: [] };

export const roleHandlers = {
  'customer-registered': <Document extends Roled>(document: Document, { role }: { readonly role: CustomerRole }, event: DomainEvent) =>
    withRole(document, role, event),
  'customer-details-corrected': <Document extends Roled>(
    document: Document,
    { field, to }: { readonly field: string; readonly to: string | undefined },
    event: DomainEvent,
  ) => (field === 'role' && to !== undefined ? withRole(document, to as CustomerRole, event) : document),
};

function withRole<Document extends Roled>(document: Document, role: CustomerRole, { occurredAt: at, id: event }: DomainEvent): Document {
  return { ...document, roles: inTime(document.roles, { at, role, event }) };
}

/** The roles one after another. The first one was so before it was said, too. */
export const rolesInTime = ({ roles }: Roled): readonly RoleSaid[] => runsOf(roles, (one, other) => one.role === other.role);

/** What is said of nobody; a registration says it where it names no role. */
export const USUAL_ROLE: CustomerRole = 'customer';

export type PolicyByRole = 'ladder' | 'cadence';

/** A time in which a policy applies to the customer, and the events that began and ended it. */
export interface Applied {
  /** Inclusive; before every instant where it always did. */
  readonly from: string;
  /** Exclusive; `NEVER` while it lasts. */
  readonly to: string;
  readonly beganBy?: string;
  readonly endedBy?: string;
}

const ALWAYS: readonly Applied[] = [{ from: '', to: NEVER }];

/** By the role and the version in force at each instant. */
export const timesApplied = (policies: PolicyHistory, name: PolicyByRole, document: Roled): readonly Applied[] => {
  const runs = rolesInTime(document);
  const versions = policies[name];
  const said = runs.length === 0 ? [USUAL_ROLE] : runs.map(({ role }) => role);
  if (said.every((role) => versions.every((version) => appliesTo(version.document, role)))) return ALWAYS;
  const found: { from: string; to: string; beganBy?: string; endedBy?: string }[] = [];
  const edges = new Set([...versions.map(({ effectiveFrom }) => effectiveFrom), ...runs.map(({ at }) => at)]);
  for (const [place, at] of [...edges]
    .filter((edge) => edge < NEVER)
    .sort()
    .entries()) {
    const { role, event } = heldAt(runs, at) ?? runs[0] ?? { role: USUAL_ROLE, event: undefined };
    const applies = appliesTo(policyAt(policies, name, at).document, role);
    const last = found.at(-1);
    const lasts = last?.to === NEVER;
    if (applies && !lasts) found.push({ from: place === 0 ? '' : at, to: NEVER, ...(event !== undefined && { beganBy: event }) });
    if (!applies && lasts) Object.assign(last, { to: at, ...(event !== undefined && { endedBy: event }) });
  }
  return found;
};

/** The role to which the policy does not apply at an instant; undefined where it applies, and where nothing is known of the customer. */
export const excludedRole = (policies: PolicyHistory, name: PolicyByRole, document: Roled, instant: string): CustomerRole | undefined => {
  const role = heldAt(document.roles, instant)?.role;
  return role === undefined || appliesTo(policyAt(policies, name, instant).document, role) ? undefined : role;
};

/** Counts on the days on which the policy applies: what was so before counts from the first of them, and nothing from the end on. */
export const whileApplied = <Document extends Roled, Item>(
  name: PolicyByRole,
  derivation: Derivation<Document, Contribution, Item>,
): Derivation<Document, Contribution, Item> => ({
  ...derivation,
  of(document, policies, item) {
    const times = timesApplied(policies, name, document);
    const found = derivation.of(document, policies, item);
    return times === ALWAYS ? found : times.flatMap((time) => within(found, time, calendarOf(policies)));
  },
});

function within(found: readonly Contribution[], { from, to, beganBy, endedBy }: Applied, { dayOf }: Calendar): readonly Contribution[] {
  const [first, end] = [from === '' ? '' : dayOf(from), to === NEVER ? undefined : dayOf(to)];
  const ofSeries = Map.groupBy(found, ({ series, ways }) => JSON.stringify([series, ways]));
  return [...ofSeries.values()].flatMap((all) => {
    const before = remaining(all.filter(({ day }) => day < first));
    const counted = all.filter(({ day }) => day >= first && (end === undefined || day < end));
    if (before.amount !== 0) counted.unshift({ ...all[0]!, ...before, day: first, events: [...before.events, ...named(beganBy)] });
    const amount = counted.reduce((sum, each) => sum + each.amount, 0);
    if (end === undefined || first === end || amount === 0) return first === end ? [] : counted;
    return [...counted, { ...all[0]!, day: end, amount: -amount, events: named(endedBy) }];
  });
}

const named = (event: string | undefined): readonly string[] => (event === undefined ? [] : [event]);

/** The sum, and the events since it was last 0. */
function remaining(contributions: readonly Contribution[]): Pick<Contribution, 'amount' | 'events'> {
  let amount = 0;
  let events: readonly string[] = [];
  for (const each of contributions.toSorted((one, other) => (one.day < other.day ? -1 : one.day > other.day ? 1 : 0))) {
    amount += each.amount;
    events = amount === 0 ? [] : [...events, ...each.events];
  }
  return { amount, events };
}
