import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { emptyChain, extended } from './rolling-hash.js';

/** As the README tells a stranger to compute it. */
const asDocumented = (contentHashes: readonly string[]): string =>
  contentHashes
    .reduce<Buffer>((former, next) => createHash('sha256').update(former).update(Buffer.from(next, 'hex')).digest(), Buffer.alloc(32))
    .toString('hex');
const chainOf = (contentHashes: readonly string[]) => contentHashes.reduce(extended, emptyChain);

describe('the rolling hash', () => {
  const hashes = Array.from({ length: 5 }, () => randomBytes(32).toString('hex'));

  it('is what the formula says', () => {
    expect(chainOf([])).toEqual({ events: 0, hash: '0'.repeat(64) });
    // printf %064d%s 0 $(printf abc | sha256sum | cut -c1-64) | xxd -r -p | sha256sum
    expect(chainOf(['ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad']).hash).toBe(
      '589f9ffed4c477966bfb8d41f37895b08c69047df8f911d6f3b57fbe08faee8d',
    );
    expect(chainOf(hashes)).toEqual({ events: 5, hash: asDocumented(hashes) });
  });

  it('differs when an event is missing, doubled, changed or in another place', () => {
    const [a, b, c, d, e] = hashes as [string, string, string, string, string];
    const others = [[a, b, d, e], [a, b, c, c, d, e], [a, c, b, d, e], [a, b, c, d, a], []];
    for (const other of others) expect(chainOf(other).hash).not.toBe(chainOf(hashes).hash);
  });
});
