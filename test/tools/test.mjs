// `npm test`: installs and builds what is missing, checks types, lint and architecture, runs all tests, those against real servers
// too where these can be started or are given, and ends with one line that counts them. Arguments go on to Jest, which then runs
// alone: `npm test -- libs/event-log`. `npm run test:engines` runs just the suites that need a server.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { compileCache, pinnedNode, prepare, root, run } from './prepare.mjs';

const [first, ...others] = process.argv.slice(2);
const enginesOnly = first === '--engines';
const jestArgs = enginesOnly ? others : process.argv.slice(2);

try {
  await prepare({ say: console.log });
} catch (error) {
  console.error(error.message);
  finish({ passed: 0, failed: 1, skipped: 0 });
}
const alone = enginesOnly || jestArgs.length > 0;
const configs = enginesOnly ? ['jest.engines.config.js'] : ['jest.config.js', 'jest.engines.config.js'];
const checking = alone ? [] : runChecks(['check', 'lint', 'arch']);
const runs = alone ? await oneByOne(configs) : await Promise.all(configs.map(sideBySide));
const failedChecks = await checking;
const tests = added(runs);
tellWhatDidNotRun(tests);
tellWhatFailed(tests);
if (failedChecks.length > 0) console.log(`\nBesides the tests these failed, each counted below as one: ${failedChecks.join(', ')}`);
finish({ ...tests, failed: tests.failed + failedChecks.length });

/** Runs npm scripts side by side, shows what each of them printed, and answers the names of those that failed. */
async function runChecks(scripts) {
  const results = await Promise.all(scripts.map(async (script) => ({ script, ...(await run('npm', ['run', '--silent', script])) })));
  for (const { script, code, output } of results) console.log(`${script}: ${code === 0 ? 'ok' : `FAILED\n${output}`}`);
  return results.filter(({ code }) => code !== 0).map(({ script }) => script);
}

async function oneByOne(configs) {
  const runs = [];
  for (const config of configs) runs.push(await runJest(config));
  return runs;
}

/** The engine suites wait more than they work. Without the line that Jest writes over and over, which has room for one run only. */
function sideBySide(config) {
  return runJest(config, { TERM: 'dumb' });
}

async function runJest(config, env = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'letopis-test-'));
  const resultFile = path.join(folder, 'jest.json');
  const nodeOptions = `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --disable-warning=ExperimentalWarning`.trim();
  try {
    const jest = path.join(root, 'node_modules/jest/bin/jest.js');
    const { code } = await run(
      pinnedNode,
      [jest, '--config', config, '--passWithNoTests', '--json', `--outputFile=${resultFile}`, ...jestArgs],
      {
        inherit: true,
        env: { ...env, NODE_OPTIONS: nodeOptions, NODE_COMPILE_CACHE: compileCache },
      },
    );
    return count(code, existsSync(resultFile) ? JSON.parse(readFileSync(resultFile, 'utf8')) : undefined);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A spec file that could not be loaded ran none of its tests, so it counts as one failed; so does Jest itself when it breaks. */
function count(code, result) {
  const failed = (result?.numFailedTests ?? 0) + (result?.numRuntimeErrorTestSuites ?? 0);
  const suites = result?.testResults ?? [];
  const skippedTests = suites.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'pending' || status === 'todo')
      .map(({ ancestorTitles, title }) => `${path.relative(root, name)}: ${ancestorTitles[0] ?? title}`),
  );
  const failedTests = suites
    .filter(({ status }) => status === 'failed')
    .flatMap(({ name, assertionResults }) => {
      const titles = assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName);
      return (titles.length > 0 ? titles : ['could not be run']).map((title) => `${path.relative(root, name)}: ${title}`);
    });
  return {
    passed: result?.numPassedTests ?? 0,
    failed: failed || (code === 0 ? 0 : 1),
    skipped: skippedTests.length,
    skippedTests,
    failedTests,
  };
}

/** A run that found no test at all has failed: a pattern that matches nothing is a mistake. */
function added(runs) {
  const sum = (name) => runs.reduce((total, run) => total + run[name], 0);
  const all = (name) => runs.flatMap((run) => run[name]);
  const tests = {
    passed: sum('passed'),
    failed: sum('failed'),
    skipped: sum('skipped'),
    skippedTests: all('skippedTests'),
    failedTests: all('failedTests'),
  };
  if (tests.passed + tests.failed + tests.skipped > 0) return tests;
  console.error('No test matches.');
  return { ...tests, failed: 1 };
}

/** A skipped block says in its own title what it needs. */
function tellWhatDidNotRun({ skippedTests }) {
  if (!existsSync(path.join(root, '../shared/data')))
    console.log('\n../shared/data is not there: tests on the published data sets are skipped.');
  if (alone) console.log('\nWith arguments only Jest runs: types, lint and architecture were not checked.');
  if (skippedTests.length === 0) return;
  console.log('\nNot run:');
  for (const title of new Set(skippedTests)) console.log(`  ${title} (${skippedTests.filter((other) => other === title).length})`);
}

/** Once more at the end, as what Jest told of it stands far above. */
function tellWhatFailed({ failedTests }) {
  if (failedTests.length > 0) console.log(['\nFailed:', ...failedTests].join('\n  '));
}

function finish({ passed, failed, skipped }) {
  console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exit(failed === 0 ? 0 : 1);
}
