import type { TObject } from 'typebox';
import type { CommandOf } from './kernel/command.js';
import type { CommandDefinition, DecisionContext } from './kernel/decider.js';
import type { Dated, EventOf, EventSpec, TypedEvent } from './kernel/event.js';
import type { ActiveRelationship } from './relationship-state.js';

/** A member of the state that a slice keeps. */
export type Part = Exclude<keyof ActiveRelationship, 'status' | 'merges'>;

export type Decision<Body = unknown, Decided = TypedEvent> = (
  state: ActiveRelationship,
  body: Body,
  context: DecisionContext,
) => readonly Decided[];

/** Commands that are decided on more or less than an active relationship: before there is one, after it was merged away or erased, on all that was recorded. */
export type OnOthers =
  | 'register-customer'
  | 'erase-merged-customer'
  | 'complete-erasure'
  | 'disclose-publishing-key'
  | 'give-erasure-receipt'
  | 'mark-receipt-overdue'
  | 'release-access';

/** Commands that are decided on all that was recorded of a relationship. */
export type OnHistory = 'list-for-retention' | 'erase-for-retention';

/** One part of what is recorded of a customer, whole: what can happen, what can be asked, and how each is decided and remembered. */
export interface Slice<
  Kept extends Part = Part,
  Specs extends readonly EventSpec<string, TObject>[] = readonly EventSpec<string, TObject>[],
  Definitions extends readonly CommandDefinition[] = readonly CommandDefinition[],
> {
  readonly events: Specs;
  readonly commands: Definitions;
  readonly decisions: {
    readonly [Each in CommandOf<Definitions[number]> as Exclude<Each['name'], OnOthers | OnHistory>]: Decision<
      Each['body'],
      EventOf<Specs[number]>
    >;
  };
  evolve(state: ActiveRelationship[Kept], event: Dated<EventOf<Specs[number]>>): ActiveRelationship[Kept];
  /** Of a customer who has just been registered. */
  readonly initial: ActiveRelationship[Kept];
}

/** `slice<'deals'>()({ … })`: what it keeps is said, the rest follows from what is given. */
export const slice =
  <Kept extends Part>() =>
  <const Specs extends readonly EventSpec<string, TObject>[], const Definitions extends readonly CommandDefinition[]>(
    declared: Slice<Kept, Specs, Definitions>,
  ): Slice<Kept, Specs, Definitions> =>
    declared;
