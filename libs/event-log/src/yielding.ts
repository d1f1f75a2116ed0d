import { setImmediate as nextTurn } from 'node:timers/promises';

const EVERY = 32;

/**
 * What an embedded log answers at once never leaves the event loop a turn: a caller who goes on asking until something happens
 * would wait for ever, because nothing else can happen. So every so often an answer takes a turn.
 */
export function createYielder(): () => Promise<void> | undefined {
  let calls = 0;
  return () => (++calls % EVERY === 0 ? nextTurn() : undefined);
}
