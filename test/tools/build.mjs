// Compiles apps/, libs/ and test/ into dist/ with SWC, one output a source, and only what changed since the last build. JSON of apps/ and
// libs/ is copied.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const dist = path.join(root, 'dist');
const manifestFile = path.join(dist, '.manifest.json');

/**
 * Makes dist/ mirror the sources and answers how many outputs it compiled and removed. Fails with every source that
 * does not compile; the rest is built all the same.
 */
export async function build() {
  const before = manifest();
  const settings = fingerprint();
  const known = before.settings === settings ? before.sources : {};
  const sources = Object.fromEntries(['apps', 'libs', 'test'].flatMap(filesUnder).filter(compiles).map(withVersion));
  const stale = Object.keys(sources).filter((source) => known[source] !== sources[source] || !exists(output(source)));

  const failures = [];
  if (stale.length > 0) {
    const { transformFile } = await import('@swc/core');
    await Promise.all(
      stale.map((source) =>
        compile(transformFile, source).catch((error) => {
          failures.push(`${source}: ${error.message.split('\n\nCaused by')[0].trim()}`);
          delete sources[source];
        }),
      ),
    );
  }

  const wanted = new Set(Object.keys(sources).flatMap((source) => [output(source), `${output(source)}.map`]));
  const unwanted = filesUnder('dist').filter((file) => !wanted.has(path.join(root, file)) && path.join(root, file) !== manifestFile);
  for (const file of unwanted) rmSync(path.join(root, file));

  if (stale.length + unwanted.length > 0) write(manifestFile, JSON.stringify({ settings, sources }));
  if (failures.length > 0) throw new Error(`The build failed.\n${failures.sort().join('\n')}`);
  return { compiled: stale.length, removed: unwanted.filter((file) => file.endsWith('.js')).length };
}

async function compile(transformFile, source) {
  const target = output(source);
  if (source.endsWith('.json')) return write(target, readFileSync(path.join(root, source)));
  const { code, map } = await transformFile(path.join(root, source), {
    cwd: root,
    sourceFileName: path.relative(path.dirname(target), path.join(root, source)),
  });
  write(`${target}.map`, map);
  write(target, `${code}//# sourceMappingURL=${path.basename(target)}.map\n`);
}

/** Written aside and renamed: a program that runs from dist/ meanwhile reads the old file or the new one, never a part. */
function write(file, text) {
  mkdirSync(path.dirname(file), { recursive: true });
  const aside = `${file}.${process.pid}.tmp`;
  writeFileSync(aside, text);
  renameSync(aside, file);
}

function filesUnder(folder) {
  if (!exists(path.join(root, folder))) return [];
  return readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath ?? entry.path, entry.name)));
}

function compiles(file) {
  if (file.endsWith('.json')) return !file.startsWith('test/');
  return file.endsWith('.ts') && !file.endsWith('.spec.ts') && !file.endsWith('.d.ts');
}

function withVersion(source) {
  const { mtimeMs, size } = statSync(path.join(root, source));
  return [source, `${mtimeMs} ${size}`];
}

function output(source) {
  return path.join(dist, source.replace(/\.ts$/, '.js'));
}

function exists(file) {
  return statSync(file, { throwIfNoEntry: false }) !== undefined;
}

function manifest() {
  try {
    return JSON.parse(readFileSync(manifestFile, 'utf8'));
  } catch {
    return { settings: '', sources: {} };
  }
}

/** Everything besides a source that its output depends on. */
function fingerprint() {
  const hash = createHash('sha256');
  for (const file of ['.swcrc', 'node_modules/@swc/core/package.json', 'test/tools/build.mjs'])
    hash.update(readFileSync(path.join(root, file)));
  return hash.digest('hex');
}
