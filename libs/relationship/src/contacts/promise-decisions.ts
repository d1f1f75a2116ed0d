import { reassigned } from '../curation/reassignment.js';
import type { DecisionContext } from '../kernel/decider.js';
import { mustBeNew, mustExist, mustWorkHere } from '../kernel/decision.js';
import { plain } from '../kernel/plain.js';
import { reject } from '../kernel/rejections.js';
import { instantOf } from '../kernel/time.js';
import type { ActiveRelationship } from '../relationship-state.js';
import type { BreakPromise, KeepPromise, MakePromise, ReassignPromise } from './commands.js';
import type { ContactEvent } from './events.js';
import type { OpenPromise } from './state.js';

type Decided = readonly ContactEvent[];

/** A promise may be due in the past: that it was made is true all the same. */
export const makePromise = ({ contacts }: ActiveRelationship, body: MakePromise, context: DecisionContext): Decided => {
  const { promiseId, text, contactId, curatorId } = body;
  mustBeNew(contacts.promises, promiseId, 'promise-id-taken', 'Promise');
  if (contactId) mustExist(contacts.contacts, contactId, 'contact-unknown', 'contact');
  mustWorkHere(curatorId, context);
  return [{ type: 'promise-made', data: plain({ promiseId, text, dueAt: instantOf(body.dueAt, 'dueAt'), contactId, curatorId }) }];
};

export const reassignPromise = (state: ActiveRelationship, body: ReassignPromise, context: DecisionContext): Decided => {
  const change = reassigned(openPromise(state, body.promiseId).given, state.assignments, body, context);
  return change ? [{ type: 'promise-reassigned', data: plain({ promiseId: body.promiseId, ...change }) }] : [];
};

export const keepPromise = (state: ActiveRelationship, { promiseId, note }: KeepPromise): Decided => {
  openPromise(state, promiseId);
  return [{ type: 'promise-kept', data: plain({ promiseId, note }) }];
};

export const breakPromise = (state: ActiveRelationship, { promiseId, reason }: BreakPromise): Decided => {
  openPromise(state, promiseId);
  return [{ type: 'promise-broken', data: plain({ promiseId, reason }) }];
};

export const openPromise = ({ contacts }: ActiveRelationship, promiseId: string): OpenPromise => {
  const promise = mustExist(contacts.promises, promiseId, 'promise-unknown', 'promise');
  return promise.status === 'open'
    ? promise
    : reject('promise-not-open', `Promise ${promiseId} was already kept or broken.`, { promiseId });
};
