import type { EventDefinition } from '../event-definition.js';

/**
 * What the runner appends for a command that may be repeated and decides nothing: a retry finds it and gets the first answer, whatever
 * others did in between. It may be in a stream of any category, so every registry knows it; no state depends on it.
 */
export const commandRemembered = {
  type: 'command-remembered',
  version: 1,
  schema: { type: 'object', properties: {}, additionalProperties: false },
  personal: [],
  published: null,
  description: 'A command that changed nothing was answered; its id and fingerprint are kept, so that a retry gets the same answer.',
} as const satisfies EventDefinition;

/** Ids of the events that a command decided, in their order. */
export const idsOfDecided = (events: readonly { readonly id: string; readonly type: string }[]): readonly string[] =>
  events.filter(({ type }) => type !== commandRemembered.type).map(({ id }) => id);
