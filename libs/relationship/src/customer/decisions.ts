import type { DecisionContext } from '../kernel/decider.js';
import { mustBeKnownChannel, mustBeKnownPurpose } from '../kernel/decision.js';
import { plain } from '../kernel/plain.js';
import { refuse } from '../kernel/refusals.js';
import type { ActiveRelationship } from '../relationship-state.js';
import type {
  AddIdentifier,
  CorrectDetails,
  GrantConsent,
  IdentifierBody,
  RecordAcquisition,
  RecordProfile,
  RegisterCustomer,
  RemoveIdentifier,
} from './commands.js';
import { changesNothing } from './consent.js';
import type { CustomerFact } from './events.js';
import { sameIdentifier } from './state.js';

type Facts = readonly CustomerFact[];

export const registerCustomer = (body: RegisterCustomer): Facts => {
  const { kind, role, displayName, segment, language, identifiers, acquisition, profile } = body;
  return [
    { type: 'customer-registered', data: plain({ kind, role: role ?? 'customer', displayName, segment, language }) },
    ...distinct(identifiers ?? []).map(identifierAdded),
    ...(acquisition ? [{ type: 'acquisition-recorded', data: plain({ ...acquisition }) } as const] : []),
    ...(profile && saysSomething(profile) ? [{ type: 'customer-profile-recorded', data: plain({ ...profile }) } as const] : []),
  ];
};

export const addIdentifier = ({ details }: ActiveRelationship, body: AddIdentifier): Facts =>
  details.identifiers.some((known) => sameIdentifier(known, body)) ? [] : [identifierAdded(body)];

export const removeIdentifier = ({ details }: ActiveRelationship, { kind, value, reason }: RemoveIdentifier): Facts => {
  if (!details.identifiers.some((known) => sameIdentifier(known, { kind, value })))
    refuse('identifier-unknown', `The customer has no such identifier of kind ${kind}.`, { kind });
  return [{ type: 'customer-identifier-removed', data: plain({ kind, value, reason }) }];
};

export const recordProfile = (_: ActiveRelationship, { person, organisation, attributes }: RecordProfile): Facts => {
  if (!saysSomething({ person, organisation, attributes }))
    refuse('nothing-recorded', 'A profile needs at least one member of person, organisation or attributes.');
  return [{ type: 'customer-profile-recorded', data: plain({ person, organisation, attributes }) }];
};

export const correctDetails = ({ details }: ActiveRelationship, { field, to, reason }: CorrectDetails): Facts => {
  const from = details[field];
  return from === to ? [] : [{ type: 'customer-details-corrected', data: plain({ field, from, to, reason }) }];
};

export const grantConsent = (state: ActiveRelationship, body: GrantConsent, context: DecisionContext): Facts =>
  changeConsent(state, body, context, true);

export const withdrawConsent = (state: ActiveRelationship, body: GrantConsent, context: DecisionContext): Facts =>
  changeConsent(state, body, context, false);

export const recordAcquisition = ({ details }: ActiveRelationship, { source, medium, campaign, referrer }: RecordAcquisition): Facts => {
  const data = plain({ source, medium, campaign, referrer });
  const known = details.acquisition;
  const same =
    known?.source === data.source && known.medium === data.medium && known.campaign === data.campaign && known.referrer === data.referrer;
  return same ? [] : [{ type: 'acquisition-recorded', data }];
};

const changeConsent = (
  { details }: ActiveRelationship,
  { channel, purpose, via }: GrantConsent,
  context: DecisionContext,
  granted: boolean,
): Facts => {
  mustBeKnownChannel(channel, context);
  mustBeKnownPurpose(purpose ?? undefined, context);
  const change = { channel, purpose: purpose ?? undefined, granted, occurredAt: context.occurredAt };
  if (changesNothing(details.consents, change)) return [];
  return [{ type: granted ? 'consent-granted' : 'consent-withdrawn', data: plain({ channel, purpose, via }) }];
};

const identifierAdded = ({ kind, value, label }: IdentifierBody): CustomerFact => ({
  type: 'customer-identifier-added',
  data: plain({ kind, value, label }),
});

const distinct = (identifiers: readonly IdentifierBody[]): readonly IdentifierBody[] =>
  identifiers.filter((one, index) => identifiers.findIndex((other) => sameIdentifier(one, other)) === index);

const saysSomething = (profile: RecordProfile): boolean =>
  Object.values(plain({ ...profile })).some((part) => Object.keys(part).length > 0);
