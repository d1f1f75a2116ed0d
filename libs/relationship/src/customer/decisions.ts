import { isBirthDate } from '../kernel/calendar.js';
import type { DecisionContext } from '../kernel/decider.js';
import { isAlreadySo, mustBeKnownChannel, mustBeKnownPurpose } from '../kernel/decision.js';
import { isEmailAddress } from '../kernel/email.js';
import { plain, sameJson } from '../kernel/plain.js';
import { reject } from '../kernel/rejections.js';
import type { ActiveRelationship } from '../relationship-state.js';
import {
  type AddIdentifier,
  type CorrectDetails,
  type GrantConsent,
  type IdentifierBody,
  type RecordAcquisition,
  type RecordProfile,
  type RegisterCustomer,
  type RemoveIdentifier,
} from './commands.js';
import { isConsentAlreadySo } from './consent.js';
import { type CustomerEvent, customerRoles } from './events.js';
import { acquisitionAt, consentsOf, detailAt, identifierAt, memberAt, membersOf } from './state.js';

type Decided = readonly CustomerEvent[];

export const registerCustomer = (body: RegisterCustomer, { actor, curator, now }: DecisionContext): Decided => {
  if (actor.kind === 'curator' && curator(actor.id, now) === 'departing')
    reject('curator-departing', `Curator ${actor.id} is leaving; another curator has to register the customer.`, { curatorId: actor.id });
  const { kind, role, displayName, segment, language, identifiers, acquisition, profile } = body;
  mustHaveBirthDate(profile?.person);
  for (const identifier of identifiers ?? []) mustBeAddress(identifier);
  return [
    { type: 'customer-registered', data: plain({ kind, role: role ?? 'customer', displayName, segment, language }) },
    ...distinct(identifiers ?? []).map(identifierAdded),
    ...(acquisition ? [{ type: 'acquisition-recorded', data: plain({ ...acquisition }) } as const] : []),
    ...(profile && saysSomething(profile) ? [{ type: 'customer-profile-recorded', data: plain({ ...profile }) } as const] : []),
  ];
};

export const addIdentifier = ({ details }: ActiveRelationship, body: AddIdentifier, context: DecisionContext): Decided => {
  mustBeAddress(body);
  const held = identifierAt(details, body, context.occurredAt);
  return held?.value && isAlreadySo(held, context) ? [] : [identifierAdded(body)];
};

export const removeIdentifier = (
  { details }: ActiveRelationship,
  { kind, value, reason }: RemoveIdentifier,
  context: DecisionContext,
): Decided => {
  const held = identifierAt(details, { kind, value }, context.occurredAt);
  if (held === undefined || (!held.value && isAlreadySo(held, context)))
    reject('identifier-unknown', `The customer has no such identifier of kind ${kind}.`, { kind });
  return [{ type: 'customer-identifier-removed', data: plain({ kind, value, reason }) }];
};

export const recordProfile = (
  { details }: ActiveRelationship,
  { person, organisation, attributes }: RecordProfile,
  context: DecisionContext,
): Decided => {
  if (!saysSomething({ person, organisation, attributes }))
    reject('nothing-recorded', 'A profile needs at least one member of person, organisation or attributes.');
  mustHaveBirthDate(person);
  const data = plain({ person, organisation, attributes });
  const isSo = membersOf(data).every(([key, value]) => {
    const held = memberAt(details, key, context.occurredAt);
    return held !== undefined && sameJson(held.value, value) && isAlreadySo(held, context);
  });
  return isSo ? [] : [{ type: 'customer-profile-recorded', data }];
};

export const correctDetails = (
  { details }: ActiveRelationship,
  { field, to, reason }: CorrectDetails,
  context: DecisionContext,
): Decided => {
  if (field === 'role' && !(customerRoles as readonly string[]).includes(to))
    reject('role-unknown', `The role must be one of ${customerRoles.join(', ')}.`, { known: customerRoles });
  const held = detailAt(details, field, context.occurredAt);
  if (held?.value === to && isAlreadySo(held, context)) return [];
  return [{ type: 'customer-details-corrected', data: plain({ field, from: held?.value, to, reason }) }];
};

export const grantConsent = (state: ActiveRelationship, body: GrantConsent, context: DecisionContext): Decided =>
  changeConsent(state, body, context, true);

export const withdrawConsent = (state: ActiveRelationship, body: GrantConsent, context: DecisionContext): Decided =>
  changeConsent(state, body, context, false);

export const recordAcquisition = (
  { details }: ActiveRelationship,
  { source, medium, campaign, referrer }: RecordAcquisition,
  context: DecisionContext,
): Decided => {
  const data = plain({ source, medium, campaign, referrer });
  const held = acquisitionAt(details, context.occurredAt);
  return held !== undefined && sameJson(held.value, data) && isAlreadySo(held, context) ? [] : [{ type: 'acquisition-recorded', data }];
};

const changeConsent = (
  { details }: ActiveRelationship,
  { channel, purpose, via }: GrantConsent,
  context: DecisionContext,
  granted: boolean,
): Decided => {
  mustBeKnownChannel(channel, context);
  mustBeKnownPurpose(purpose ?? undefined, context);
  if (isConsentAlreadySo(consentsOf(details, channel), purpose ?? undefined, granted, context)) return [];
  return [{ type: granted ? 'consent-granted' : 'consent-withdrawn', data: plain({ channel, purpose, via }) }];
};

const identifierAdded = ({ kind, value, label }: IdentifierBody): CustomerEvent => ({
  type: 'customer-identifier-added',
  data: plain({ kind, value, label }),
});

const sameIdentifier = (one: IdentifierBody, other: IdentifierBody): boolean => one.kind === other.kind && one.value === other.value;

const distinct = (identifiers: readonly IdentifierBody[]): readonly IdentifierBody[] =>
  identifiers.filter((one, index) => identifiers.findIndex((other) => sameIdentifier(one, other)) === index);

/** The message names no value: it is personal. */
const mustBeAddress = ({ kind, value }: IdentifierBody): void => {
  if (kind === 'email' && !isEmailAddress(value))
    reject(
      'email-invalid',
      'An identifier of kind email must be an e-mail address such as anna@example.org; the kind email-as-given accepts any text.',
      { kind },
    );
};

const mustHaveBirthDate = (person: RecordProfile['person']): void => {
  if (person?.birthDate && !isBirthDate(person.birthDate))
    reject(
      'birth-date-impossible',
      'birthDate must be a calendar date such as 1985-05-15, or --05-15 if the year is unknown; birthDateAsGiven accepts any text.',
    );
};

const saysSomething = (profile: RecordProfile): boolean =>
  Object.values(plain({ ...profile })).some((part) => Object.keys(part).length > 0);
