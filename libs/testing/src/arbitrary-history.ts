import fc from 'fast-check';
import { relationshipEvents } from '#relationship';
import type { StoryEvent } from './customer-story.js';

/** Histories of one customer with every type of event of the registry, each at an instant of its own in January, to be recorded in any order. */

interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

const MINUTES = 31 * 24 * 60;
const instantOf = (minute: number): string => new Date(Date.UTC(2026, 0, 1) + minute * 60_000 + 1).toISOString();
/** Hardly ever the same twice: of the same instant the order of recording decides. */
const instant = fc.noBias(fc.nat(MINUTES * 60_000)).map((ms) => new Date(Date.UTC(2026, 0, 1) + ms).toISOString());

/** So few that events meet one another. */
const values: Readonly<Record<string, readonly unknown[]>> = {
  curatorId: ['ann', 'bea', 'cleo'],
  stage: ['lead', 'qualified', 'proposal'],
  reason: ['price', 'timing'],
  currency: ['EUR', 'USD'],
  channel: ['email', 'phone'],
  funnelVersion: [1],
  reasonsVersion: [1],
};

const arbitraryOf = (schema: Schema, name: string): fc.Arbitrary<unknown> => {
  if (values[name] !== undefined) return fc.constantFrom(...values[name]);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((each) => arbitraryOf(each, name)));
  const { type, properties = {}, required = [], patternProperties, items, pattern, minimum = 1, maximum = 9 } = schema;
  if (type === 'array') return fc.array(arbitraryOf(items as Schema, name), { maxLength: 2 });
  if (type === 'boolean') return fc.boolean();
  if (type === 'integer' || type === 'number') return fc.integer({ min: minimum, max: maximum });
  if (type === 'object' && patternProperties !== undefined) return fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('x', 'y'));
  if (type === 'object') {
    const members = Object.entries(properties).map(([member, shape]) => [member, arbitraryOf(shape, member)] as const);
    return fc.record(Object.fromEntries(members), { requiredKeys: [...required] as never });
  }
  if (type !== 'string') throw new Error(`nothing is known of ${name}, which is ${JSON.stringify(schema)}`);
  if (pattern !== undefined) return instant;
  return /Id$/.test(name) ? fc.constantFrom(`${name}-1`, `${name}-2`) : fc.constantFrom('one', 'two');
};

/** What has to be recorded before all else of the same id, and what at most once after it: decisions see to that by the order of recording. */
const begins: Readonly<Record<string, string>> = {
  'contact-planned': 'contactId',
  'promise-made': 'promiseId',
  'deal-opened': 'dealId',
  'purchase-recorded': 'purchaseId',
  'complaint-raised': 'complaintId',
  'partnership-agreed': 'agreementId',
  'legal-hold-placed': 'holdId',
  // There is one of a customer: its events say no id.
  'erasure-requested': 'erasureId',
  'erasure-receipt-overdue': 'subscriberId',
};
const ends: ReadonlySet<string> = new Set([
  'contact-completed',
  'contact-missed',
  'contact-cancelled',
  'promise-kept',
  'promise-broken',
  'complaint-resolved',
  'legal-hold-lifted',
  'erasure-rejected',
  'erasure-receipt-given',
]);
/** Has nothing to do with when it was true: what was recorded before it is forgotten. */
const FORGETS = 'customer-erased';

/** The event that begins what such an event is about: a contact-recorded is about nothing that was begun. */
const beginOf = (type: string): string | undefined => {
  if (type === 'contact-recorded') return undefined;
  if (type === 'erasure-receipts-requested') return undefined;
  if (type === 'erasure-receipt-given' || type === 'erasure-receipt-overdue') return 'erasure-receipt-overdue';
  if (type === 'proposal-made' || type === 'contract-signed') return 'deal-opened';
  const family = type.slice(0, type.indexOf('-') + 1);
  return Object.keys(begins).find((begin) => begin.startsWith(family));
};

/** The same for all that is about one thing. */
const subjectOf = ({ type, data }: StoryEvent): string | undefined => {
  const begin = beginOf(type);
  return begin && `${begin} ${String((data as Readonly<Record<string, unknown>>)[begins[begin]!])}`;
};

const others = relationshipEvents.filter(({ type }) => type !== 'customer-registered' && type !== FORGETS);
const registration = relationshipEvents.find(({ type }) => type === 'customer-registered')!;

