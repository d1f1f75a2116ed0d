import { responsibleAt } from '../curation/reassignment.js';
import type { DecisionContext } from '../kernel/decider.js';
import { plain } from '../kernel/plain.js';
import { reject } from '../kernel/rejections.js';
import { plusMinutes } from '../kernel/time.js';
import { type PolicyHistory, policyAt } from '../policies/policy.js';
import type { ActiveRelationship } from '../relationship-state.js';
import type { MarkContactOverdue, MarkPromiseOverdue } from './commands.js';
import { openContact } from './decisions.js';
import type { ContactEvent } from './events.js';
import { openPromise } from './promise-decisions.js';
import { plannedForLast } from './state.js';

/** From when on something that is still open is overdue, and the version of the policy that says so: the one in force when it was due. */
export const overdueFrom = (
  policies: PolicyHistory,
  kind: 'promise' | 'contact',
  due: string,
): { readonly at: string; readonly version: number } => {
  const { version, document } = policyAt(policies, 'overdue', due);
  return { at: plusMinutes(due, document[`${kind}GraceMinutes`]), version };
};

/** The event is dated by what it says: that the period of grace was over. */
const mustBeOverdue = (kind: 'promise' | 'contact', due: string, { policies, occurredAt, now }: DecisionContext): number => {
  const { at, version } = overdueFrom(policies, kind, due);
  if (occurredAt !== at || at > now)
    reject('not-overdue', `A ${kind} that was due at ${due} is overdue from ${at} on, and is recorded as of then.`, {
      due,
      overdueFrom: at,
    });
  return version;
};

export const markPromiseOverdue = (
  state: ActiveRelationship,
  { promiseId }: MarkPromiseOverdue,
  context: DecisionContext,
): readonly ContactEvent[] => {
  const { dueAt, given, isOverdue } = openPromise(state, promiseId);
  if (isOverdue) reject('already-overdue', `Promise ${promiseId} was already recorded as overdue.`, { promiseId });
  const overdueVersion = mustBeOverdue('promise', dueAt, context);
  const curatorId = responsibleAt(given, state.assignments, context.occurredAt);
  return [{ type: 'promise-overdue', data: plain({ promiseId, dueAt, curatorId, overdueVersion }) }];
};

export const markContactOverdue = (
  state: ActiveRelationship,
  { contactId, plannedFor }: MarkContactOverdue,
  context: DecisionContext,
): readonly ContactEvent[] => {
  const contact = openContact(state, contactId);
  const present = plannedForLast(contact);
  if (plannedFor !== present)
    reject('not-overdue', `Contact ${contactId} is now planned for ${present}.`, { contactId, plannedFor: present });
  if (contact.overdueFor === plannedFor)
    reject('already-overdue', `Contact ${contactId} was already recorded as overdue.`, { contactId, plannedFor });
  const overdueVersion = mustBeOverdue('contact', plannedFor, context);
  const curatorId = responsibleAt(contact.given, state.assignments, context.occurredAt);
  return [{ type: 'contact-overdue', data: plain({ contactId, plannedFor, curatorId, overdueVersion }) }];
};
