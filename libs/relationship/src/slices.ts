import { attitudeSlice } from './attitude/slice.js';
import { contactSlice } from './contacts/slice.js';
import { correctionCommandsFor } from './corrections/commands.js';
import { curationSlice } from './curation/slice.js';
import { customerSlice } from './customer/slice.js';
import { dealSlice } from './deals/slice.js';
import type { CommandOf } from './kernel/command.js';
import type { EventOf } from './kernel/event.js';
import { type EventRetracted, eventRetracted } from './kernel/retractions.js';
import { partnershipSlice } from './partnership/slice.js';
import { privacySlice } from './privacy/slice.js';
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
  privacy: privacySlice,
} as const satisfies Readonly<Record<Part, object>>;

type AnySlice = (typeof slices)[Part];

const recorded = Object.values(slices).flatMap(({ events }) => [...events]);
const recording = Object.values(slices).flatMap(({ commands }) => [...commands]);
const correctable = new Set(recorded.map(({ retraction }) => retraction?.command));
const correctionCommands = correctionCommandsFor(recording.filter(({ name }) => correctable.has(name)));

/** Everything that can stand in a customer's stream. */
export type RelationshipEvent = EventOf<AnySlice['events'][number]> | EventRetracted;
/** What records something of a customer. */
export type RecordingCommand = CommandOf<AnySlice['commands'][number]>;
/** Everything that can be asked of a customer's stream. */
export type RelationshipCommand = RecordingCommand | CommandOf<(typeof correctionCommands)[number]>;

export const relationshipEvents: readonly (AnySlice['events'][number] | typeof eventRetracted)[] = [...recorded, eventRetracted];
export const relationshipCommands: readonly (AnySlice['commands'][number] | (typeof correctionCommands)[number])[] = [
  ...recording,
  ...correctionCommands,
];
export const relationshipEventTypes: readonly RelationshipEvent['type'][] = relationshipEvents.map(({ type }) => type);
