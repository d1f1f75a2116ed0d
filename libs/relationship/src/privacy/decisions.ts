import type { CommandDefinition, DecisionContext, HistoryEvent } from '../kernel/decider.js';
import { isAlreadySo, mustBeNew, mustHaveHappened } from '../kernel/decision.js';
import { getId, idEntries } from '../kernel/id-map.js';
import { plain } from '../kernel/plain.js';
import { reject } from '../kernel/rejections.js';
import { type History, heldIn, type Since } from '../kernel/valid-time.js';
import { inPolicy, named, policyAt } from '../policies/policy.js';
import type { ActiveRelationship, Relationship } from '../relationship-state.js';
import type {
  CompleteErasure,
  DisclosePublishingKey,
  EraseMergedCustomer,
  LiftLegalHold,
  LiftRestriction,
  MarkErasureOverdue,
  MarkReceiptOverdue,
  ObjectToMarketing,
  PlaceLegalHold,
  RejectAccess,
  RejectErasure,
  ReleaseAccess,
  RequestAccess,
  RequestErasure,
  RestrictProcessing,
} from './commands.js';
import { oneMonthAfter } from './due.js';
import type { ErasureGround, PrivacyEvent } from './events.js';
import { isHeld, isRestricted, type OpenErasure, type OpenRequest, type Privacy, type Receipt } from './state.js';

type Decided = readonly PrivacyEvent[];

const DAY_MS = 86_400_000;

export const requestErasure = ({ privacy }: ActiveRelationship, body: RequestErasure, context: DecisionContext): Decided => {
  if (privacy.erasure)
    reject('erasure-already-requested', `Erasure is already requested and due by ${privacy.erasure.dueAt}; confirm or reject it.`, {
      dueAt: privacy.erasure.dueAt,
    });
  const { zone } = context.policies.company.at(-1)!.document;
  const dueAt = oneMonthAfter(context.occurredAt, zone);
  return [{ type: 'erasure-requested', data: plain({ ground: body.ground ?? 'unstated', dueAt, reason: body.reason }) }];
};

export const confirmErasure = ({ privacy }: ActiveRelationship, _: object, { actor, policies, now }: DecisionContext): Decided => {
  const { by, confirmed } = openErasure(privacy);
  if (confirmed) reject('erasure-already-confirmed', 'The erasure is already confirmed.');
  const version = policyAt(policies, 'privacy', now);
  // On behalf of an import anybody may act under any name.
  const isImport = by?.kind === 'import' || actor.kind === 'import';
  if (version.document.secondActor && (isImport || (by?.kind === actor.kind && by.id === actor.id)))
    reject(
      'second-actor-required',
      `Whoever requested the erasure may not confirm it, nor may it be requested or confirmed on behalf of an import${inPolicy(version)}.`,
      named(version),
    );
  mustNotBeHeld(privacy);
  return [{ type: 'erasure-confirmed', data: {} }];
};

export const rejectErasure = ({ privacy }: ActiveRelationship, { exception, reason }: RejectErasure): Decided => {
  openErasure(privacy);
  return [{ type: 'erasure-rejected', data: plain({ exception, reason }) }];
};

export const placeLegalHold = ({ privacy }: ActiveRelationship, { holdId, reason }: PlaceLegalHold): Decided => {
  mustBeNew(privacy.holds, holdId, 'hold-id-taken', 'Legal hold');
  return [{ type: 'legal-hold-placed', data: plain({ holdId, reason }) }];
};

export const liftLegalHold = ({ privacy }: ActiveRelationship, { holdId, reason }: LiftLegalHold): Decided => {
  const hold = getId(privacy.holds, holdId);
  if (hold === undefined) reject('hold-unknown', `The customer has no legal hold ${holdId}.`, { id: holdId });
  if (hold === 'lifted') reject('hold-not-in-force', `Legal hold ${holdId} is already lifted.`, { id: holdId });
  return [{ type: 'legal-hold-lifted', data: plain({ holdId, reason }) }];
};

