import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { codeOfModules, codeOfViews } from './code-of-views.js';
import { viewNames } from './views.js';

const libs = ['async', 'event-log', 'platform', 'projections', 'read-models', 'relationship', 'sqlite', 'mongodb'];

describe('the identity of the code of a view', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'letopis-code-'));
    for (const lib of libs) cpSync(path.resolve('dist/libs', lib), path.join(root, 'libs', lib), { recursive: true });
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const changedBy = (module: string): readonly string[] => {
    const before = codeOfModules(root, viewNames);
    appendFileSync(path.join(root, 'libs', module), '\nexport const changed = true;\n');
    const after = codeOfModules(root, viewNames);
    return viewNames.filter((view) => before[view] !== after[view]);
  };

  it('is the same for the same modules, wherever they are, and another for each view', () => {
    expect(codeOfModules(root, viewNames)).toEqual(codeOfViews());
    expect(new Set(Object.values(codeOfViews())).size).toBe(viewNames.length);
  });

  it.each([
    ['projections/src/runner/advance.js'],
    ['projections/src/event-handlers.js'],
    ['read-models/src/sqlite/stored-document.js'],
    ['read-models/src/mongodb/layout.js'],
    ['event-log/src/registry/event-registry.js'],
    ['relationship/src/contacts/events.js'],
  ])('is another for every view when %s is', (module) => expect(changedBy(module)).toEqual(viewNames));

  it.each([
    ['projections/src/ladder/conditions.js', ['ladder']],
    ['projections/src/shared/deals-document.js', ['funnel']],
    ['projections/src/shared/assignments.js', expect.arrayContaining(['card', 'churn', 'desk'])],
  ])('is another for those views alone that use %s', (module, views) => {
    const changed = changedBy(module);
    expect(changed).toEqual(views);
    expect(changed.length).toBeLessThan(viewNames.length);
  });

  it.each([
    ['projections/src/ladder/query.js'],
    ['projections/src/funnel/answer-schema.js'],
    ['platform/src/problems/problem-catalogue.js'],
  ])('stays where %s changes, which only asks or answers', (module) => expect(changedBy(module)).toEqual([]));
});
