import { hash } from 'node:crypto';

const BLOCK = 64;
const DIGEST = 32;

const inner = Buffer.alloc(8_192);
const outer = Buffer.alloc(BLOCK + DIGEST);

/**
 * HMAC-SHA256 (RFC 2104). It is taken for every command: two hashes over buffers that are used again cost a fraction of an object of
 * createHmac, most of all where the garbage collector comes to it.
 * @param key 64 bytes at most, a character each, as an answer in `binary` has them
 */
export function hmac(key: string, message: string, encoding: 'hex' | 'binary'): string {
  const most = BLOCK + message.length * 3;
  const first = most <= inner.length ? inner : Buffer.allocUnsafe(most);
  pad(first, key, 0x36);
  pad(outer, key, 0x5c);
  const end = BLOCK + first.write(message, BLOCK);
  outer.write(hash('sha256', first.subarray(0, end), 'binary'), BLOCK, 'binary');
  return hash('sha256', outer, encoding);
}

function pad(block: Buffer, key: string, byte: number): void {
  block.fill(byte, 0, BLOCK);
  for (let at = 0; at < key.length; at++) block[at] = key.charCodeAt(at) ^ byte;
}
