import { hash } from 'node:crypto';
import { hmac } from '#privacy/sealing/hmac.js';

/** How imports hash what they remember, which may be personal: 64 hex digits. */
export type ImportHash = (text: string) => string;

/** HMAC-SHA256. @param key as `ImportLog.hashKey` gives it */
export const hashUnder =
  (key: string): ImportHash =>
  (text) =>
    hmac(key, text, 'hex');

/** As imports did before there was a key: what they remember is still known. */
export const formerHash: ImportHash = (text) => hash('sha256', text, 'hex');
