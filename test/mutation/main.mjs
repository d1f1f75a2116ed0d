// `npm run mutation [-- <folders or files> [options of Stryker]]`: changes the code in one place after another, runs the specs of its
// lib, and lists every change that none of them notices. Without a path: the rules of `libs/relationship` and the pure projections.
import { existsSync } from 'node:fs';
import { pinnedNode, prepare, run } from '../tools/prepare.mjs';

const libs = ['libs/relationship', 'libs/projections'];
const engine = ['libs/projections/src/runner/**', 'libs/projections/src/persistent/**'];
/** Not what describes or reads: schemas, queries, the engine of the views. */
const left = ['**/*.spec.ts', '**/answer-schema.ts', '**/*query.ts', ...engine];

const args = process.argv.slice(2);
const optionsFrom = args.findIndex((arg) => arg.startsWith('-'));
const paths = args.slice(0, optionsFrom < 0 ? undefined : optionsFrom).map((path) => path.replace(/\/$/, ''));
const options = args.slice(paths.length);
const within = (lib) => (paths.length === 0 ? [lib] : paths.filter((path) => path.startsWith(lib)));
const stray = paths.filter((path) => !existsSync(path) || !libs.some((lib) => `${path}/`.startsWith(`${lib}/`)));
if (stray.length > 0) {
  console.error(`Not a folder or file of ${libs.join(' or ')}: ${stray.join(', ')}`);
  process.exit(1);
}

await prepare({ say: console.log });
for (const lib of libs.filter((lib) => within(lib).length > 0)) {
  const files = within(lib).filter((path) => path.endsWith('.ts'));
  const folders = within(lib).filter((path) => !path.endsWith('.ts'));
  const mutate = [...folders.map((path) => `${path}/**/*.ts`), ...left.map((pattern) => `!${pattern}`), ...files].join();
  const stryker = ['node_modules/@stryker-mutator/core/bin/stryker.js', 'run', 'test/mutation/stryker.config.mjs'];
  const { code } = await run(pinnedNode, [...stryker, '--mutate', mutate, ...options], { inherit: true });
  process.exitCode ||= code;
}