export const restrictProcessing = (
  { privacy }: ActiveRelationship,
  { ground, reason }: RestrictProcessing,
  context: DecisionContext,
): Decided => (isSo(privacy.restriction, true, context) ? [] : [{ type: 'processing-restricted', data: plain({ ground, reason }) }]);

export const liftRestriction = ({ privacy }: ActiveRelationship, { reason }: LiftRestriction, context: DecisionContext): Decided => {
  if (!heldIn(privacy.restriction, context.occurredAt)?.on)
    reject('restriction-not-in-force', `Processing is not restricted at ${context.occurredAt}.`);
  return [{ type: 'processing-restriction-lifted', data: plain({ reason }) }];
};

export const objectToMarketing = ({ privacy }: ActiveRelationship, { via }: ObjectToMarketing, context: DecisionContext): Decided =>
  isSo(privacy.marketingObjection, true, context) ? [] : [{ type: 'marketing-objected', data: { via } }];

export const withdrawMarketingObjection = (
  { privacy }: ActiveRelationship,
  { via }: ObjectToMarketing,
  context: DecisionContext,
): Decided => {
  if (!heldIn(privacy.marketingObjection, context.occurredAt)?.on)
    reject('objection-not-in-force', `The customer does not object to marketing at ${context.occurredAt}.`);
  return [{ type: 'marketing-objection-withdrawn', data: { via } }];
};

export const requestAccess = ({ privacy }: ActiveRelationship, { reason }: RequestAccess, context: DecisionContext): Decided => {
  if (privacy.access)
    reject('access-already-requested', `Access is already requested and due by ${privacy.access.dueAt}; release or reject it.`, {
      dueAt: privacy.access.dueAt,
    });
  const { zone } = context.policies.company.at(-1)!.document;
  return [{ type: 'access-requested', data: plain({ dueAt: oneMonthAfter(context.occurredAt, zone), reason }) }];
};

export const releaseAccess = (
  { privacy }: ActiveRelationship,
  { withheld = [] }: ReleaseAccess,
  history: readonly HistoryEvent[],
): Decided => {
  openRequest(privacy);
  const ids = new Set(history.map(({ id }) => id));
  const unknown = withheld.filter((id) => !ids.has(id));
  if (unknown.length > 0)
    reject('event-unknown', 'Some events in `withheld` are not events of this customer; take their ids from the timeline.', {
      eventIds: unknown.slice(0, 100),
    });
  return [{ type: 'access-released', data: withheld.length > 0 ? { withheld: [...new Set(withheld)] } : {} }];
};

export const rejectAccess = ({ privacy }: ActiveRelationship, { ground, reason }: RejectAccess): Decided => {
  openRequest(privacy);
  return [{ type: 'access-rejected', data: plain({ ground, reason }) }];
};

export const markErasureOverdue = ({ privacy }: ActiveRelationship, { dueAt }: MarkErasureOverdue, { now }: DecisionContext): Decided => {
  const erasure = openErasure(privacy);
  if (erasure.overdue) reject('already-overdue', 'The erasure was already recorded as overdue.');
  if (erasure.dueAt !== dueAt || dueAt > now) reject('not-overdue', `The erasure is due by ${erasure.dueAt}.`, { dueAt: erasure.dueAt });
  return [{ type: 'erasure-overdue', data: { dueAt } }];
};

export const eraseCustomer = ({ privacy }: ActiveRelationship, _: object, context: DecisionContext): Decided => {
  const { ground, confirmed } = openErasure(privacy);
  if (!confirmed) reject('erasure-not-confirmed', 'The erasure is not confirmed.');
  return erased(privacy, ground, context);
};

/** It is the same customer as the survivor, so nobody has to ask for it again; a legal hold counts for each record. */
export const eraseMergedCustomer = (state: Relationship, { ground }: EraseMergedCustomer, context: DecisionContext): Decided => {
  if (state.status === 'erased') return [];
  if (state.status !== 'merged') return reject('customer-not-merged', 'The customer is not merged into another.');
  return erased(state.before.privacy, ground, context);
};

