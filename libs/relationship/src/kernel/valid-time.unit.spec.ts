import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  byTime,
  extended,
  type History,
  heldAt,
  heldIn,
  inTime,
  knownFrom,
  lastIn,
  later,
  noHistory,
  replacedIn,
  runsOf,
} from './valid-time.js';

interface Said {
  readonly at: string;
  readonly value: number;
}
/** The value tells the order of recording. */
const recorded = (instants: readonly number[]): readonly Said[] =>
  instants.map((instant, value) => ({ at: String(instant).padStart(4, '0'), value }));
const instants = fc.array(fc.nat(300), { maxLength: 300, size: 'max' });

/** The rule as it is said: the last by when it was true, of the same instant the one recorded later. */
const expected = (said: readonly Said[], instant: string): Said | undefined =>
  said
    .filter(({ at }) => at <= instant)
    .toSorted((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0))
    .at(-1);

describe('what was said, in order of time', () => {
  it('holds from when it was true until what was true later, and of one instant what was recorded later', () => {
    fc.assert(
      fc.property(instants, fc.nat(300), (given, asked) => {
        const said = recorded(given);
        const instant = String(asked).padStart(4, '0');
        const list = said.reduce<readonly Said[]>(inTime, []);
        const history = said.reduce<History<Said>>(extended, noHistory);
        expect(history.flat()).toEqual(list);
        expect(heldAt(list, instant)).toBe(expected(said, instant));
        expect(heldIn(history, instant)).toBe(expected(said, instant));
        const isEven = ({ value }: Said) => value % 2 === 0;
        expect(lastIn(history, instant, isEven)).toBe(expected(said.filter(isEven), instant));
        expect(said.reduce<Said | undefined>(later, undefined)).toBe(expected(said, '9999'));
      }),
    );
  });

  it('is changed in one place, the last that is wanted of an instant, or not at all', () => {
    fc.assert(
      fc.property(instants, fc.nat(300), (given, asked) => {
        const said = recorded(given);
        const history = said.reduce<History<Said>>(extended, noHistory);
        const instant = String(asked).padStart(4, '0');
        const isEven = ({ value }: Said) => value % 2 === 0;
        const wanted = said.findLast((item) => item.at === instant && isEven(item));
        const changed = replacedIn(history, instant, isEven, ({ at }) => ({ at, value: -1 }));
        if (wanted === undefined) expect(changed).toBe(history);
        else expect(changed.flat()).toEqual(history.flat().map((item) => (item === wanted ? { at: instant, value: -1 } : item)));
      }),
    );
  });

  it('is found and changed in a long history, wherever in it the instant lies', () => {
    // Two of each instant, so that some instant lies on both sides of every cut.
    const said = recorded(Array.from({ length: 1_001 }, (_, n) => Math.floor((n + 1) / 2)));
    const history = said.reduce<History<Said>>(extended, noHistory);
    expect(Math.max(...history.map((block) => block.length))).toBeLessThanOrEqual(128);
    // Those that come last fill one block after the other.
    expect(history.length).toBe(Math.ceil(1_001 / 128));
    for (const one of said) {
      const changed = replacedIn(
        history,
        one.at,
        ({ value }) => value === one.value,
        ({ at }) => ({ at, value: -1 }),
      );
      expect(changed.flat().findIndex(({ value }) => value === -1)).toBe(one.value);
      expect(lastIn(history, one.at, ({ value }) => value <= one.value)).toBe(one);
    }
    const scattered = said.toReversed().reduce<History<Said>>(extended, noHistory);
    expect(Math.min(...scattered.slice(0, -1).map((block) => block.length))).toBeGreaterThanOrEqual(64);
    const first = said[0]!.at;
    expect(lastIn(history, first, ({ value }) => value === 500)).toBeUndefined();
    expect(lastIn(noHistory, first, () => true)).toBeUndefined();
    expect(heldIn(noHistory, first)).toBeUndefined();
  });

  it('is sorted by time alone', () => {
    const said = recorded([5, 3, 5, 1, 3]);
    expect(said.toSorted(byTime).map(({ value }) => value)).toEqual([3, 1, 4, 0, 2]);
    const [five, three, other] = [said[0]!, said[1]!, said[2]!];
    expect([byTime(three, five), byTime(five, three), byTime(five, other)]).toEqual([-1, 1, 0]);
  });

  it('is known from its recording where the clock of the sender ran ahead', () => {
    const [early, late] = ['2026-01-01T00:00:00.000Z', '2026-01-01T00:03:00.000Z'];
    expect(
      [{ occurredAt: late, recordedAt: early }, { occurredAt: early, recordedAt: late }, { occurredAt: early }].map(knownFrom),
    ).toEqual([early, early, early]);
  });

  it('joins neighbours that say the same and leaves out what never was true', () => {
    const parity = (one: Said, other: Said) => one.value % 2 === other.value % 2;
    fc.assert(
      fc.property(instants, fc.nat(300), (given, asked) => {
        const list = recorded(given).reduce<readonly Said[]>(inTime, []);
        const runs = runsOf(list, parity);
        const instant = String(asked).padStart(4, '0');
        const [joined, held] = [heldAt(runs, instant), heldAt(list, instant)];
        expect(joined === undefined ? undefined : joined.value % 2).toBe(held === undefined ? undefined : held.value % 2);
        for (const [place, run] of runs.slice(1).entries()) {
          expect(parity(runs[place]!, run)).toBe(false);
          expect(runs[place]!.at < run.at).toBe(true);
        }
      }),
    );
  });

  it.each([
    ['in order', (n: number) => n],
    ['the latest first', (n: number) => 100_000 - n],
    ['of one instant', () => 1],
    ['in any order', (n: number) => (n * 7919) % 100_003],
  ])('copies little of a history of 100,000 that is recorded %s', (_, instantOf) => {
    let history: History<Said> = noHistory;
    let copied = 0;
    for (let n = 0; n < 100_000; n++) {
      history = n % 500 === 0 ? probed(history, n) : extended(history, said(n));
    }
    expect(history.flat()).toHaveLength(100_000);
    expect(copied / 200).toBeLessThan(2_500);

    function said(n: number): Said {
      return { at: String(instantOf(n)).padStart(6, '0'), value: n };
    }
    function probed(known: History<Said>, n: number): History<Said> {
      const blocks = new Set(known);
      const next = extended(known, said(n));
      copied += next.length + next.filter((block) => !blocks.has(block)).reduce((sum, block) => sum + block.length, 0);
      return next;
    }
  });
});
