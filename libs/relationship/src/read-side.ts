// For whoever reads: what is recorded, and the policies it is judged under. Without what decides.
export * from './access.js';
export * from './aggregates.js';
export * from './attitude/events.js';
export * from './contacts/events.js';
export { overdueFrom } from './contacts/overdue.js';
export * from './curation/events.js';
export { type GivenWork, givenTo, namedAt, openedFor } from './curation/given-work.js';
export { type Assignment, assignmentOf, curatorAmong, passesOnAt, reliefsIn } from './curation/state.js';
export * from './curators/events.js';
export * from './curators/reference-data.js';
export * from './curators/state.js';
export * from './customer/events.js';
export * from './customer/merges.js';
export * from './deals/events.js';
export * from './imports/events.js';
export * from './kernel/aggregate.js';
export { isBirthDate } from './kernel/calendar.js';
export * from './kernel/decider.js';
export * from './kernel/event.js';
export { idEntries } from './kernel/id-map.js';
export * from './kernel/money.js';
export { sameJson } from './kernel/plain.js';
export * from './kernel/rejections.js';
export * from './kernel/retractions.js';
export * from './kernel/time.js';
export {
  byTime,
  extended,
  type History,
  heldAt,
  inTime,
  knownFrom,
  later,
  noHistory,
  replacedIn,
  runsOf,
  type Since,
} from './kernel/valid-time.js';
export { isZone } from './kernel/zones.js';
export * from './partnership/events.js';
export * from './policies/events.js';
export * from './policies/policy.js';
export * from './privacy/events.js';
export * from './processes/events.js';
export * from './purchases/events.js';
export { dayOf, startOfDay, startOfNextDay } from './retention/days.js';
export { retentionListed } from './retention/events.js';
export * from './retention/retained.js';
export * from './slices.js';
export * from './streams.js';
export { type Subscriber, type Subscribers, subscriber } from './subscribers/subscriber.js';
