import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { root } from './chronicle.js';

const folder = path.resolve(root, '../shared/data');

export const publishedData = (name: string): string => path.join(folder, name);
export const publishedDataIsThere = (): boolean => existsSync(publishedData('README.md'));

export function publishedRows(name: string): readonly Readonly<Record<string, string>>[] {
  const bytes = readFileSync(publishedData(name));
  return parse(name.endsWith('.gz') ? gunzipSync(bytes) : bytes, { columns: true });
}

export const publishedText = (name: string): string => readFileSync(publishedData(name), 'utf8');
