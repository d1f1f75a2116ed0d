import { mustBeAgreed } from '../contacts/decisions.js';
import { type OpenContact, plannedForLast } from '../contacts/state.js';
import { type GivenWork, namedAt } from '../curation/given-work.js';
import { reliefsIn } from '../curation/state.js';
import { lastStatusOf } from '../deals/state.js';
import { evolveRelationship, initialRelationship } from '../evolve-relationship.js';
import { type DecisionContext, type HistoryEvent, Rejection } from '../kernel/decider.js';
import { mustWorkHere } from '../kernel/decision.js';
import { getId } from '../kernel/id-map.js';
import { sameJson } from '../kernel/plain.js';
import { effectiveEvents, isRetraction } from '../kernel/retractions.js';
import type { ActiveRelationship, Relationship } from '../relationship-state.js';
import { concerning, type History, type Item, itemOf } from './in-place.js';

interface Work {
  readonly state: ActiveRelationship;
  /** Who has it by name. */
  readonly curatorId: string | undefined;
  readonly plan?: Pick<OpenContact, 'channel' | 'direction' | 'purpose'> & { readonly plannedFor: string };
}

/** An item of work while it is open. */
const openWork = (counting: History, item: Item, now: string): Work | undefined => {
  const state = concerning(counting, item).reduce<Relationship>(evolveRelationship, initialRelationship);
  if (state.status !== 'active') return undefined;
  const open = givenOf(state, item);
  return open && { state, curatorId: namedAt(open.given, reliefsIn(state.assignments.flat()), now)?.curatorId, ...planOf(open) };
};

const givenOf = ({ contacts, deals }: ActiveRelationship, { kind, id }: Item): { readonly given: GivenWork } | OpenContact | undefined => {
  const key = id as string;
  if (kind === 'deal') {
    const deal = getId(deals.deals, key);
    return deal && lastStatusOf(deal).value === 'open' ? deal : undefined;
  }
  if (kind !== 'contact' && kind !== 'promise') return undefined;
  const work = kind === 'contact' ? getId(contacts.contacts, key) : getId(contacts.promises, key);
  return work?.status === 'open' ? work : undefined;
};

const planOf = (work: { readonly given: GivenWork } | OpenContact): Pick<Work, 'plan'> => {
  if (!('appointments' in work)) return {};
  const { channel, direction, purpose } = work;
  return { plan: { channel, direction, purpose, plannedFor: plannedForLast(work) } };
};

/**
 * Work that is open only since a correction, or somebody else's, is assigned by it: that is judged as of now, as a plan or a reassignment is.
 * @param before the events that counted
 * @param after those that count with the correction
 * @throws Rejection
 */
export const mustBeGivable = (event: HistoryEvent, before: History, after: History, context: DecisionContext): void => {
  const item = itemOf(event);
  const { now } = context;
  const work = item && openWork(after, item, now);
  if (work === undefined) return;
  const former = openWork(before, item!, now);
  try {
    if (work.curatorId !== former?.curatorId) mustWorkHere(work.curatorId, { ...context, occurredAt: now });
    if (work.plan && work.plan.plannedFor > now && !sameJson(work.plan, former?.plan)) mustBeAgreed(work.state, work.plan, now, context);
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    const { kind, id } = item!;
    throw new Rejection(error.code, `The correction would leave ${kind} ${id} open: ${error.message}`, {
      ...error.details,
      [`${kind}Id`]: id,
    });
  }
};

export interface Corrected {
  /** Of the item that the event is about. */
  readonly ids: Readonly<Record<string, string>>;
  /** Curators to whom open work went by it. */
  readonly opensTo: readonly string[];
}

/** What a correction came to. @param history all events up to its last one */
export const correctedIn = (history: History, eventId: string): Corrected => {
  const event = history.find(({ id }) => id === eventId);
  const item = event && itemOf(event);
  if (item === undefined) return { ids: {}, opensTo: [] };
  const ids = { [item.pointer.slice(1)]: item.id as string };
  const place = history.findIndex((each) => isRetraction(each) && each.data.eventId === eventId);
  if (place < 0) return { ids, opensTo: [] };
  const { recordedAt: now } = history[place]!;
  const [before, after] = [history.slice(0, place), history].map((events) => openWork(effectiveEvents(events), item, now));
  return { ids, opensTo: after?.curatorId !== undefined && after.curatorId !== before?.curatorId ? [after.curatorId] : [] };
};
