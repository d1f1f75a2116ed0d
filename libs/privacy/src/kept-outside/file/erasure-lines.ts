import { createHash } from 'node:crypto';
import type { KeptErasure } from '../kept-outside.js';

const sumOf = (json: string): string => createHash('sha256').update(json).digest('hex').slice(0, 16);

/** JSON, a space, and the beginning of its SHA-256. */
export function lineOf({ subject, erasedAt }: KeptErasure): string {
  const json = JSON.stringify({ subject, erasedAt });
  return `${json} ${sumOf(json)}\n`;
}

/** Undefined where the line is not as it was written. */
export function erasureIn(line: string): KeptErasure | undefined {
  const [, json, sum] = /^(.*) ([0-9a-f]{16})$/s.exec(line) ?? [];
  return json !== undefined && sumOf(json) === sum ? (JSON.parse(json) as KeptErasure) : undefined;
}
