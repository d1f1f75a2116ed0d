import { describe, expect, it } from '@jest/globals';
import type { Server } from '../server/server.js';
import { CliError } from '../terminal/cli-error.js';
import { httpForeignKeyIds } from './http-foreign-key-ids.js';

/** A server that answers each key with itself, and how many it was asked for each time. */
function echo() {
  const asked: number[] = [];
  const post = async (_: string, body: string) => {
    const { of } = JSON.parse(body) as { readonly of: readonly (readonly string[])[] };
    asked.push(of.length);
    return { ids: of.map((key) => `id of ${key.join('/')}`) };
  };
  const server = { post, failure: (problem: string) => new CliError(problem) } as unknown as Server;
  return { asked, ids: httpForeignKeyIds(server) };
}

async function* numbers(count: number) {
  for (let n = 0; n < count; n++) yield n;
}

describe('ids that a server derives', () => {
  it('are asked for until the work has all that it needs, also those that depend on others, and never again', async () => {
    const { asked, ids } = echo();
    const work = () => ids.of('s', ids.of('s', 'a'), 'b');
    expect(await ids.deriving(work)).toBe('id of s/id of s/a/b');
    expect(asked.reduce((sum, count) => sum + count)).toBe(3);
    expect(ids.deriving(work)).toBe('id of s/id of s/a/b');
    expect(asked).toHaveLength(2);
  });

  it('reach work that failed for the lack of them; what fails with them all fails', async () => {
    const { ids } = echo();
    const work = (wrong: string) => () => {
      const id = ids.of('s', 'a');
      if (id !== 'id of s/a' || wrong) throw new Error(`no ${id}`);
      return id;
    };
    expect(await ids.deriving(work(''))).toBe('id of s/a');
    expect(() => ids.deriving(work('wrong'))).toThrow('no id of s/a');
  });

  it('are asked for once for many records, which come in their order, and then are there', async () => {
    const { asked, ids } = echo();
    const derive = (n: number) => [ids.of('s', String(n % 700)), ids.of('s', 'all')];
    const seen: number[] = [];
    for await (const n of ids.ahead(numbers(1_200), derive)) {
      expect(ids.deriving(() => derive(n))).toEqual([`id of s/${n % 700}`, 'id of s/all']);
      seen.push(n);
    }
    expect(seen).toEqual(Array.from({ length: 1_200 }, (_, n) => n));
    // 501 of the first block, 200 of the second, none of the third.
    expect(asked).toEqual([501, 200]);
  });

  it('are asked for in requests of 10,000 at most, and of half a megabyte', async () => {
    const { asked, ids } = echo();
    await ids.deriving(() => Array.from({ length: 10_001 }, (_, n) => ids.of('s', String(n))));
    expect(asked).toEqual([10_000, 1]);
    await ids.deriving(() => Array.from({ length: 3 }, (_, n) => ids.of('s', `${n}${'x'.repeat(300_000)}`)));
    expect(asked.slice(2)).toEqual([1, 1, 1]);
  });

  it('cannot be had where nobody waits for them', () => {
    const { ids } = echo();
    expect(() => ids.of('s', 'a')).toThrow('an "order" cannot use "$id" or "$row" there');
    expect(() => ids.of('s', '\ud800')).toThrow(URIError);
  });
});
