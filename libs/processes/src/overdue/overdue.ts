import type { DomainEvent } from '#event-log';
import { customerIdOf, inTime, type Merge, mergeInForce, overdueFrom, type RelationshipFact, type Since } from '#relationship/facts.js';
import type { Cause, Process, ProcessContext, Timer } from '../process.js';

/** When something is due, as was said from an instant on. */
interface Plan extends Since {
  readonly due: string;
  readonly cause: Cause;
  /** It became due, or will, after that was recorded and after the process began: otherwise it is history. */
  readonly isTimed: boolean;
}

/** A promise or a planned contact that is open: its plans in order of time, of which the last one holds. */
type Plans = readonly Plan[];

export interface OpenItems {
  /** By `promise|<id>` or `contact|<id>`. */
  readonly items: ReadonlyMap<string, Plans>;
  /** In order of time. */
  readonly merges: readonly Merge[];
}

const nothing: OpenItems = { items: new Map(), merges: [] };

/** What it was planned with was said before all else, whatever the clocks said. */
const PLANNING = '';

const evolve = (state: OpenItems = nothing, event: DomainEvent, context: ProcessContext): OpenItems | undefined => {
  const { type, data } = event as DomainEvent & RelationshipFact;
  switch (type) {
    case 'promise-made':
      return planned(state, `promise|${data.promiseId}`, planOf(event, PLANNING, data.dueAt, context));
    case 'contact-planned':
      return planned(state, `contact|${data.contactId}`, planOf(event, PLANNING, data.plannedFor, context));
    case 'contact-rescheduled':
      return planned(state, `contact|${data.contactId}`, planOf(event, event.occurredAt, data.to, context));
    case 'promise-kept':
    case 'promise-broken':
    case 'promise-overdue':
      return over(state, `promise|${data.promiseId}`);
    case 'contact-completed':
    case 'contact-missed':
    case 'contact-cancelled':
    case 'contact-overdue':
      return over(state, `contact|${data.contactId}`);
    case 'customer-merged':
      return { ...state, merges: inTime(state.merges, { at: event.occurredAt, into: data.into }) };
    case 'customer-unmerged':
      return unmerged(state, event);
    case 'customer-erased':
      return undefined;
    default:
      return kept(state);
  }
};

const planOf = (event: DomainEvent, at: string, due: string, { begunAt }: ProcessContext): Plan => ({
  at,
  due,
  cause: causeOf(event),
  isTimed: due > event.recordedAt && due > begunAt,
});

const causeOf = ({ id, correlationId }: DomainEvent): Cause => ({ id, correlationId });

/** Imported history is not kept at all until something of it is moved ahead. */
const planned = (state: OpenItems, key: string, plan: Plan): OpenItems | undefined => {
  const plans = state.items.get(key);
  if (plans === undefined && !plan.isTimed) return kept(state);
  return { ...state, items: new Map(state.items).set(key, inTime(plans ?? [], plan)) };
};

const over = (state: OpenItems, key: string): OpenItems | undefined => {
  const items = new Map(state.items);
  return items.delete(key) ? kept({ ...state, items }) : kept(state);
};

/** What was rejected while the customer was merged away is tried anew. */
const unmerged = (state: OpenItems, event: DomainEvent): OpenItems => ({
  items: new Map([...state.items].map(([key, plans]) => [key, plans.map((plan) => ({ ...plan, cause: causeOf(event) }))])),
  merges: inTime(state.merges, { at: event.occurredAt, into: null }),
});

const kept = (state: OpenItems): OpenItems | undefined => (state.items.size === 0 && state.merges.length === 0 ? undefined : state);

const timers = ({ items, merges }: OpenItems, { policies }: ProcessContext): readonly Timer[] => {
  if (mergeInForce(merges)) return [];
  return [...items].flatMap(([key, plans]) => {
    const { due, cause, isTimed } = plans.at(-1)!;
    return isTimed ? [{ key, cause, at: overdueFrom(policies, kindOf(key), due).at }] : [];
  });
};

const kindOf = (key: string): 'promise' | 'contact' => (key.startsWith('promise|') ? 'promise' : 'contact');

/** Marks promises and planned contacts that are still open when their due time and a period of grace are over. */
export const overdue: Process<OpenItems> = {
  name: 'overdue',
  handles: [
    'promise-made',
    'promise-kept',
    'promise-broken',
    'promise-overdue',
    'contact-planned',
    'contact-rescheduled',
    'contact-completed',
    'contact-missed',
    'contact-cancelled',
    'contact-overdue',
    'customer-merged',
    'customer-unmerged',
    'customer-erased',
  ] satisfies readonly RelationshipFact['type'][],
  idOf: ({ stream }) => customerIdOf(stream),
  evolve,
  timers,
  decide(state, input, customerId) {
    if (input.kind === 'event') return [];
    const { key, at } = input.timer;
    const plan = state?.items.get(key)?.at(-1);
    if (plan === undefined) return [];
    const id = key.slice(key.indexOf('|') + 1);
    const of = { targetId: customerId, occurredAt: at };
    return kindOf(key) === 'promise'
      ? [{ ...of, name: 'mark-promise-overdue', body: { promiseId: id } }]
      : [{ ...of, name: 'mark-contact-overdue', body: { contactId: id, plannedFor: plan.due } }];
  },
};