const erased = (privacy: Privacy, code: ErasureGround, { now, subscriber }: DecisionContext): Decided => {
  mustNotBeHeld(privacy);
  const receipts = idEntries(privacy.keyHolders).map(([subscriberId]) => {
    const days = subscriber?.(subscriberId)?.deadlineDays ?? 0;
    return { subscriberId, dueAt: new Date(Date.parse(now) + days * DAY_MS).toISOString() };
  });
  const event = { type: 'customer-erased', data: { code } } as const;
  return receipts.length === 0 ? [event] : [{ type: 'erasure-receipts-requested', data: { receipts } }, event];
};

/** Of a customer who was erased: all other commands are rejected then. */
export const completeErasure = (state: Relationship, { certificateHash }: CompleteErasure): Decided => {
  if (state.status !== 'erased') return reject('customer-not-erased', 'The customer is not erased.');
  return state.completed ? [] : [{ type: 'erasure-completed', data: { certificateHash } }];
};

/** Of a customer who is active or was merged away: what was published of one who was is read with the same key. */
export const disclosePublishingKey = (
  { privacy }: ActiveRelationship,
  { subscriberId, keyId }: DisclosePublishingKey,
  context: DecisionContext,
): Decided => {
  mustHaveHappened(context);
  const known =
    context.subscriber?.(subscriberId) ?? reject('subscriber-unknown', `Subscriber ${subscriberId} is not registered.`, { subscriberId });
  if (known.endedAt) reject('subscriber-ended', `Subscriber ${subscriberId} has ended and gets no keys.`, { subscriberId });
  return getId(privacy.keyHolders, subscriberId) === keyId ? [] : [{ type: 'publishing-key-disclosed', data: { subscriberId, keyId } }];
};

/** Given late, it is recorded too. */
export const giveErasureReceipt = (state: Relationship, { actor }: DecisionContext): Decided =>
  receiptOf(state, actor.id).state === 'given' ? [] : [{ type: 'erasure-receipt-given', data: { subscriberId: actor.id } }];

export const markReceiptOverdue = (state: Relationship, { subscriberId }: MarkReceiptOverdue, { now }: DecisionContext): Decided => {
  const { dueAt, state: known } = receiptOf(state, subscriberId);
  if (dueAt > now) reject('not-overdue', `The receipt is due by ${dueAt}.`, { dueAt });
  return known === 'due' ? [{ type: 'erasure-receipt-overdue', data: { subscriberId, dueAt } }] : [];
};

const receiptOf = (state: Relationship, subscriberId: string): Receipt => {
  if (state.status !== 'erased') return reject('customer-not-erased', 'The customer is not erased.');
  return (
    getId(state.receipts, subscriberId) ??
    reject('receipt-not-due', `No receipt is due from ${subscriberId}, to which no key of the customer was given.`, { subscriberId })
  );
};

/** Only reading, what commands say of themselves, and what processes record are left. */
export const mustNotBeRestricted = (
  { privacy }: ActiveRelationship,
  { name, path, whileRestricted }: Pick<CommandDefinition, 'name' | 'path' | 'whileRestricted'>,
  { actor, now }: DecisionContext,
): void => {
  if (whileRestricted === true || (whileRestricted === 'for-customers' && actor.kind === 'customer') || path === undefined) return;
  if (isRestricted(privacy, now))
    reject('processing-restricted', 'Processing of this customer is restricted; lift the restriction first.', { command: name });
};

const openErasure = ({ erasure }: Privacy): OpenErasure =>
  erasure ?? reject('erasure-not-requested', 'No erasure of the customer is requested; request it first.');

const openRequest = ({ access }: Privacy): OpenRequest =>
  access ?? reject('access-not-requested', 'No access is requested; request it first.');

const mustNotBeHeld = (privacy: Privacy): void => {
  if (isHeld(privacy)) reject('legal-hold-in-force', 'A legal hold is in force; lift it first.');
};

const isSo = (history: History<Since & { readonly on: boolean }>, on: boolean, context: DecisionContext): boolean => {
  const held = heldIn(history, context.occurredAt);
  return held?.on === on && isAlreadySo(held, context);
};
