import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { createGroupCommit } from './group-commit.js';

/** Appends that end when they are asked to. */
function appends() {
  const groups: (readonly string[])[] = [];
  const ends: PromiseWithResolvers<void>[] = [];
  return {
    groups,
    end: (index: number) => ends[index]?.resolve(),
    fail: (index: number, error: Error) => ends[index]?.reject(error),
    append: (entries: readonly string[]) => {
      groups.push(entries);
      const end = Promise.withResolvers<void>();
      ends.push(end);
      return end.promise;
    },
  };
}

describe('a group commit', () => {
  it('appends what waits at once, and answers each when it is durable', async () => {
    const { groups, end, append } = appends();
    const commit = createGroupCommit<string>(10, append);
    const answered: string[] = [];
    for (const entry of ['a', 'b']) void commit.add(entry, []).then(() => answered.push(entry));
    await turn();
    expect(groups).toEqual([]);
    commit.flush();
    await turn();
    expect({ groups, answered }).toEqual({ groups: [['a', 'b']], answered: [] });
    end(0);
    await turn();
    expect(answered).toEqual(['a', 'b']);
  });

  it('appends by itself when a group is full, one group after another', async () => {
    const { groups, end, append } = appends();
    const commit = createGroupCommit<string>(2, append);
    const all = ['a', 'b', 'c', 'd', 'e'].map((entry) => commit.add(entry, []));
    await turn();
    expect(groups).toEqual([['a', 'b']]);
    end(0);
    await turn();
    expect(groups).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    commit.flush();
    end(1);
    await turn();
    end(2);
    await Promise.all(all);
    expect(groups[2]).toEqual(['e']);
  });

  it('knows under which keys something is not durable, and waits for the last of it', async () => {
    const { end, append } = appends();
    const commit = createGroupCommit<string>(10, append);
    const waited: string[] = [];
    void commit.add('1', ['a', 'b']);
    commit.flush();
    void commit.add('2', ['b']);
    commit.flush();
    void commit.add('3', ['c']);
    for (const keys of [['a'], ['a', 'b'], ['c']]) void commit.pending(keys)!.then(() => waited.push(keys.join()));
    expect(commit.pending(['d'])).toBeUndefined();
    await turn();
    end(0);
    await turn();
    expect(waited).toEqual(['a']);
    expect([commit.pending(['a']), commit.pending(['b']) !== undefined]).toEqual([undefined, true]);
    end(1);
    await turn();
    expect(waited).toEqual(['a', 'a,b']);
    expect(commit.pending(['b'])).toBeUndefined();
  });

  it('appends nothing after a failure, of which everybody learns who waits', async () => {
    const { groups, fail, append } = appends();
    const commit = createGroupCommit<string>(1, append);
    const waiting = ['a', 'b'].map((entry) => commit.add(entry, [entry]).catch((error: Error) => error.message));
    await turn();
    fail(0, new Error('the disk is full'));
    expect(await Promise.all(waiting)).toEqual(['the disk is full', 'the disk is full']);
    await expect(commit.pending(['a'])).rejects.toThrow('the disk is full');
    await expect(commit.add('c', [])).rejects.toThrow('the disk is full');
    expect(groups).toEqual([['a']]);
  });
});
