import type { EventLog } from './event-log.js';

/** Every member of the port: one that is missing here does not compile. */
const MEMBERS: Readonly<Record<keyof EventLog, true>> = {
  guarantees: true,
  clock: true,
  append: true,
  readStream: true,
  readAll: true,
  readByStream: true,
  readRaw: true,
  eventAt: true,
  count: true,
  subscribe: true,
  head: true,
  close: true,
};

/** The same log but for these members. Whatever the log lacks is lacking here too, and it may be an instance of a class. */
export function delegating<Log extends Partial<EventLog>>(log: Log, over: Partial<Log>): Log {
  const members = (Object.keys(MEMBERS) as (keyof EventLog)[])
    .filter((name) => log[name] !== undefined)
    .map((name) => {
      const member = over[name] ?? log[name];
      return [name, typeof member === 'function' && over[name] === undefined ? member.bind(log) : member];
    });
  return Object.fromEntries(members);
}
