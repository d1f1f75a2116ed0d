import { Flag, Matching, OneOf, Optional, Whole, Zone } from '../kernel/body.js';
import { type CommandOf, command } from '../kernel/command.js';
import type { Role } from '../kernel/decider.js';
import { hashesPattern, rowContentsPattern, rowsPattern } from './remembered-rows.js';

const hex = (digits: number) => Matching(`^[0-9a-f]{${digits}}$`, `${digits} hex digits`);
const ranges = 'ranges of rows such as 2:2-10001 3:5-5';
/** How all hashes of the body were made: under the key of `GET /import-sources/{importSourceId}/hash-key`. Clients of before made plain ones. */
const Hashes = () => OneOf(['hmac']);
const importers: readonly Role[] = ['service', 'admin'];

export class BeginImport {
  /** The one after the last import under this mapping. */
  @Whole(1, Number.MAX_SAFE_INTEGER) number!: number;
  @Hashes() hashes!: 'hmac';
  /** Of the name of the file, which may be personal. */
  @hex(32) name!: string;
  /** Of the file, unpacked. Without it the import is of mended rows whose file no import is known of. */
  @Optional() @hex(64) sha256?: string;
  /** Of what else the rows are made from: lookup files, the encoding that was given. */
  @Optional() @hex(64) inputs?: string;
  /** Of the company, in which it reads times that name no zone; UTC when absent. */
  @Optional() @Zone() zone?: string;
  /** Its commands may be known by the ids that they had before imports had numbers. */
  @Optional() @Flag() formerly?: boolean;
}

export class RememberImportRows {
  @Hashes() hashes!: 'hmac';
  @Whole(1, Number.MAX_SAFE_INTEGER) number!: number;
  @Optional() @Matching(rowsPattern, ranges) rows?: string;
  @Optional() @Matching(rowsPattern, ranges) rejected?: string;
  @Optional() @Matching(rowContentsPattern, 'contents of rows such as 2:17=9f86d081') contents?: string;
}

export class RememberImportCommands {
  @Hashes() hashes!: 'hmac';
  /** Hashes of command ids, 8 bytes each. */
  @Matching(hashesPattern, 'hashes in base64') commands!: string;
  /** Hashes of what those commands said, 4 bytes each, in the same order. */
  @Matching(hashesPattern, 'hashes in base64') contents!: string;
}

export const importCommands = [
  command({
    name: 'begin-import',
    body: BeginImport,
    path: '/imports/:importId/begin',
    summary: 'Start an import of a file with a mapping',
    roles: importers,
    rejections: ['import-begun-meanwhile'],
  }),
  command({
    name: 'remember-import-rows',
    body: RememberImportRows,
    path: '/imports/:importId/remembered-rows',
    summary: 'Record which commands of an import changed nothing and which rows were rejected',
    roles: importers,
    rejections: ['import-unknown'],
  }),
] as const;
export type ImportCommand = CommandOf<(typeof importCommands)[number]>;

export const importSourceCommands = [
  command({
    name: 'remember-import-commands',
    body: RememberImportCommands,
    path: '/import-sources/:importSourceId/remembered-commands',
    summary: 'Record which commands of the imports of a system changed nothing',
    roles: importers,
    rejections: [],
  }),
] as const;
export type ImportSourceCommand = CommandOf<(typeof importSourceCommands)[number]>;
