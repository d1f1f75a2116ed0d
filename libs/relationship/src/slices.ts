import { attitudeSlice } from './attitude/slice.js';
import { contactSlice } from './contacts/slice.js';
import { curationSlice } from './curation/slice.js';
import { customerSlice } from './customer/slice.js';
import { dealSlice } from './deals/slice.js';
import type { CommandOf } from './kernel/command.js';
import type { EventOf } from './kernel/event.js';
import { type EventRetracted, eventRetracted } from './kernel/retractions.js';
import { partnershipSlice } from './partnership/slice.js';
import { purchaseSlice } from './purchases/slice.js';
import type { Part } from './slice.js';

/** A relationship is made of these, each under the member of the state that it keeps. */
export const slices = {
  details: customerSlice,
  contacts: contactSlice,
  deals: dealSlice,
  purchases: purchaseSlice,
  assignments: curationSlice,
  attitude: attitudeSlice,
  agreements: partnershipSlice,
} as const satisfies Readonly<Record<Part, object>>;

type AnySlice = (typeof slices)[Part];

/** Everything that can stand in a customer's stream. */
export type RelationshipEvent = EventOf<AnySlice['events'][number]> | EventRetracted;
/** Everything that can be asked of a customer's stream. */
export type RelationshipCommand = CommandOf<AnySlice['commands'][number]>;

export const relationshipEvents: readonly (AnySlice['events'][number] | typeof eventRetracted)[] = [
  ...Object.values(slices).flatMap(({ events }) => [...events]),
  eventRetracted,
];
export const relationshipCommands: readonly AnySlice['commands'][number][] = Object.values(slices).flatMap(({ commands }) => [...commands]);
export const relationshipEventTypes: readonly RelationshipEvent['type'][] = relationshipEvents.map(({ type }) => type);
