import { type DomainEvent, personalFields } from '#event-log';
import { phoneKinds } from '#projections/card/normalise.js';
import { detailsCorrected, type MaskedKind, maskedRoles, type PolicyHistory, profileRecorded, type Role } from '#relationship';
import { eventCatalogue } from '../events/current-events.js';

/** In the place of each text that is hidden. */
export const MASKED = '[masked]';

/** What a member of an answer holds: a value of one kind, or a shape whose members are of several. */
export type PersonalMember = MaskedKind | 'identifier' | 'correction' | 'profile-members' | 'event';
/** By JSON pointer, with `*` for each item of a list. */
export type PersonalMembers = Readonly<Record<string, PersonalMember>>;

type Json = Readonly<Record<string, unknown>>;
/** An event, or an entry of the timeline. */
type EventLike = Pick<DomainEvent, 'type' | 'data'> &
  Partial<Pick<DomainEvent, 'schemaVersion' | 'source' | 'hash' | 'commandHash' | 'previousHash' | 'actor'>>;

/** What the policy `masking` hides from a role. */
export interface Masks {
  hides(kind: MaskedKind): boolean;
  /** Of a kind of identifiers; of all together where it is absent. */
  hidesIdentifiers(kind: string | undefined): boolean;
  event<Event extends EventLike>(event: Event): Event;
  answer(body: unknown, members: PersonalMembers): unknown;
}

/** Undefined where everything is shown, as to admins, and to customers what is meant for them. */
export const masksFor = (role: Role, { masking }: Pick<PolicyHistory, 'masking'>): Masks | undefined => {
  const masked = maskedRoles.find((each) => each === role);
  const hidden: readonly MaskedKind[] = (masked && masking.at(-1)!.document[masked]) ?? [];
  if (hidden.length === 0) return undefined;
  const hides = (kind: MaskedKind) => hidden.includes(kind);
  const anyIdentifier = identifierKinds.some(hides);
  /** Of the card or of an event, whose data have the same shape. */
  const profile = (value: unknown): unknown =>
    profileMembers
      .flatMap(({ steps, kinds }) => (kinds.some(hides) ? [steps] : []))
      .reduce((left, steps) => changedAt(left, steps, hiddenIn), value);

  const event = <Event extends EventLike>(given: Event): Event => {
    const data = dataOf(given);
    const source = given.source && anyIdentifier ? { source: { ...given.source, id: MASKED } } : {};
    const actor = given.actor && 'name' in given.actor && hides('names') ? { actor: { ...given.actor, name: MASKED } } : {};
    // Without hashes, by which a hidden value could be guessed: each covers all events before it in the stream, whatever is hidden in its own.
    const { hash: _, previousHash: __, commandHash: ___, ...shown } = given;
    return { ...shown, ...source, ...actor, data } as unknown as Event;
  };
  const dataOf = ({ type, schemaVersion = Number.POSITIVE_INFINITY, data }: EventLike): unknown => {
    const definition = eventCatalogue.get(type);
    // Nobody knows what is personal in it.
    if (definition === undefined) return hiddenIn(data);
    if (type === profileRecorded.type) return profile(data);
    const hiding = personalFields(definition, schemaVersion, data).filter((pointer) => hides(kindOf(type, pointer, data as Json)));
    return hiding.reduce((left, pointer) => changedAt(left, stepsOf(pointer), hiddenIn), data);
  };

  const changes: Readonly<Record<Exclude<PersonalMember, MaskedKind>, (value: unknown) => unknown>> = {
    identifier: (value) => {
      const { kind, ...others } = value as Json;
      if (!hides(kindOfIdentifier(String(kind)))) return value;
      const hiding = ['value', 'label', 'e164', 'extension'].filter((name) => others[name] !== undefined);
      return { ...(value as Json), ...Object.fromEntries(hiding.map((name) => [name, MASKED])) };
    },
    correction: (value) => {
      const { field, ...others } = value as Json;
      if (field !== 'displayName' || !hides('names')) return value;
      return { ...others, field, from: hiddenIn(others.from), to: hiddenIn(others.to) };
    },
    'profile-members': profile,
    event: (value) => event(value as EventLike),
  };
  const answer = (body: unknown, members: PersonalMembers): unknown =>
    Object.entries(members).reduce((left, [pointer, member]) => {
      const change = member in changes ? changes[member as keyof typeof changes] : hides(member as MaskedKind) ? hiddenIn : undefined;
      return change ? changedAt(left, stepsOf(pointer), change) : left;
    }, body);

  return {
    hides,
    hidesIdentifiers: (kind) => (kind === undefined ? anyIdentifier : hides(kindOfIdentifier(kind))),
    event,
    answer,
  };
};

const identifierKinds = ['email', 'phone', 'other-identifiers'] as const satisfies readonly MaskedKind[];
const kindOfIdentifier = (kind: string): MaskedKind => (kind === 'email' ? 'email' : phoneKinds.has(kind) ? 'phone' : 'other-identifiers');

const profileMembers: readonly { readonly steps: readonly string[]; readonly kinds: readonly MaskedKind[] }[] = [
  { steps: ['person'], kinds: ['profile'] },
  { steps: ['person', 'annualIncome'], kinds: ['income'] },
  { steps: ['organisation', 'decisionMakers'], kinds: ['profile', 'names'] },
  { steps: ['attributes'], kinds: ['profile'] },
];

/** Of a personal member that is not known by its name a text, as nearly all are. */
const kindOf = (type: string, pointer: string, data: Json): MaskedKind => {
  if (type.startsWith('customer-identifier-') && pointer === '/value') return kindOfIdentifier(String(data.kind));
  if (type === detailsCorrected.type && (pointer === '/from' || pointer === '/to')) return 'names';
  return /^\/(displayName|participants)(\/|$)/.test(pointer) ? 'names' : 'texts';
};

/** Every text in it; all that is personal in events is text. */
const hiddenIn = (value: unknown): unknown => {
  if (typeof value === 'string') return MASKED;
  if (Array.isArray(value)) return value.map(hiddenIn);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, hiddenIn(member)]));
};

const stepsOf = (pointer: string): readonly string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));

/** A copy with another value wherever the steps lead; the same one where they lead nowhere. */
const changedAt = (value: unknown, [step, ...inner]: readonly string[], change: (value: unknown) => unknown): unknown => {
  if (step === undefined) return change(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value))
    return value.map((item, index) => (step === '*' || step === String(index) ? changedAt(item, inner, change) : item));
  const names = step === '*' ? Object.keys(value) : Object.hasOwn(value, step) ? [step] : [];
  if (names.length === 0) return value;
  return { ...value, ...Object.fromEntries(names.map((name) => [name, changedAt((value as Json)[name], inner, change)])) };
};
