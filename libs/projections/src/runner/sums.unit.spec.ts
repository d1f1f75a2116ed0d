import fc from 'fast-check';
import { dayName, dayNumber } from '../days.js';
import { addAmount, createSums, type Deltas, entriesOf, joinedSums } from './sums.js';

const day = fc.integer({ min: dayNumber('0001-01-01'), max: dayNumber('9999-12-31') });
const nearDay = fc.integer({ min: 20_000, max: 20_040 });
const series = fc.constantFrom('measure=a|', 'measure=b|', 'measure=b|stage=c|');
const added = fc.tuple(series, fc.oneof(nearDay, day), nearDay, fc.integer({ min: -2, max: 2 }));

const byText = ([a]: readonly [string, number], [b]: readonly [string, number]) => (a < b ? -1 : 1);

describe('sums', () => {
  it('are one a series, day and day of knowledge, in order and without those that are zero', () => {
    fc.assert(
      fc.property(fc.array(added, { maxLength: 2_000 }), (all) => {
        const sums = createSums();
        const plain = new Map<string, number>();
        for (const [series, day, known, amount] of all) {
          sums.add(series, [day, known, amount]);
          const key = `${series} ${dayName(day)} ${dayName(known)}`;
          plain.set(key, (plain.get(key) ?? 0) + amount);
        }
        const expected = [...plain].filter(([, amount]) => amount !== 0).sort(byText);
        expect([...sums.entries()].map(({ series, day, known, amount }) => [`${series} ${day} ${known}`, amount])).toEqual(expected);
        expect(sums.size()).toBe(expected.length);
      }),
    );
  });

  it('that were gathered apart come together as if they had been one', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), added), { maxLength: 500 }), (all) => {
        const [one, here, there] = [createSums(), createSums(), createSums()];
        for (const [apart, [series, day, known, amount]] of all) {
          for (const sums of [one, apart ? there : here]) sums.add(series, [day, known, amount]);
        }
        const joined = joinedSums([here.packed(), structuredClone(there.packed())]);
        expect([...entriesOf(joined)]).toEqual([...one.entries()]);
        here.addPacked(there.packed());
        expect(here.size()).toBe(one.size());
      }),
    );
  });

  it('of deltas are the same whether what is taken back was found again or not', () => {
    fc.assert(
      fc.property(fc.array(added, { maxLength: 200 }), (all) => {
        const [one, other] = [createSums(), createSums()];
        const deltas: Deltas = new Map();
        for (const [series, day, known, amount] of all) {
          if (amount === 0) continue;
          one.add(series, [day, known, amount]);
          addAmount(deltas, series, day, known, amount);
        }
        for (const [series, amounts] of deltas) other.add(series, amounts);
        expect([...other.entries()]).toEqual([...one.entries()]);
      }),
    );
  });
});

describe('sums beyond what numbers hold exactly', () => {
  const most = Number.MAX_SAFE_INTEGER;
  const amounts = (sums: ReturnType<typeof createSums>) => [...sums.entries()].map(({ amount }) => amount);

  it('stay apart, in one thread and in several', () => {
    const sums = createSums();
    sums.add('a', [1, 1, most]);
    sums.add('a', [1, 1, 2]);
    sums.add('a', [1, 1, -1]);
    expect(amounts(sums)).toEqual([most - 1, 2]);
    expect(sums.size()).toBe(2);
    const others = createSums();
    others.add('a', [1, 1, 5]);
    others.addPacked(sums.packed());
    expect(amounts(others).reduce((sum, amount) => sum + BigInt(amount), 0n)).toBe(BigInt(most) + 6n);
    expect(amounts(others).every(Number.isSafeInteger)).toBe(true);
  });

  it('of one change stay apart too', () => {
    const deltas: Deltas = new Map();
    for (const amount of [most, 2, -most]) addAmount(deltas, 'a', 1, 1, amount);
    const added = deltas.get('a')!.filter((_, at) => at % 3 === 2);
    expect(added.every(Number.isSafeInteger)).toBe(true);
    expect(added.reduce((sum, amount) => sum + BigInt(amount), 0n)).toBe(2n);
  });
});
