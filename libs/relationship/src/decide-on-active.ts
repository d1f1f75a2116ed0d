import type { DecisionContext } from './kernel/decider.js';
import { reject } from './kernel/rejections.js';
import type { ActiveRelationship, Relationship } from './relationship-state.js';
import type { Decision, OnHistory, OnOthers } from './slice.js';
import { type RecordingCommand, type RelationshipEvent, slices } from './slices.js';

/** What records something of a customer who is registered. */
export type OnActive = Exclude<RecordingCommand, { readonly name: OnOthers | OnHistory }>;

const decisions = Object.assign({}, ...Object.values(slices).map((slice) => slice.decisions)) as Readonly<
  Record<OnActive['name'], Decision<unknown, RelationshipEvent>>
>;

/** @throws Rejection */
export const decideOnActive = (
  state: ActiveRelationship,
  { name, body }: OnActive,
  context: DecisionContext,
): readonly RelationshipEvent[] => decisions[name](state, body, context);

/** @throws Rejection */
export const activeOf = (state: Relationship): ActiveRelationship => {
  switch (state.status) {
    case 'active':
      return state;
    case 'unknown':
      return reject('customer-unknown', 'The customer does not exist; register the customer first.');
    case 'merged':
      return reject('customer-merged', `The customer was merged into ${state.into}.`, { survivingCustomerId: state.into });
    case 'erased':
      return reject('customer-erased', `The customer was erased at ${state.at}.`, { erasedAt: state.at });
  }
};
