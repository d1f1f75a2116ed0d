import { expect } from '@jest/globals';
import { commandByName, processCommandByName } from '#relationship';

/** What has an initial state, folds and decides: the whole of an aggregate. */
export interface Specified<State, Command, Decided, Given, Context> {
  readonly initialState: State;
  evolve(state: State, event: Given): State;
  decide(state: State, command: Command, context: Context): readonly Decided[];
}

/** What a decision came to. Every check also decides once more: the same state and command must give the same answer. */
export interface Outcome<Decided> {
  /** Exactly these events, in this order, without a member more. */
  decides(...events: readonly Decided[]): void;
  /** Nothing: everything is already so. */
  decidesNothing(): void;
  /** With a code that the command declares, and a sentence. */
  isRejected(code: string, details?: Readonly<Record<string, unknown>>): void;
}

/**
 * `given(events).when(command).decides(events)`: the events are folded, the command is decided on what comes out. Both sides are
 * frozen, so a decider or a fold that changes what it was given fails.
 */
export const specification = <State, Command extends { readonly name: string }, Decided, Given, Context>(
  decider: Specified<State, Command, Decided, Given, Context>,
  usual: Context,
) => ({
  given: (...events: readonly Given[]) => ({
    when: (command: Command, over: Partial<Context> = {}): Outcome<Decided> => {
      const context = frozen({ ...usual, ...over });
      const state = events.reduce<State>((folded, event) => frozen(decider.evolve(folded, frozen(event))), frozen(decider.initialState));
      const decide = () => decider.decide(state, frozen(command), context);
      return {
        decides: (...expected) => {
          expect(decide()).toStrictEqual(expected);
          expect(decide()).toStrictEqual(expected);
        },
        decidesNothing: () => expect(decide()).toStrictEqual([]),
        isRejected: (code, expected = {}) => {
          for (const attempt of [attempted(decide), attempted(decide)])
            expect(attempt).toMatchObject({ name: 'Rejection', code, details: expected, message: expect.stringMatching(sentence) });
          expect([command.name, (commandByName(command.name) ?? processCommandByName(command.name))?.rejections]).toEqual([
            command.name,
            expect.arrayContaining([code]),
          ]);
        },
      };
    },
  }),
});

/** A value that is missing from it, or a word, is seen as such. */
const sentence = /^(?!.*(?:undefined|null|NaN|\[object| {2}))\S+ .*[^\s.,]\.$/;

const attempted = (decide: () => unknown): unknown => {
  try {
    return { decided: decide() };
  } catch (error) {
    return error;
  }
};

const frozen = <Value>(value: Value): Value => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) frozen(member);
  return Object.freeze(value);
};
