import { Type } from 'typebox';
import { type EventOf, event, optional, plain, strict, text } from '../kernel/event.js';
import { hashesPattern, rowContentsPattern, rowsPattern } from './remembered-rows.js';

const hex = (length: number) => Type.String({ pattern: `^[0-9a-f]{${length}}$` });
// Of all hashes of the event: HMACs under a secret of the installation. Plain SHA-256 when absent.
const hashes = () => optional(Type.Literal('hmac'));
const number = () => Type.Integer({ minimum: 1 });

export const importBegun = event(
  'import-begun',
  'An import of a file with this mapping started; state that it sets belongs to its number.',
  strict({
    number: number(),
    hashes: hashes(),
    name: hex(32),
    // Absent where the rows are mended ones of a file that no import is known of.
    sha256: optional(hex(64)),
    inputs: optional(hex(64)),
    // Of the company, for times that name none: the same file is read in it again. UTC when absent.
    zone: optional(plain(text(100), 'a time zone of the company')),
    // Its commands may be known by the ids that they had before imports had numbers.
    formerly: optional(Type.Literal(true)),
    // Said the same before `formerly` did.
    first: optional(Type.Literal(true)),
  }),
);
export const importRowsRemembered = event(
  'import-rows-remembered',
  'Commands of these rows of an import changed nothing, or were rejected, and are not decided again.',
  strict({
    number: number(),
    hashes: hashes(),
    rows: optional(Type.String({ pattern: rowsPattern })),
    // By the command that was rejected.
    rejected: optional(Type.String({ pattern: rowsPattern })),
    contents: optional(Type.String({ pattern: rowContentsPattern })),
  }),
);
export const importCommandsRemembered = event(
  'import-commands-remembered',
  'Commands that imports of this system issued changed nothing, and are not decided again.',
  strict({ hashes: hashes(), commands: Type.String({ pattern: hashesPattern }), contents: Type.String({ pattern: hashesPattern }) }),
);

export const importEvents = [importBegun, importRowsRemembered] as const;
export type ImportEvent = EventOf<(typeof importEvents)[number]>;

export const importSourceEvents = [importCommandsRemembered] as const;
export type ImportSourceEvent = EventOf<(typeof importSourceEvents)[number]>;
