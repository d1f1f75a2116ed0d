import { describe, expect, it } from '@jest/globals';
import { formerHash, hashUnder } from './import-hashes.js';
import { contentHashOf, createKnownCommands, idHashOf } from './known-commands.js';

const hash = hashUnder('5a'.repeat(32));
const content = (text: string) => contentHashOf(hash, { name: 'add-note', target: 'c', body: { text } });

describe('remembered commands', () => {
  it('are known by the hash of their id with the hash of what they said, also by the hundred thousand', () => {
    const known = createKnownCommands();
    for (let block = 0; block < 10; block++) {
      const ids = Array.from({ length: 10_000 }, (_, index) => `id ${block} ${index}`);
      known.add(Buffer.concat(ids.map((id) => idHashOf(hash, id))), Buffer.concat(ids.map(content)));
    }
    expect(known.size).toBe(100_000);
    for (const id of ['id 0 0', 'id 4 9999', 'id 9 9999']) expect(known.contentOf(idHashOf(hash, id))).toEqual(content(id));
    for (const id of ['id 10 0', 'id 0 10000', '']) expect(known.contentOf(idHashOf(hash, id))).toBeUndefined();
  });

  it('are told apart from nothing where the hash is all zeros', () => {
    const known = createKnownCommands();
    const zeros = Buffer.alloc(8);
    expect(known.contentOf(zeros)).toBeUndefined();
    known.add(zeros, content('a'));
    expect(known.contentOf(zeros)).toEqual(content('a'));
  });

  it('say the same whatever the order of the members of their body', () => {
    const of = (body: object) => contentHashOf(hash, { name: 'add-note', target: 'c', body });
    expect(of({ a: 1, b: 2 })).toEqual(of({ b: 2, a: 1 }));
    expect(of({ a: 1, b: 2 })).not.toEqual(of({ a: 1, b: 3 }));
  });

  it('cannot be found by trying without the key, nor be compared with those of another system', () => {
    const profile = { name: 'record-profile', target: 'c', body: { person: { birthDate: '1980-05-17' } } };
    const hashes = [hash, formerHash, hashUnder('5b'.repeat(32))].map((by) => contentHashOf(by, profile).toString('hex'));
    expect(new Set(hashes).size).toBe(3);
  });
});
