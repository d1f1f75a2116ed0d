import { existsSync } from 'node:fs';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { PRIVATE_FILE, privateFolder } from '#sqlite';
import type { ImportHash } from '../memory/import-hashes.js';
import { emptyTally, type ImportTally } from './import-tally.js';

/** How far an import has come: every row up to `rows` is settled. Losing it costs time and nothing else, because commands keep their ids. */
export interface ImportProgress {
  /** Number of the import; absent from before imports had numbers. */
  readonly import?: number;
  readonly rows: number;
  readonly rejectsPath: string;
  readonly rejectsSize: number;
  readonly tally: ImportTally;
}

/** What an import is known by. */
export interface CheckpointOf {
  readonly fingerprint: string;
  readonly rejectsPath: string;
}

export interface ImportCheckpoint {
  /** What an earlier run of this import came to. */
  load(number: number): Promise<ImportProgress | undefined>;
  save(progress: ImportProgress): Promise<void>;
  /** The import is complete: the next run of the same file goes through all of it again. */
  clear(): Promise<void>;
}

/**
 * Kept beside the chronicle that it speaks of, under the contents of file, lookups and mapping: what changed starts over.
 * @param fingerprint of these contents, which no name of a file may give away
 */
export function fileCheckpoint(dataFolder: string, { fingerprint, rejectsPath }: CheckpointOf, hash: ImportHash): ImportCheckpoint {
  const folder = path.join(dataFolder, 'imports');
  const file = path.join(folder, `${hash(fingerprint).slice(0, 48)}.json`);
  // As it was named while hashes had no key.
  const formerFile = path.join(folder, `${fingerprint}.json`);
  return {
    async load(number) {
      if (existsSync(formerFile)) await rename(formerFile, file);
      try {
        const progress = JSON.parse(await readFile(file, 'utf8')) as ImportProgress;
        if (progress.rejectsPath !== rejectsPath || (progress.import ?? 1) !== number) return undefined;
        if (progress.rejectsSize > 0 && (await stat(rejectsPath)).size < progress.rejectsSize) return undefined;
        return { ...progress, tally: { ...emptyTally(), ...progress.tally } };
      } catch {
        return undefined;
      }
    },
    async save(progress) {
      privateFolder(folder);
      const aside = `${file}.tmp`;
      const handle = await open(aside, 'w', PRIVATE_FILE);
      await handle.writeFile(JSON.stringify(progress));
      await handle.sync();
      await handle.close();
      await rename(aside, file);
    },
    clear: () => rm(file, { force: true }),
  };
}

/** Over HTTP and in a rehearsal nothing is remembered here. */
export const noCheckpoint: ImportCheckpoint = { load: async () => undefined, save: async () => {}, clear: async () => {} };
