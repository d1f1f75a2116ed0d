import { describe, expect, it } from '@jest/globals';
import { openMemorySubjectKeys } from '../memory/memory-subject-keys.js';
import { KeyLost } from './key-lost.js';
import { createPublishingKeys, publishingKeyOf } from './publishing-keys.js';
import { createRecentKeys } from './recent-keys.js';
import type { StreamReads } from './subject-streams.js';

const naming = (...subjects: readonly string[]) =>
  ({
    async *readStream() {
      yield [{ sealed: subjects.map((subject) => ({ subject })) }];
    },
  }) as unknown as StreamReads;

describe('the publishing key of a customer', () => {
  const store = openMemorySubjectKeys();
  const keys = createPublishingKeys(createRecentKeys({ store, withinMs: 0 }));

  it('is absent where the stream names no key', async () => {
    expect(await publishingKeyOf('c-1', keys, naming())).toBeUndefined();
    expect(await publishingKeyOf('c-1', keys, naming('c-2'))).toBeUndefined();
  });

  it('is lost where the stream names one that the store does not have', async () => {
    await expect(publishingKeyOf('c-1', keys, naming('c-1'))).rejects.toThrow(KeyLost);
  });

  it('is lost where the store has one that it cannot decrypt', async () => {
    const error = Object.assign(new Error('damaged'), { name: 'WrappedKeyDamaged' });
    const damaged = { ...store, find: async () => new Map([['c-1', { kind: 'unreadable', error } as never]]) };
    const unreadable = createPublishingKeys(createRecentKeys({ store: damaged, withinMs: 0 }));
    await expect(publishingKeyOf('c-1', unreadable, naming('c-1'))).rejects.toThrow(KeyLost);
  });

  it('is that of the store, also where it was made after the store was first asked', async () => {
    let asked = 0;
    const late: typeof keys = async (subjects) => {
      if (asked++ === 0) return new Map();
      await store.ensure([...subjects]);
      return keys(subjects);
    };
    const key = await publishingKeyOf('c-3', late, naming('c-3'));
    expect(key).toEqual({ id: expect.any(String), key: expect.anything() });
    expect((await publishingKeyOf('c-3', keys, naming('c-3')))?.id).toBe(key?.id);
  });
});
