import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { UNKNOWN_CUSTOMER } from '#platform';
import { prepareImport } from './import-file.js';
import { inMemorySink } from './memory/in-memory-sink.js';
import { noCheckpoint } from './run/import-checkpoint.js';
import type { Reject } from './run/row-result.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'letopis-rejected-customers-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const column = ($column: string) => ({ $column });
const mapping = {
  system: 'shop',
  source: { format: 'csv' },
  commands: [
    { command: 'register-customer', target: column('a'), once: true, body: { kind: 'person', displayName: column('a') } },
    {
      command: 'register-customer',
      target: { $column: 'b', map: { nobody: null, unclear: 'b2' }, otherwise: 'keep' },
      body: { kind: column('kind'), displayName: column('b') },
    },
    {
      command: 'convert-referral',
      when: { column: 'c', notEmpty: true },
      target: column('a'),
      body: { referralId: column('ref'), referredCustomerId: column('c') },
    },
  ],
} as const;

it('a rejected row concerns everybody whom one of its commands is of or names, and somebody unknown where the mapping cannot say whom', async () => {
  const file = path.join(folder, 'f.csv');
  writeFileSync(file, 'a,b,kind,c,ref\na1,b1,wrong,,\na2,unclear,wrong,c2,r2\na3,nobody,person,,\n');
  const prepared = await prepareImport(file, mapping, { dryRun: false, mappingPath: 'm.json', lookups: new Map() });
  const sink = await inMemorySink();
  const kept: Reject[] = [];
  const keepRejects = () => async (rejects: readonly Reject[]) => void kept.push(...rejects);
  await prepared.run(sink, noCheckpoint, { signal: new AbortController().signal, onProgress: () => {}, keepRejects });
  await sink.close();
  expect(kept.map(({ line, customerIds }) => [line, customerIds])).toEqual([
    [2, ['a1', 'b1']],
    [3, ['a2', 'b2', 'c2']],
    [4, ['a3', UNKNOWN_CUSTOMER]],
  ]);
});
