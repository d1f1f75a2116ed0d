import type { DomainEvent } from '#event-log';
import {
  customerIdOf,
  inTime,
  type Merge,
  mergeInForce,
  overdueFrom,
  type RelationshipEvent,
  type Since,
} from '#relationship/read-side.js';
import type { Cause, Process, ProcessContext, Timer } from '../process.js';

/** When something is due, as was said from an instant on. */
interface Plan extends Since {
  readonly due: string;
  readonly cause: Cause;
  /** It became due, or will, after that was recorded and after the process began: otherwise it is history. */
  readonly isTimed: boolean;
}

/** A promise or a planned contact that is open. */
interface Item {
  /** `promise|<id>` or `contact|<id>`. */
  readonly key: string;
  /** In order of time; the last one holds. */
  readonly plans: readonly Plan[];
}

export interface OpenItems {
  /** In a list and not by key: of most customers there are few, and all of all customers are held in memory. */
  readonly items: readonly Item[];
  /** In order of time. Those of when nothing was open do not matter: nothing is promised or planned while the customer is merged away. */
  readonly merges: readonly Merge[];
}

const nothing: OpenItems = { items: [], merges: [] };

/** What it was planned with was said before all else, whatever the clocks said. */
const PLANNING = '';

const evolve = (state: OpenItems = nothing, event: DomainEvent, context: ProcessContext): OpenItems | undefined => {
  const { type, data } = event as DomainEvent & RelationshipEvent;
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
      return kept({ ...state, merges: inTime(state.merges, { at: event.occurredAt, into: data.into }) });
    case 'customer-unmerged':
      return kept(unmerged(state, event));
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
  const plans = itemOf(state, key)?.plans;
  if (plans === undefined && !plan.isTimed) return kept(state);
  return { ...state, items: without(state, key).concat({ key, plans: inTime(plans ?? [], plan) }) };
};

const itemOf = ({ items }: OpenItems, key: string): Item | undefined => items.find((item) => item.key === key);
const without = ({ items }: OpenItems, key: string): readonly Item[] => items.filter((item) => item.key !== key);

const over = (state: OpenItems, key: string): OpenItems | undefined => kept({ ...state, items: without(state, key) });

/** What was rejected while the customer was merged away is tried again. */
const unmerged = (state: OpenItems, event: DomainEvent): OpenItems => ({
  items: state.items.map(({ key, plans }) => ({ key, plans: plans.map((plan) => ({ ...plan, cause: causeOf(event) })) })),
  merges: inTime(state.merges, { at: event.occurredAt, into: null }),
});

const kept = (state: OpenItems): OpenItems | undefined => (state.items.length === 0 ? undefined : state);

const timers = ({ items, merges }: OpenItems, { policies }: ProcessContext): readonly Timer[] => {
  if (mergeInForce(merges)) return [];
  return items.flatMap(({ key, plans }) => {
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
  ] satisfies readonly RelationshipEvent['type'][],
  idOf: ({ stream }) => customerIdOf(stream),
  evolve,
  timers,
  decide(state, input, customerId) {
    if (input.kind === 'event') return [];
    const { key, at } = input.timer;
    const plan = state && itemOf(state, key)?.plans.at(-1);
    if (plan === undefined) return [];
    const id = key.slice(key.indexOf('|') + 1);
    const of = { targetId: customerId, occurredAt: at };
    return kindOf(key) === 'promise'
      ? [{ ...of, name: 'mark-promise-overdue', body: { promiseId: id } }]
      : [{ ...of, name: 'mark-contact-overdue', body: { contactId: id, plannedFor: plan.due } }];
  },
};
