import type { Acted, Actor } from '../kernel/aggregate.js';
import { emptyIdMap, getId, type IdMap, idValues, setId } from '../kernel/id-map.js';
import { extended, type History, heldIn, noHistory, type Since } from '../kernel/valid-time.js';
import type { ErasureGround, PrivacyEvent } from './events.js';

/** Requested, and neither rejected nor carried out. */
export interface OpenErasure {
  readonly ground: ErasureGround;
  readonly dueAt: string;
  readonly by: Actor | undefined;
  readonly confirmed: boolean;
  readonly overdue: boolean;
}

/** For all that is kept of the customer: neither released nor rejected. */
export interface OpenRequest {
  readonly dueAt: string;
}

interface Switched extends Since {
  readonly on: boolean;
}

/** Of a subscriber that has a key of an erased customer. */
export interface Receipt {
  readonly dueAt: string;
  readonly state: 'due' | 'overdue' | 'given';
}
export type Receipts = IdMap<Receipt>;

export interface Privacy {
  /** Ids of the keys that subscribers were given, by subscriber. */
  readonly keyHolders: IdMap<string>;
  readonly receipts: Receipts;
  readonly erasure?: OpenErasure | undefined;
  readonly access?: OpenRequest | undefined;
  readonly holds: IdMap<'in-force' | 'lifted'>;
  readonly restriction: History<Switched>;
  readonly marketingObjection: History<Switched>;
}

export const noPrivacy: Privacy = {
  keyHolders: emptyIdMap,
  receipts: emptyIdMap,
  holds: emptyIdMap,
  restriction: noHistory,
  marketingObjection: noHistory,
};

export const evolvePrivacy = (privacy: Privacy, event: Acted<PrivacyEvent>): Privacy => {
  const { erasure } = privacy;
  switch (event.type) {
    case 'erasure-requested': {
      const { ground, dueAt } = event.data;
      return { ...privacy, erasure: { ground, dueAt, by: event.actor, confirmed: false, overdue: false } };
    }
    case 'erasure-confirmed':
      return erasure === undefined ? privacy : { ...privacy, erasure: { ...erasure, confirmed: true } };
    case 'erasure-overdue':
      return erasure === undefined ? privacy : { ...privacy, erasure: { ...erasure, overdue: true } };
    case 'erasure-rejected':
      return { ...privacy, erasure: undefined };
    case 'access-requested':
      return { ...privacy, access: { dueAt: event.data.dueAt } };
    case 'access-released':
    case 'access-rejected':
      return { ...privacy, access: undefined };
    case 'legal-hold-placed':
      return { ...privacy, holds: setId(privacy.holds, event.data.holdId, 'in-force') };
    case 'legal-hold-lifted':
      return { ...privacy, holds: setId(privacy.holds, event.data.holdId, 'lifted') };
    case 'processing-restricted':
      return { ...privacy, restriction: extended(privacy.restriction, { at: event.occurredAt, on: true }) };
    case 'processing-restriction-lifted':
      return { ...privacy, restriction: extended(privacy.restriction, { at: event.occurredAt, on: false }) };
    case 'marketing-objected':
      return { ...privacy, marketingObjection: extended(privacy.marketingObjection, { at: event.occurredAt, on: true }) };
    case 'marketing-objection-withdrawn':
      return { ...privacy, marketingObjection: extended(privacy.marketingObjection, { at: event.occurredAt, on: false }) };
    case 'publishing-key-disclosed':
      return { ...privacy, keyHolders: setId(privacy.keyHolders, event.data.subscriberId, event.data.keyId) };
    case 'erasure-receipts-requested':
      return { ...privacy, receipts: evolveReceipts(privacy.receipts, event) };
    default:
      return privacy;
  }
};

export const evolveReceipts = (receipts: Receipts, event: Acted<PrivacyEvent>): Receipts => {
  switch (event.type) {
    case 'erasure-receipts-requested':
      return event.data.receipts.reduce<Receipts>(
        (all, { subscriberId, dueAt }) => setId(all, subscriberId, { dueAt, state: 'due' }),
        receipts,
      );
    case 'erasure-receipt-given':
    case 'erasure-receipt-overdue': {
      const { subscriberId } = event.data;
      const known = getId(receipts, subscriberId);
      const state = event.type === 'erasure-receipt-given' ? 'given' : 'overdue';
      return known ? setId(receipts, subscriberId, { ...known, state }) : receipts;
    }
    default:
      return receipts;
  }
};

export const isHeld = ({ holds }: Privacy): boolean => idValues(holds).includes('in-force');
export const isRestricted = ({ restriction }: Privacy, instant: string): boolean => heldIn(restriction, instant)?.on === true;
export const objectsToMarketing = ({ marketingObjection }: Privacy, instant: string): boolean =>
  heldIn(marketingObjection, instant)?.on === true;
