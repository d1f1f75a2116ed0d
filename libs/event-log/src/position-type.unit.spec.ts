import { describe, expect, it } from '@jest/globals';
import { asWritten, collect, newEvent } from '#testing';
import { PositionUnknown } from './event-log.js';
import { logOver } from './log-over.js';
import { openMemoryEventLog } from './memory/memory-event-log.js';
import { isOfSameLog, isPosition, ORIGIN, type Position } from './position-type.js';

/** Each line below must not compile: `npm run check` fails where one does. */
const arithmetic = (position: Position, other: Position) => [
  // @ts-expect-error
  Number(position) - 1,
  // @ts-expect-error
  Math.min(Number(position), 20_000),
  // @ts-expect-error
  BigInt(other) - BigInt(position),
  // @ts-expect-error
  Number.parseInt(position, 10) + 1,
  // @ts-expect-error
  Math.max(Number.parseFloat(position), 0),
  // @ts-expect-error
  position - other,
  // @ts-expect-error
  position * 1,
  // @ts-expect-error
  { lag: Number(position) } satisfies { lag: number },
  // @ts-expect-error
  (position + 1) satisfies Position,
];

describe('a position', () => {
  it('compiles with no arithmetic; numbers of anything else do', () => {
    expect(arithmetic).toBeDefined();
    expect(Number('7') + Number(JSON.parse('7')) + Number(7n)).toBe(21);
    expect(['7', '8'].map(Number)).toEqual([7, 8]);
    expect(BigInt('7') + BigInt(7)).toBe(14n);
  });

  it('is 20 digits', () => {
    expect([ORIGIN, '1', `${ORIGIN}0`, `${ORIGIN}\n`, ORIGIN.replace('0', 'x')].map(isPosition)).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  it('says whether it may be of the log that ends elsewhere', () => {
    const [sqlite, one, other] = ['00000000000000000007', 'abcd'.padEnd(44, '0'), 'abce'.padEnd(44, '0')] as Position[];
    const same = (a: Position, b: Position) => isOfSameLog(a, b);
    expect([same(sqlite!, sqlite!), same(one!, one!), same(ORIGIN, one!), same(one!, ORIGIN)]).toEqual([true, true, true, true]);
    expect([same(sqlite!, one!), same(one!, sqlite!), same(one!, other!)]).toEqual([false, false, false]);
  });

  it('of another log is rejected by one that numbers its events, and no event is there', async () => {
    const log = logOver(openMemoryEventLog(), asWritten);
    await log.append('s-1', 'none', [newEvent()]);
    const other = 'abcd'.padEnd(44, '7') as Position;
    await expect(collect(log.readAll({ after: other }))).rejects.toThrow(PositionUnknown);
    await expect(collect(log.readRaw({ upTo: other }))).rejects.toThrow(/another event log; positions of this one are 20 digits/);
    expect(await log.eventAt(other)).toBeUndefined();
  });
});
