import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { exitCode } from '../../terminal/exit-code.js';
import { openRejectsFile } from './rejects-file.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'letopis-rejects-'));
  file = path.join(folder, 'r.csv');
});
afterEach(() => rmSync(folder, { recursive: true }));

const reject = (line: number) => ({
  file: 'f.csv',
  line,
  of: { importId: '0'.repeat(32), number: 1, file: 'f'.repeat(12), formerly: false, zone: 'UTC', reference: '1-0a1b2c3d-9f86d081884c' },
  reason: 'is bad',
  applied: [],
  original: { a: `row ${line}` },
  surplus: [],
});
async function write(line: number) {
  const rejects = await openRejectsFile(file, 'csv', 0);
  await rejects.write([reject(line)]);
  await rejects.close();
}

describe('a rejects file', () => {
  it('never takes the place of one that is there, nor of one that was set aside', async () => {
    for (const line of [1, 2, 3, 4]) await write(line);
    expect(readdirSync(folder).sort()).toEqual(['r.csv', 'r.csv.old', 'r.csv.old.2', 'r.csv.old.3']);
    expect(readFileSync(`${file}.old`, 'utf8')).toContain('row 1');
    expect(readFileSync(`${file}.old.2`, 'utf8')).toContain('row 2');
  });

  it('on a full disk makes the import one that cannot go on now, not one that is wrong', async () => {
    const rejects = await openRejectsFile(file, 'csv', 0);
    symlinkSync('/dev/full', file);
    await expect(rejects.write([reject(1)])).rejects.toMatchObject({
      exit: exitCode.unavailable,
      message: expect.stringMatching(/cannot be written \(ENOSPC.*free some space/),
    });
    expect(rejects.size).toBe(0);
    await rejects.close();
  });
});
