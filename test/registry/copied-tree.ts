import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** A copy of the sources and of what was built from them, so that a test may add to it; the packages are those of this tree. */
export interface CopiedTree {
  readonly root: string;
  copyIn(folder: string, to: string): void;
  write(file: string, content: string): void;
  /** @param diff lines to add begin with +, lines to remove with -, others with a blank; `@@` is between changes. @throws where it does not fit once */
  change(file: string, diff: string): void;
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
    write(file, content) {
      mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
      writeFileSync(path.join(root, file), content);
    },
    change(file, diff) {
      const target = path.join(root, file);
      for (const hunk of diff.trimEnd().split('\n@@\n')) {
        const without = (sign: string) =>
          hunk
            .split('\n')
            .filter((line) => !line.startsWith(sign))
            .map((line) => line.slice(1))
            .join('\n');
        const parts = readFileSync(target, 'utf8').split(without('+'));
        if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} places\n${without('+')}`);
        writeFileSync(target, parts.join(without('-')));
      }
    },
    build: async () => void (await execute(path.resolve('node_modules/.bin/node'), ['--eval', build])),
    remove() {
      unlinkSync(path.join(root, 'node_modules'));
      rmSync(root, { recursive: true, force: true });
    },
  };
};
