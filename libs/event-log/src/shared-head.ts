import { askingTogether } from '#async';
import type { EventLog, Position } from './event-log.js';

/** The end of the log, never as of before the call: whoever asks while the log is being asked shares the next question. */
export const sharedHead = (log: Pick<EventLog, 'head'>): (() => Promise<Position>) => {
  const ask = askingTogether<Position>(async (asked) => {
    const head = await log.head();
    return new Map(asked.map((each) => [each, head]));
  });
  return async () => (await ask('head'))!;
};
