import { hash } from 'node:crypto';
import { ORIGIN, type Position, PositionUnknown } from '../event-log.js';

/** A place in `$all`; both are u64 in decimal. */
export interface Place {
  readonly commit: string;
  readonly prepare: string;
}

const DIGITS = 20;
const FORM = /^[a-z][a-z0-9]{3}\d{40}$/;
/** "No position" on the wire. Some server versions sent it as a checkpoint: whoever resumes after it waits for ever. */
const NONE = String(2n ** 64n - 1n);

/** Four characters that the positions of a log begin with, so that those of another log are recognised. They sort after `ORIGIN`. */
export function identityOf(logId: string): string {
  const digest = hash('sha256', logId, 'buffer');
  const letter = String.fromCharCode(97 + (digest[0]! % 26));
  return letter + (digest.readUInt32BE(1) % 36 ** 3).toString(36).padStart(3, '0');
}

export function toPosition(identity: string, { commit, prepare }: Place): Position {
  if (commit === NONE || prepare === NONE) throw new PositionUnknown(commit, 'the server sent no position with an event');
  return (identity + commit.padStart(DIGITS, '0') + prepare.padStart(DIGITS, '0')) as Position;
}

/**
 * Undefined for the origin.
 * @throws PositionUnknown for a position of another log
 */
export function placeOf(identity: string, position: Position): Place | undefined {
  if (position === ORIGIN) return undefined;
  if (!FORM.test(position) || !position.startsWith(identity))
    throw new PositionUnknown(position, `it is of another event log; positions of this one begin with ${identity} and have 44 characters`);
  const [commit, prepare] = [position.slice(4, 4 + DIGITS), position.slice(4 + DIGITS)].map((digits) => BigInt(digits).toString());
  return { commit: commit!, prepare: prepare! };
}
