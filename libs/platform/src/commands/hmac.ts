import { hash } from 'node:crypto';

/** Key of an HMAC-SHA256, as RFC 2104 lays it over the two blocks. */
export interface HmacKey {
  readonly inner: Buffer;
  readonly outer: Buffer;
}

const BLOCK = 64;
const DIGEST = 32;

/** @param bytes 64 at most */
export function hmacKey(bytes: Buffer): HmacKey {
  const padded = (pad: number) => Buffer.alloc(BLOCK).map((_, at) => (bytes[at] ?? 0) ^ pad) as Buffer;
  return { inner: padded(0x36), outer: padded(0x5c) };
}

/**
 * HMAC-SHA256 (RFC 2104). It is taken for every command: two hashes without objects around them cost less than an object of createHmac,
 * most of all where the garbage collector comes to it.
 */
export function hmac({ inner, outer }: HmacKey, message: string | Buffer): Buffer {
  const first = Buffer.allocUnsafe(BLOCK + Buffer.byteLength(message));
  inner.copy(first);
  if (typeof message === 'string') first.write(message, BLOCK);
  else message.copy(first, BLOCK);
  const second = Buffer.allocUnsafe(BLOCK + DIGEST);
  outer.copy(second);
  hash('sha256', first, 'buffer').copy(second, BLOCK);
  return hash('sha256', second, 'buffer');
}
