import { evolveRelationship } from '../evolve-relationship.js';
import type { DecisionContext, HistoryEvent, Rejection } from '../kernel/decider.js';
import { sameJson } from '../kernel/plain.js';
import type { Relationship } from '../relationship-state.js';
import { relationshipCommands } from '../slices.js';
import { type Data, decideInPlace, type History, rejectionOf, retractions } from './in-place.js';

/** What a correction does to an event that was recorded later. */
export type LaterEffect =
  /** Processes record it again where it applies again. */
  | { readonly kind: 'mark-undone'; readonly event: HistoryEvent }
  | { readonly kind: 'rejected'; readonly event: HistoryEvent; readonly rejection: Rejection }
  /** A member that was derived would be derived otherwise. */
  | { readonly kind: 'differs'; readonly event: HistoryEvent; readonly member: string };

const ofProcesses: ReadonlySet<string> = new Set(relationshipCommands.filter(({ path }) => path === undefined).map(({ name }) => name));

/** Recorded by a process alone. */
export const isMark = ({ type }: HistoryEvent): boolean => ofProcesses.has(retractions.get(type)?.command ?? '');

/**
 * Each later event was decided once; a rule that rejects it both with the wrong event and with the right one came later. The data of an event
 * hold the body of its command, as far as a decision goes by it.
 * @param recorded what was so with the wrong event
 * @param corrected the same with the right one, or without any
 */
export function* effectsOn(
  later: History,
  recorded: Relationship,
  corrected: Relationship,
  context: DecisionContext,
): Generator<LaterEffect, void> {
  let [was, is] = [recorded, corrected];
  for (const event of later) {
    const rejection = rejectionOf(is, event, context);
    const isUndone = rejection !== undefined && rejectionOf(was, event, context) === undefined;
    const member = retractions.get(event.type)?.derives?.find((each) => differs(was, is, event, each, context));
    was = evolveRelationship(was, event);
    if (isUndone && isMark(event)) {
      yield { kind: 'mark-undone', event };
      continue;
    }
    if (isUndone) yield { kind: 'rejected', event, rejection };
    else if (member !== undefined) yield { kind: 'differs', event, member };
    is = evolveRelationship(is, event);
  }
}

const differs = (was: Relationship, is: Relationship, event: HistoryEvent, member: string, context: DecisionContext): boolean => {
  const [before, after] = [derived(was, event, member, context), derived(is, event, member, context)];
  return after !== undefined && sameJson(before, (event.data as Data)[member]) && !sameJson(after, before);
};

/** Undefined where nothing would be decided. */
const derived = (state: Relationship, event: HistoryEvent, member: string, context: DecisionContext): unknown => {
  const { [member]: _, ...data } = event.data as Data;
  const given = { ...event, data };
  if (rejectionOf(state, given, context) !== undefined) return undefined;
  const [decided] = decideInPlace(state, given, retractions.get(event.type)!, context);
  return (decided?.data as Data | undefined)?.[member];
};
