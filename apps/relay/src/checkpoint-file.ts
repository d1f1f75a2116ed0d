import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Position } from '#event-log';
import type { RelayCheckpoint } from './relay.js';

/** A file with one position, replaced as a whole: a crash leaves the old one or the new one. */
export const checkpointFile = (file: string): RelayCheckpoint => ({
  async read() {
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    return text === undefined ? undefined : (text.trim() as Position);
  },
  async write(position) {
    await writeFile(`${file}.tmp`, `${position}\n`);
    await rename(`${file}.tmp`, file);
  },
});
