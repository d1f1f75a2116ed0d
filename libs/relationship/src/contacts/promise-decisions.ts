import type { DecisionContext } from '../kernel/decider.js';
import { mustBeNew, mustExist, mustWorkHere } from '../kernel/decision.js';
import { plain } from '../kernel/plain.js';
import { refuse } from '../kernel/refusals.js';
import { instantOf } from '../kernel/time.js';
import type { ActiveRelationship } from '../relationship-state.js';
import type { BreakPromise, KeepPromise, MakePromise } from './commands.js';
import type { ContactFact } from './events.js';

type Facts = readonly ContactFact[];

/** A promise may be due in the past: that it was made is true all the same. */
export const makePromise = ({ contacts }: ActiveRelationship, body: MakePromise, context: DecisionContext): Facts => {
  const { promiseId, text, contactId, curatorId } = body;
  mustBeNew(contacts.promises, promiseId, 'promise-id-taken', 'Promise');
  if (contactId) mustExist(contacts.contacts, contactId, 'contact-unknown', 'contact');
  mustWorkHere(curatorId, context);
  return [{ type: 'promise-made', data: plain({ promiseId, text, dueAt: instantOf(body.dueAt, 'dueAt'), contactId, curatorId }) }];
};

export const keepPromise = (state: ActiveRelationship, { promiseId, note }: KeepPromise): Facts => {
  mustBeOpen(state, promiseId);
  return [{ type: 'promise-kept', data: plain({ promiseId, note }) }];
};

export const breakPromise = (state: ActiveRelationship, { promiseId, reason }: BreakPromise): Facts => {
  mustBeOpen(state, promiseId);
  return [{ type: 'promise-broken', data: plain({ promiseId, reason }) }];
};

const mustBeOpen = ({ contacts }: ActiveRelationship, promiseId: string): void => {
  if (mustExist(contacts.promises, promiseId, 'promise-unknown', 'promise') !== 'open')
    refuse('promise-not-open', `Promise ${promiseId} was already kept or broken.`, { promiseId });
};
