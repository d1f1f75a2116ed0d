// Runs unit specs for Stryker. Jest would load every module again for each mutant, which takes seconds; here all specs are loaded once.
import { globSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { INSTRUMENTER_CONSTANTS } from '@stryker-mutator/api/core';
import { DryRunStatus, determineHitLimitReached, TestStatus, toMutantRunResult } from '@stryker-mutator/api/test-runner';
import fc from 'fast-check';
import * as globals from './globals.mjs';

/** They need many runs or much data, which says nothing more about one change in the code. */
const longTests = /each accepted now and then|100,000|money is given back only as far/;
const tests = () => globals.tests.filter(({ name }) => !longTests.test(name));

// Properties get the same examples each time, as many as this time allows, and no simpler one is looked for once one has failed.
fc.configureGlobal({ seed: 1, endOnFailure: true, interruptAfterTimeLimit: 100 });

globalThis[INSTRUMENTER_CONSTANTS.NAMESPACE] ??= {};
const instrumented = globalThis[INSTRUMENTER_CONSTANTS.NAMESPACE];

class SpecRunner {
  static inject = ['options'];
  #specs;

  constructor({ mutate }) {
    this.#specs = [...new Set(mutate.filter((pattern) => !pattern.startsWith('!')).flatMap(specsFor))];
  }

  capabilities() {
    return { reloadEnvironment: false };
  }

  async init() {
    // Only here, as Stryker loads this file in its own process too.
    await import('./hooks.mjs');
    Object.assign(globalThis, globals);
    for (const spec of globSync(this.#specs)) await globals.load(pathToFileURL(path.resolve(spec)).href);
  }

  async dryRun() {
    const results = [];
    for (const test of tests()) {
      instrumented.currentTestId = test.id;
      results.push(await outcomeOf(test));
    }
    instrumented.currentTestId = undefined;
    return { status: DryRunStatus.Complete, tests: results, mutantCoverage: instrumented.mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit }) {
    Object.assign(instrumented, { activeMutant: activeMutant.id, hitCount: hitLimit === undefined ? undefined : 0, hitLimit });
    const chosen = tests()
      .filter(({ id }) => testFilter?.includes(id) ?? true)
      .sort((one, other) => (one.took ?? 0) - (other.took ?? 0));
    const results = [];
    for (const test of chosen) {
      const outcome = await outcomeOf(test);
      results.push(outcome);
      if (outcome.status === TestStatus.Failed) break;
    }
    return (
      determineHitLimitReached(instrumented.hitCount, hitLimit) ?? toMutantRunResult({ status: DryRunStatus.Complete, tests: results })
    );
  }
}

/** Views are asked for their numbers by integration specs too, which run in memory; what views share is asked for by those of all. */
const specsFor = (pattern) => {
  const [, lib, , view] = pattern.split('/');
  const unit = `libs/${lib}/src/**/*.unit.spec.ts`;
  if (lib !== 'projections') return [unit];
  return [unit, `libs/projections/src/${/^[a-z]+$/.test(view) && view !== 'shared' ? view : '!(runner)'}/*.int.spec.ts`];
};

const outcomeOf = async (test) => {
  const { id, name } = test;
  const began = performance.now();
  const error = await failureOf(test);
  test.took = performance.now() - began;
  const outcome = { id, name, timeSpentMs: test.took };
  return error === undefined
    ? { ...outcome, status: TestStatus.Success }
    : { ...outcome, status: TestStatus.Failed, failureMessage: String(error?.message ?? error) };
};

const failureOf = async ({ body }) => {
  try {
    await body();
    return undefined;
  } catch (error) {
    // A property whose first example took too long says nothing.
    return /interrupted after 0 tests/.test(error?.message) ? undefined : (error ?? 'failed');
  }
};

export const strykerPlugins = [{ kind: 'TestRunner', name: 'specs', injectableClass: SpecRunner }];
