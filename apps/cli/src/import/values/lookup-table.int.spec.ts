import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import { loadLookup } from './lookup-table.js';

it('finds nothing under a blank key, however often it stands there', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'letopis-lookup-'));
  try {
    const file = path.join(folder, 'items.csv');
    writeFileSync(file, 'item,price\n,1\n ,2\ntea,3\n');
    const table = await loadLookup('items', { file, key: 'item' });
    expect([table.has(''), table.has(' '), table.get('tea', 'price')]).toEqual([false, false, '3']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
