import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** A copy of the sources and of what was built from them, so that a test may add to it; the packages are those of this tree. */
export interface CopiedTree {
  readonly root: string;
  copyIn(folder: string, to: string): void;
  /** @throws where there is not exactly one such place */
  replace(file: string, from: string, to: string): void;
  /** Compiles what has changed. */
  build(): Promise<void>;
  remove(): void;
}

export const copyTree = async (): Promise<CopiedTree> => {
  const root = mkdtempSync(path.join(tmpdir(), 'letopis-tree-'));
  const build = `import('${path.join(root, 'test/tools/build.mjs')}').then(({ build }) => build())`;
  // The build goes by the time of a file to the nanosecond, which Node's own copy cuts off.
  await execute('cp', ['-a', 'package.json', '.swcrc', 'apps', 'libs', 'test', 'dist', root]);
  symlinkSync(path.resolve('node_modules'), path.join(root, 'node_modules'));
  return {
    root,
    copyIn: (folder, to) => cpSync(folder, path.join(root, to), { recursive: true }),
    replace(file, from, to) {
      const target = path.join(root, file);
      const parts = readFileSync(target, 'utf8').split(from);
      if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} places ${JSON.stringify(from)}`);
      writeFileSync(target, parts.join(to));
    },
    build: async () => void (await execute(path.resolve('node_modules/.bin/node'), ['--eval', build])),
    remove() {
      unlinkSync(path.join(root, 'node_modules'));
      rmSync(root, { recursive: true, force: true });
    },
  };
};
