import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { loadLookup } from './lookup-table.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'letopis-lookup-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const tableOf = (text: string) => {
  const file = path.join(folder, 'items.csv');
  writeFileSync(file, text);
  return loadLookup('items', { file, key: 'item', missing: ['n/a'] });
};

it('finds nothing under a blank key, however often it stands there', async () => {
  const table = await tableOf('item,price\n,1\n ,2\ntea,3\n');
  expect([table.has(''), table.has(' '), table.get('tea', 'price')]).toEqual([false, false, '3']);
});

it('answers values without the blanks around them, as columns are read, and none for those that are missing', async () => {
  const table = await tableOf('item,price\n tea , 3 \npot, n/a \ncup, \n');
  expect(['tea', ' tea', 'pot', 'cup'].map((key) => table.get(key, 'price'))).toEqual(['3', '3', undefined, undefined]);
});
