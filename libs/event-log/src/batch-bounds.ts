/** What a batch holds at most, whichever comes first: one event goes alone where it is larger. */
export const BATCH_EVENTS = 500;
/** Of the JSON of its events. */
export const BATCH_CHARACTERS = 1_000_000;
