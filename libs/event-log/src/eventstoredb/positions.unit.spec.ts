import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isPosition, ORIGIN, type Position, PositionUnknown } from '../event-log.js';
import { identityOf, placeOf, toPosition } from './positions.js';

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 2n });

describe('a position on EventStoreDB', () => {
  const identity = identityOf('2f6c4d0e-6c1f-4c53-9d7a-0a3f6a1d9a11');

  it('sorts as the places in the log do, after the origin', () => {
    fc.assert(
      fc.property(u64, u64, u64, u64, (commit, prepare, otherCommit, otherPrepare) => {
        const position = toPosition(identity, { commit: `${commit}`, prepare: `${prepare}` });
        const other = toPosition(identity, { commit: `${otherCommit}`, prepare: `${otherPrepare}` });
        const before = commit === otherCommit ? prepare < otherPrepare : commit < otherCommit;
        expect(position < other).toBe(before);
        expect(position > ORIGIN).toBe(true);
        expect(isPosition(position)).toBe(true);
      }),
    );
  });

  it('is the place that it was made of', () => {
    fc.assert(
      fc.property(fc.uuid(), u64, u64, (id, commit, prepare) => {
        const place = { commit: `${commit}`, prepare: `${prepare}` };
        expect(placeOf(identityOf(id), toPosition(identityOf(id), place))).toEqual(place);
      }),
    );
  });

  it('begins with four characters of its log, a letter first', () => {
    fc.assert(fc.property(fc.uuid(), (id) => expect(identityOf(id)).toMatch(/^[a-z][a-z0-9]{3}$/)));
    expect(identityOf('a')).not.toBe(identityOf('b'));
    expect(identityOf('a')).toBe(identityOf('a'));
  });

  it('of the origin is no place', () => expect(placeOf(identity, ORIGIN)).toBeUndefined());

  it.each([
    ['of SQLite', '00000000000000000007'],
    ['of another log', toPosition('zzzz', { commit: '7', prepare: '7' })],
    ['that is too short', `${identity}7`],
    ['with a sign', `${identity}-${'0'.repeat(39)}`],
  ])('%s is rejected with what to do', (_, position) => {
    expect(() => placeOf(identity, position as Position)).toThrow(PositionUnknown);
    expect(() => placeOf(identity, position as Position)).toThrow(/another event log.*start again without a position/);
  });

  it('is never the one that stands for none', () => {
    expect(() => toPosition(identity, { commit: '18446744073709551615', prepare: '7' })).toThrow(PositionUnknown);
    expect(() => toPosition(identity, { commit: '7', prepare: '18446744073709551615' })).toThrow(PositionUnknown);
  });
});
