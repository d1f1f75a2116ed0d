/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  plugins: ['./test/mutation/runner.mjs'],
  testRunner: 'specs',
  coverageAnalysis: 'perTest',
  // For a machine with other work to do.
  concurrency: 2,
  // What is worked out when a module is loaded (schemas, descriptions, tables) would need a new process and every test each time.
  ignoreStatic: true,
  // Of the tree, what the specs of the libs read.
  ignorePatterns: ['**', '!package.json', '!.swcrc', '!libs/**', '!test/fixtures/events/**'],
  tempDirName: 'node_modules/.cache/stryker',
  reporters: ['clear-text', 'progress-append-only'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
};
