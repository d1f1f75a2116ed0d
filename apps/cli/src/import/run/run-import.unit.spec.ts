import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { CliError } from '../../terminal/cli-error.js';
import type { ReadRecord } from '../records/import-record.js';
import { unreadable } from '../records/row.js';
import type { ImportCheckpoint, ImportProgress } from './import-checkpoint.js';
import type { RejectsFile } from './rejects-file.js';
import { runImport } from './run-import.js';

afterEach(() => {
  jest.restoreAllMocks();
});

/** A rejects file on a disk that is full at the first attempt. */
function fullAtFirst() {
  const lines: number[] = [];
  let attempts = 0;
  const file: RejectsFile = {
    size: 0,
    async write(rejects) {
      if (rejects.length > 0 && ++attempts === 1) throw new CliError('the disk is full');
      lines.push(...rejects.map(({ line }) => line));
    },
    close: async () => {},
  };
  return { lines, file };
}

function remembered(): ImportCheckpoint {
  let progress: ImportProgress | undefined;
  return {
    load: async () => progress,
    save: async (saved) => {
      progress = saved;
    },
    clear: async () => {
      progress = undefined;
    },
  };
}

async function* badRows(): AsyncGenerator<ReadRecord> {
  for (let line = 1; line <= 4; line++) yield unreadable('f.csv', line, 'is no row', {});
}

const importRows = (rejects: RejectsFile, checkpoint: ImportCheckpoint) =>
  runImport({
    records: badRows(),
    commandsOf: () => [],
    sink: {
      problemOf: () => undefined,
      execute: async () => ({ kind: 'unchanged' }),
      finish: async () => {},
      close: async () => {},
    },
    checkpoint,
    rejectsPath: 'f.rejects.csv',
    openRejects: async () => rejects,
    signal: new AbortController().signal,
    inFlight: 4,
    onProgress: () => {},
  });

describe('an import whose rejects file cannot be written', () => {
  it('does not pass the rows that are missing from it, even where there is room again a moment later', async () => {
    // Every row finds that it is time to write down how far the import came.
    let now = 0;
    jest.spyOn(Date, 'now').mockImplementation(() => (now += 60_000));
    const { lines, file } = fullAtFirst();
    const checkpoint = remembered();
    await expect(importRows(file, checkpoint)).rejects.toThrow('the disk is full');
    await importRows(file, checkpoint);
    expect(lines).toEqual([1, 2, 3, 4]);
  });
});
