// `npm run mutation [-- <folder> [options of Stryker]]`: changes the code of a folder in one place after another, runs the unit specs
// of its lib, and lists every change that none of them notices.
import { pinnedNode, prepare, run } from '../tools/prepare.mjs';

const [folder = 'libs/relationship', ...options] = process.argv.slice(2);
await prepare({ say: console.log });
const stryker = 'node_modules/@stryker-mutator/core/bin/stryker.js';
const mutate = `${folder}/**/*.ts,!**/*.spec.ts`;
const { code } = await run(pinnedNode, [stryker, 'run', 'test/mutation/stryker.config.mjs', '--mutate', mutate, ...options], {
  inherit: true,
});
process.exitCode = code;
