import { describe, expect, it } from '@jest/globals';
import { askingTogether } from './asking-together.js';

/** Answers when told to, with the ids in capitals but for those of nobody. */
function engine() {
  const questions: { readonly ids: readonly string[]; readonly answer: () => void; readonly fail: () => void }[] = [];
  const find = askingTogether(
    (ids) =>
      new Promise<ReadonlyMap<string, string>>((resolve, reject) => {
        const known = ids.filter((id) => !id.startsWith('nobody'));
        const answer = () => resolve(new Map(known.map((id) => [id, id.toUpperCase()])));
        questions.push({ ids, answer, fail: () => reject(new Error('gone')) });
      }),
  );
  return { find, questions };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('asking together', () => {
  it('asks at once, and for all who came meanwhile with one question more', async () => {
    const { find, questions } = engine();
    const first = find('a');
    const crowd = Array.from({ length: 1_000 }, (_, i) => find(i % 2 === 0 ? `nobody-${i}` : 'b'));
    expect(questions.map(({ ids }) => ids)).toEqual([['a']]);
    questions[0]!.answer();
    expect(await first).toBe('A');
    await settled();
    expect(questions).toHaveLength(2);
    expect(questions[1]!.ids).toHaveLength(501);
    questions[1]!.answer();
    expect(new Set(await Promise.all(crowd))).toEqual(new Set([undefined, 'B']));
  });

  it('never answers with what was asked before', async () => {
    const { find, questions } = engine();
    const [early, late] = [find('a'), find('a')];
    questions[0]!.answer();
    await early;
    await settled();
    expect(questions.map(({ ids }) => ids)).toEqual([['a'], ['a']]);
    questions[1]!.answer();
    expect(await late).toBe('A');
  });

  it('tells all who wait of a failure, and asks again afterwards', async () => {
    const { find, questions } = engine();
    const waiting = [find('a'), find('b'), find('c')].map((each) => expect(each).rejects.toThrow('gone'));
    questions[0]!.fail();
    await Promise.all(waiting);
    await settled();
    const again = find('b');
    expect(questions.map(({ ids }) => ids)).toEqual([['a'], ['b']]);
    questions[1]!.answer();
    expect(await again).toBe('B');
  });
});
