import type { DomainEvent } from '#event-log';
import { customerIdOf, type RelationshipEvent } from '#relationship/read-side.js';
import type { Cause, Input, Output, Process, ProcessContext, Timer } from '../process.js';

/** What is to be known of a customer whose erasure is requested or who must not be erased. */
export interface Erasing {
  /** Of the request that is open. */
  readonly due?: { readonly at: string; readonly cause: Cause } | undefined;
  readonly confirmed?: true;
  readonly erased?: true;
  /** Until when each subscriber with a key is to confirm the erasure, as long as it has not. */
  readonly receipts?: Readonly<Record<string, { readonly dueAt: string; readonly cause: Cause }>>;
  /** Ids of legal holds in force. */
  readonly holds: readonly string[];
}

/**
 * In the order in which they are carried out. What is erased is decided by the log, so that comes first, as an event; then what must never come
 * back from a backup is recorded outside, and only then the key is destroyed.
 */
const erasing = [
  'record-outside',
  'destroy-key',
  'erase-merged',
  'await-dropped-keys',
  'clear-views',
  'drop-rejected-rows',
  'await-tombstone',
] as const;
/** When all receipts of subscribers are there, or their deadlines have passed. */
const ending = ['certify', 'complete'] as const;
export const erasureSteps = [...erasing, ...ending] as const;
export type ErasureStep = (typeof erasureSteps)[number];

const evolve = (state: Erasing = { holds: [] }, event: DomainEvent, { begunAt }: ProcessContext): Erasing | undefined => {
  const { id, correlationId, type, data } = event as DomainEvent & RelationshipEvent;
  switch (type) {
    case 'erasure-requested':
      return { ...state, due: { at: data.dueAt, cause: { id, correlationId } } };
    case 'erasure-confirmed':
      return { ...state, confirmed: true };
    case 'erasure-overdue':
      return kept({ ...state, due: undefined });
    case 'erasure-rejected':
      return kept({ holds: state.holds });
    case 'legal-hold-placed':
      return { ...state, holds: [...state.holds, data.holdId] };
    case 'legal-hold-lifted':
      return kept({ ...state, holds: state.holds.filter((hold) => hold !== data.holdId) });
    case 'customer-erased':
      return isHistory(event, begunAt) ? undefined : { holds: [], erased: true, ...(state.receipts && { receipts: state.receipts }) };
    case 'erasure-receipts-requested': {
      const cause = { id, correlationId };
      return { ...state, receipts: Object.fromEntries(data.receipts.map(({ subscriberId, dueAt }) => [subscriberId, { dueAt, cause }])) };
    }
    case 'erasure-receipt-given':
    case 'erasure-receipt-overdue': {
      const { [data.subscriberId]: _, ...receipts } = state.receipts ?? {};
      return kept({ ...state, receipts });
    }
    case 'erasure-completed':
      return undefined;
    default:
      return kept(state);
  }
};

/** Of the events that the store outside brings back. */
const KEPT_OUTSIDE_ACTOR = 'kept-outside';

/**
 * The process itself erases customers, so none that was recorded before its first start has a key; except where the store outside brought an
 * erasure back into a log that was restored from before that start.
 */
const isHistory = ({ recordedAt, actor }: DomainEvent, begunAt: string): boolean => recordedAt < begunAt && actor.id !== KEPT_OUTSIDE_ACTOR;

const kept = (state: Erasing): Erasing | undefined =>
  state.due || state.confirmed || state.erased || state.holds.length > 0 ? state : undefined;

const RECEIPT = 'receipt ';
const timers = ({ due, receipts = {} }: Erasing): readonly Timer[] => [
  ...(due ? [{ key: 'due', ...due }] : []),
  ...Object.entries(receipts).map(([subscriberId, { dueAt, cause }]) => ({ key: RECEIPT + subscriberId, at: dueAt, cause })),
];

const decide = (state: Erasing | undefined, input: Input, customerId: string, { begunAt }: ProcessContext): readonly Output[] => {
  if (input.kind === 'timer') {
    const { key, at: dueAt } = input.timer;
    if (!key.startsWith(RECEIPT)) return [{ name: 'mark-erasure-overdue', targetId: customerId, body: { dueAt } }];
    return [{ name: 'mark-receipt-overdue', targetId: customerId, body: { subscriberId: key.slice(RECEIPT.length), dueAt } }];
  }
  const { type } = input.event;
  const isAwaited = Object.keys(state?.receipts ?? {}).length > 0;
  if (type === 'customer-erased')
    return isHistory(input.event, begunAt) ? [] : (isAwaited ? erasing : erasureSteps).map((perform) => ({ perform }));
  if (type === 'erasure-receipt-given' || type === 'erasure-receipt-overdue')
    return state?.erased && !isAwaited ? ending.map((perform) => ({ perform })) : [];
  const isReady = state?.confirmed && !state.erased && state.holds.length === 0;
  return isReady && (type === 'erasure-confirmed' || type === 'legal-hold-lifted')
    ? [{ name: 'erase-customer', targetId: customerId, body: {} }]
    : [];
};

/** Erases a customer once that is confirmed and nothing holds it up, waits for subscribers, and records when a request or a receipt is overdue. */
export const erasure: Process<Erasing> = {
  name: 'erasure',
  handles: [
    'erasure-requested',
    'erasure-confirmed',
    'erasure-rejected',
    'erasure-overdue',
    'legal-hold-placed',
    'legal-hold-lifted',
    'erasure-receipts-requested',
    'customer-erased',
    'erasure-receipt-given',
    'erasure-receipt-overdue',
    'erasure-completed',
  ] satisfies readonly RelationshipEvent['type'][],
  idOf: ({ stream }) => customerIdOf(stream),
  evolve,
  timers,
  decide,
  // A bulk of erasures waits for the same few commits and checkpoints.
  atOnce: 200,
};
