import { reassigned } from '../curation/reassignment.js';
import { consentAt } from '../customer/consent.js';
import { consentsOf } from '../customer/state.js';
import type { DecisionContext } from '../kernel/decider.js';
import {
  mustBeKnownChannel,
  mustBeKnownPurpose,
  mustBeNew,
  mustExist,
  mustHaveWorkedHere,
  mustLieAhead,
  mustWorkHere,
} from '../kernel/decision.js';
import { plain } from '../kernel/plain.js';
import { reject } from '../kernel/rejections.js';
import { instantOf } from '../kernel/time.js';
import { mustNotBeMarketing } from '../privacy/marketing.js';
import type { ActiveRelationship } from '../relationship-state.js';
import type {
  CancelContact,
  CompleteContact,
  MissContact,
  PlanContact,
  ReassignContact,
  RecordContact,
  RegardingBody,
  RescheduleContact,
} from './commands.js';
import type { ContactEvent } from './events.js';
import { type OpenContact, plannedForAt } from './state.js';

type Decided = readonly ContactEvent[];
type Way = Pick<RecordContact, 'channel' | 'direction' | 'purpose'>;

export const recordContact = (state: ActiveRelationship, body: RecordContact, context: DecisionContext): Decided => {
  const { contactId, channel, direction, purpose, handledBy, participants, summary, result, durationSeconds, regarding, labels } = body;
  if (context.actor.kind === 'customer' && direction !== 'inbound')
    reject('not-for-customers', 'A customer may record only inbound contacts.', { direction });
  mustBeNew(state.contacts.contacts, contactId, 'contact-id-taken', 'Contact');
  mustBeKnownWay(body, context);
  mustHaveWorkedHere(handledBy, context);
  mustKnowDeal(state, regarding);
  mustBeAgreed(state, body, context.occurredAt, context);
  const data = plain({
    contactId,
    channel,
    direction,
    purpose,
    handledBy,
    participants,
    summary,
    result,
    durationSeconds,
    regarding,
    labels,
  });
  return [{ type: 'contact-recorded', data }];
};

export const planContact = (state: ActiveRelationship, body: PlanContact, context: DecisionContext): Decided => {
  const { contactId, channel, direction, purpose, curatorId, summary, regarding } = body;
  const plannedFor = instantOf(body.plannedFor, 'plannedFor');
  mustBeNew(state.contacts.contacts, contactId, 'contact-id-taken', 'Contact');
  mustBeKnownWay(body, context);
  mustLieAhead(plannedFor, context);
  mustWorkHere(curatorId, context);
  mustKnowDeal(state, regarding);
  mustBeAgreed(state, body, planJudgedAt(plannedFor, context), context);
  return [{ type: 'contact-planned', data: plain({ contactId, channel, direction, purpose, plannedFor, curatorId, summary, regarding }) }];
};

export const rescheduleContact = (state: ActiveRelationship, body: RescheduleContact, context: DecisionContext): Decided => {
  const contact = openContact(state, body.contactId);
  const to = instantOf(body.to, 'to');
  const from = plannedForAt(contact, context.occurredAt);
  if (to === from) return [];
  mustLieAhead(to, context);
  mustBeAgreed(state, contact, planJudgedAt(to, context), context);
  const { contactId, reason } = body;
  return [{ type: 'contact-rescheduled', data: plain({ contactId, from, to, reason }) }];
};

export const reassignContact = (state: ActiveRelationship, body: ReassignContact, context: DecisionContext): Decided => {
  const { given } = openContact(state, body.contactId);
  const change = reassigned(given, state.assignments, body, context);
  return change ? [{ type: 'contact-reassigned', data: plain({ contactId: body.contactId, ...change }) }] : [];
};

export const completeContact = (state: ActiveRelationship, body: CompleteContact, context: DecisionContext): Decided => {
  const planned = openContact(state, body.contactId);
  const way = {
    channel: body.channel ?? planned.channel,
    direction: body.direction ?? planned.direction,
    purpose: body.purpose ?? planned.purpose,
  };
  const regarding = body.regarding ?? planned.regarding;
  mustBeKnownWay(body, context);
  mustKnowDeal(state, regarding);
  mustBeAgreed(state, way, context.occurredAt, context);
  const { contactId, summary, result, durationSeconds } = body;
  return [{ type: 'contact-completed', data: plain({ contactId, ...way, summary, result, durationSeconds, regarding }) }];
};

export const missContact = (state: ActiveRelationship, { contactId, reason }: MissContact): Decided => {
  openContact(state, contactId);
  return [{ type: 'contact-missed', data: plain({ contactId, reason }) }];
};

export const cancelContact = (state: ActiveRelationship, { contactId, reason }: CancelContact): Decided => {
  openContact(state, contactId);
  return [{ type: 'contact-cancelled', data: plain({ contactId, reason }) }];
};

export const openContact = ({ contacts }: ActiveRelationship, contactId: string): OpenContact => {
  const contact = mustExist(contacts.contacts, contactId, 'contact-unknown', 'contact');
  return contact.status === 'open'
    ? contact
    : reject('contact-not-open', `Contact ${contactId} is already completed, missed or cancelled; plan a new contact.`, { contactId });
};

const mustBeKnownWay = ({ channel, purpose }: Partial<Way>, context: DecisionContext): void => {
  if (channel !== undefined && channel !== null) mustBeKnownChannel(channel, context);
  mustBeKnownPurpose(purpose ?? undefined, context);
};

const mustKnowDeal = ({ deals }: ActiveRelationship, regarding: RegardingBody | null | undefined): void => {
  if (regarding?.dealId) mustExist(deals.deals, regarding.dealId, 'deal-unknown', 'deal');
};

/** Outbound contacts that took place before a withdrawal are history and stay recordable: consent is judged as of `instant`. */
export const mustBeAgreed = (
  { details, privacy }: Pick<ActiveRelationship, 'details' | 'privacy'>,
  { channel, direction, purpose }: Way,
  instant: string,
  context: Pick<DecisionContext, 'policies'>,
): void => {
  mustNotBeMarketing(privacy, { direction, purpose }, instant, context);
  if (direction === 'outbound' && consentAt(consentsOf(details, channel), purpose, instant) === 'withdrawn')
    reject('consent-withdrawn', `Consent to be contacted by ${channel} for ${purpose} is withdrawn as of ${instant}.`, {
      channel,
      purpose,
      instant,
    });
};

/** A plan that still lies ahead must be agreed to now, however far back it is dated; one that an import brings, when it was made. */
const planJudgedAt = (plannedFor: string, { now, occurredAt }: DecisionContext): string =>
  plannedFor > now && now > occurredAt ? now : occurredAt;
