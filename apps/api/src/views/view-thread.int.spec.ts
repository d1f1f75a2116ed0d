import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger, readConfiguration } from '#platform';
import { viewCatalogue } from './catalogue.js';
import { looksAtMany } from './view-definition.js';
import { createViewThread } from './view-thread.js';

const funnel = viewCatalogue.find(({ name }) => name === 'funnel')!;
const identity = { keyId: 'k1', role: 'supervisor', actorId: 'sup' } as const;
const question = { identity, path: {}, query: {}, now: '2026-11-22T12:00:00.000Z' };
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'letopis-views-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the thread of the views', () => {
  it('is asked whatever looks at many customers', () => {
    const others = viewCatalogue.filter((definition) => !looksAtMany(definition)).map(({ name }) => name);
    expect(others.sort()).toEqual([
      'curator',
      'curators',
      'customer',
      'customer-events',
      'customer-ladder',
      'erasure',
      'export-provided-data',
      'import-events',
      'import-source-events',
      'policy-history',
      'subscriber',
      'subscribers',
      'timeline',
    ]);
  });

  it('that cannot begin is a problem to try again after, for each who asks', async () => {
    writeFileSync(path.join(folder, 'chronicle.sqlite'), 'no database');
    const thread = createViewThread(readConfiguration({ LETOPIS_DATA: folder }), createLogger('silent'));
    const failures = await Promise.allSettled(Array.from({ length: 6 }, () => thread.ask(funnel, question)));
    await thread.stop();
    expect(failures.map((one) => one.status === 'rejected' && [one.reason.code, one.reason.retryAfter])).toEqual(
      Array.from({ length: 6 }, () => ['views-away', 1]),
    );
  });
});
