import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliDecompressSync } from 'node:zlib';

const root = path.resolve('test/fixtures/upgrade');

/** Writes the folder as fe43062 left it: `data`, and the files of its imports beside it. */
export const unpackFolder = (target: string): void => {
  const origin = path.join(root, 'folder');
  for (const entry of readdirSync(origin, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const unpacked = path.join(target, path.relative(origin, file).replace(/\.br$/, ''));
    mkdirSync(path.dirname(unpacked), { recursive: true });
    writeFileSync(unpacked, brotliDecompressSync(readFileSync(file)));
  }
};

export const readPacked = <Value>(name: string): Value =>
  JSON.parse(brotliDecompressSync(readFileSync(path.join(root, `${name}.br`))).toString()) as Value;

export const readListed = <Value>(name: string): Value => JSON.parse(readFileSync(path.join(root, name), 'utf8')) as Value;