const eventOf = (type: string): fc.Arbitrary<{ readonly type: string; readonly data: object }> =>
  arbitraryOf(others.find((each) => each.type === type)!.schema as unknown as Schema, '').map((data) => ({ type, data: data as object }));

/** Of a few types at a time, with those that begin what they are about, so that they meet. */
const events = fc
  .subarray(
    others.map(({ type }) => type as string),
    { minLength: 2, maxLength: 6 },
  )
  .map((types) => [...new Set(types.flatMap((type) => [beginOf(type) ?? type, type]))])
  .chain((types) => fc.array(fc.oneof(...types.map(eventOf)), { minLength: 10, maxLength: 40, size: 'max' }));
const by = fc.constantFrom<NonNullable<StoryEvent['by']>>(
  { kind: 'curator', id: 'ann' },
  { kind: 'curator', id: 'dora' },
  { kind: 'import', id: 'crm' },
);

/** At an instant of its own; an assignment holds from then on. */
const storyEventAt = (at: string, { type, data }: { readonly type: string; readonly data: object }, n: number): StoryEvent => ({
  type,
  at,
  data: type === 'curator-assigned' ? { ...data, from: at } : data,
  id: `event-${n}`,
});

/** All of it was learned at once, long after, so that the order of recording alone is another. */
const KNOWN = '2026-03-01T00:00:00.000Z';

const history: fc.Arbitrary<readonly StoryEvent[]> = fc
  .record({
    registered: fc.record({ data: arbitraryOf(registration.schema as unknown as Schema, ''), by }),
    events,
    instants: fc.uniqueArray(fc.nat(MINUTES), { minLength: 41, maxLength: 41 }),
  })
  .map(({ registered, events, instants }) => {
    const story = events.map((each, n) => storyEventAt(instantOf(instants[n + 1]!), each, n));
    const first: StoryEvent = { type: registration.type, at: instantOf(instants[0]!), id: 'registered', ...registered };
    return [first, ...possible(story)].map((each) => ({ ...each, known: KNOWN }));
  });

/** Without what decisions would not let happen in any order of recording. */
function possible(story: readonly StoryEvent[]): readonly StoryEvent[] {
  const begun = new Set<string>();
  const ended = new Set<string>();
  const once = (seen: Set<string>, subject: string) => !seen.has(subject) && seen.add(subject) !== undefined;
  const kept = story.filter((each) => {
    const subject = subjectOf(each);
    if (subject === undefined) return true;
    if (begins[each.type] !== undefined) return once(begun, subject);
    return !ends.has(each.type) || once(ended, subject);
  });
  return kept.filter((each) => begun.has(subjectOf(each) ?? '') || subjectOf(each) === undefined);
}

/** The registration first, each thing after what began it, and its end after all else. */
const recordable = ([registered, ...story]: readonly StoryEvent[]): readonly StoryEvent[] => {
  const about = Map.groupBy(story, (each) => subjectOf(each) ?? '');
  const of = (each: StoryEvent) => about.get(subjectOf(each) ?? '')!;
  const inItsPlace = story.flatMap((each) => {
    if (subjectOf(each) === undefined) return [each];
    const [opening] = of(each).filter(({ type }) => begins[type] !== undefined);
    // What is closed is given to nobody else.
    const given = of(each).filter(({ type }) => type.endsWith('-reassigned'));
    const end = of(each).at(-1) === each ? of(each).filter(({ type }) => ends.has(type)) : [];
    return [opening!, ...given, ...(ends.has(each.type) ? [] : [each]), ...end];
  });
  return [registered!, ...new Set(inItsPlace)];
};

export interface InTwoOrders {
  readonly inOrder: readonly StoryEvent[];
  /** The same, recorded in another order. */
  readonly shuffled: readonly StoryEvent[];
}

export const arbitraryHistory: fc.Arbitrary<InTwoOrders> = history
  .chain(([first, ...story]) => fc.tuple(fc.constant([first!, ...story]), fc.shuffledSubarray(story, { minLength: story.length })))
  .map(([story, shuffled]) => {
    const [first, ...others] = story;
    return {
      inOrder: recordable([first!, ...others.toSorted((one, other) => (one.at < other.at ? -1 : 1))]),
      shuffled: recordable([first!, ...shuffled]),
    };
  });
