import { isUtf8 } from 'node:buffer';
import { Problem } from '../problems/problem.js';
import { findJsonFault } from './json-fault.js';

/** Deeper than any body of ours, and far from what a recursive reader cannot bear. */
const DEEPEST = 32;

/**
 * Reads the bytes of a body. An empty one is no body.
 * @throws Problem `malformed-utf8` or `malformed-json`, with the position of the fault, never what stands there
 */
export const parseJsonBody = (bytes: Buffer): unknown => {
  if (bytes.length === 0) return undefined;
  if (!isUtf8(bytes)) {
    const position = utf8Fault(bytes);
    throw new Problem('malformed-utf8', `The byte at position ${position} is not UTF-8.`, { position });
  }
  const text = bytes.toString('utf8');
  const tooDeep = mayNestTooDeep(text) ? depthFault(text) : undefined;
  if (tooDeep !== undefined) throw malformed(text, tooDeep, `is nested deeper than ${DEEPEST} levels`);
  try {
    return mayNeedRejecting(text) ? JSON.parse(text, rejecting) : JSON.parse(text);
  } catch (error) {
    if (error instanceof Problem) throw error;
    const fault = findJsonFault(text) ?? text.length;
    throw malformed(text, fault, fault >= text.length ? 'ends too early' : 'is not JSON');
  }
};

const malformed = (text: string, index: number, what: string): Problem => {
  const position = Buffer.byteLength(text.slice(0, index));
  const line = text.slice(0, index).split('\n').length;
  const column = index - text.lastIndexOf('\n', index - 1);
  return new Problem('malformed-json', `The body ${what} at position ${position} (line ${line}, column ${column}).`, {
    position,
    line,
    column,
  });
};

/** To look at every member costs several times the parsing, and hardly a body has a word or a number like these. */
const mayNeedRejecting = (text: string): boolean => text.includes('__proto__') || text.includes('\\u00') || /e\+?\d{3}|\d{200}/i.test(text);

/** The name that makes an object pass for something else, and numbers that become infinite, which no log can hold. */
const rejecting = (key: string, value: unknown): unknown => {
  if (key === '__proto__') throw new Problem('malformed-json', `A member must not be named ${key}.`);
  if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY)
    throw new Problem('malformed-json', 'A number is beyond 1.8e308, the largest supported number.');
  return value;
};

/** Counting brackets costs a fraction of following them, and few of them cannot nest deep. */
const mayNestTooDeep = (text: string): boolean => count(text, '{') + count(text, '[') > DEEPEST;

const count = (text: string, character: string): number => {
  let found = 0;
  for (let at = text.indexOf(character); at !== -1; at = text.indexOf(character, at + 1)) found++;
  return found;
};

const depthFault = (text: string): number | undefined => {
  let depth = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x22) quoted = !quoted;
    else if (quoted) {
      if (code === 0x5c) index++;
    } else if (code === 0x7b || code === 0x5b) {
      if (++depth > DEEPEST) return index;
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
  return undefined;
};

const utf8Fault = (bytes: Buffer): number => {
  let at = 0;
  while (at < bytes.length) {
    const lead = bytes[at] as number;
    const size = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (size > 1 && !isUtf8(bytes.subarray(at, at + size))) return at;
    at += size;
  }
  return at;
};
