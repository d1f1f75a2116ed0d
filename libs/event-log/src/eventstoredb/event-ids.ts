import { hash } from 'node:crypto';

const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** The server takes UUIDs only: that of a ULID has the same 128 bits; an id that is neither is hashed. */
export function uuidOf(id: string): string {
  if (UUID.test(id)) return id.toLowerCase();
  return dashed(ULID.test(id) ? bitsOf(id) : hash('sha256', id, 'hex').slice(0, 32));
}

/** Ten digits at a time, which are 50 bits: a number holds 53. */
function bitsOf(ulid: string): string {
  let bits = 0n;
  for (let at = 0; at < ulid.length; at += 10) {
    const digits = ulid.slice(at, at + 10);
    let value = 0;
    for (const digit of digits) value = value * 32 + CROCKFORD.indexOf(digit);
    bits = (bits << BigInt(5 * digits.length)) | BigInt(value);
  }
  return bits.toString(16).padStart(32, '0');
}

const dashed = (hex: string): string => `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
