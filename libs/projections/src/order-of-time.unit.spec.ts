import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { defaultPolicies } from '#relationship';
import { arbitraryHistory } from '#testing/arbitrary-history.js';
import { type StoryEvent, storyOf } from '#testing/customer-story.js';
import { contributionsOf, rowsOf } from './derived.js';
import { foldCustomer } from './fold.js';
import { projections } from './views.js';

/** All that is searched, shown or summed up, without what only says in which order it was recorded. */
const heldOf = (view: (typeof projections)[number], story: readonly StoryEvent[], asOf: string) => {
  const events = storyOf('c', story);
  const entries = events
    .flatMap((event) => view.entries?.of(event) ?? [])
    .map(({ key, fields }) => ({ key: key.split('|').slice(0, 2), fields }));
  const document = foldCustomer(view, events, { asOf });
  if (document === undefined || view.document === undefined) return { entries: sorted(entries) };
  return {
    entries: sorted(entries),
    fields: view.document.fields(document, defaultPolicies),
    rows: sorted(rowsOf(view, document, defaultPolicies)),
    contributions: sorted(contributionsOf(view, document, defaultPolicies).map((each) => ({ ...each, events: [...each.events].sort() }))),
  };
};
const sorted = (all: readonly object[]) => all.map((each) => JSON.stringify(each)).sort();

describe.each(projections.map((view) => [view.name, view] as const))('the %s view', (_, view) => {
  it('holds the same of every attribute in whatever order it was recorded', () => {
    fc.assert(
      fc.property(arbitraryHistory, fc.constantFrom('2026-01-16', '2026-02-01'), ({ inOrder, shuffled }, asOf) => {
        expect(heldOf(view, shuffled, asOf)).toEqual(heldOf(view, inOrder, asOf));
      }),
      { numRuns: 300 },
    );
  });
});
