import { setImmediate as nextTurn } from 'node:timers/promises';

/** Steps between two turns of the event loop: some milliseconds of what is done for one customer or deal. */
export const SLICE = 500;

/**
 * For loops as long as a company has customers or deals: to be awaited at each step, it lets others have a turn after so many.
 * @param steps of a slice
 */
export const createSlices = (steps = SLICE): (() => Promise<void> | undefined) => {
  let taken = 0;
  return () => (++taken % steps === 0 ? nextTurn() : undefined);
};
