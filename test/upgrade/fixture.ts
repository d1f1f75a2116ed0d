import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { parseSeries, seriesKey } from '#projections/series.js';

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

/** The one manual step. @returns the variables that the command prints */
export const encryptLog = (folder: string): { readonly EVENT_LOG_URL: string } => {
  const EVENT_LOG_URL = `sqlite:${folder}/data/encrypted.sqlite`;
  const letopis = [path.resolve('dist/apps/cli/src/main.js'), 'encrypt-log', '--to', EVENT_LOG_URL];
  execFileSync(process.execPath, letopis, { env: { ...process.env, LETOPIS_DATA: `${folder}/data` }, stdio: 'pipe' });
  return { EVENT_LOG_URL };
};

export const readPacked = <Value>(name: string): Value =>
  JSON.parse(underPresentNames(brotliDecompressSync(readFileSync(path.join(root, `${name}.br`))).toString())) as Value;

/** Of members that were renamed since, and of series that have one; in questions they are encoded. */
const underPresentNames = (text: string): string =>
  text
    .replaceAll('"standingValue":', '"notReopenedValue":')
    .replaceAll('"standing":', '"notReopened":')
    .replace(/measure=[^"+&]*?\|told=customers\|/g, withDerived)
    .replace(/measure%3D(?:(?!%2B)[^"&])*?%7Ctold%3Dcustomers%7C/g, (series) =>
      encodeURIComponent(withDerived(decodeURIComponent(series))),
    );

const withDerived = (series: string): string => {
  const { told, ...members } = parseSeries(series);
  return seriesKey({ ...members, derived: told! });
};

export const readListed = <Value>(name: string): Value => JSON.parse(readFileSync(path.join(root, name), 'utf8')) as Value;
