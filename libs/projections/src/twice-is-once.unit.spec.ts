import fc from 'fast-check';
import { commandRemembered } from '#event-log';
import { defaultPolicies } from '#relationship';
import { arbitraryInstant, arbitraryStory } from '#testing/arbitrary-story.js';
import { type StoryEvent, storyOf } from '#testing/customer-story.js';
import { fullStory } from '#testing/full-story.js';
import { contributionsOf, rowsOf } from './derived.js';
import { projections } from './views.js';

const asStored = (document: unknown) => JSON.parse(JSON.stringify(document)) as unknown;
const events = storyOf('anna', [...fullStory, { type: commandRemembered.type, at: '2026-01-28' }]);
const withDocuments = projections.filter(({ document }) => document);
const withEntries = projections.filter(({ entries }) => entries);

describe.each(withDocuments.map((view) => [view.name, view] as const))('the %s view', (_, view) => {
  const { document, handles } = view;
  const folded = events.map((_event, i) =>
    events.slice(0, i + 1).reduce((all, event) => document!.apply(all, event), document!.init('anna')),
  );

  it.each(handles)('takes %s twice as once', (type) => {
    const found = events.filter((event) => event.type === type);
    expect(found.length).toBeGreaterThan(0);
    for (const event of found) expect(document!.apply(folded[event.revision], event)).toBe(folded[event.revision]);
  });

  it('leaves every former document as it was', () => {
    const again = events.map((_event, i) =>
      events.slice(0, i + 1).reduce((all, event) => document!.apply(all, event), document!.init('anna')),
    );
    expect(again).toEqual(folded);
  });

  it('continues from a document that was stored as JSON', () => {
    for (const each of [10, 20, 30]) {
      const end = events.slice(each + 1).reduce((all, event) => document!.apply(all, event), asStored(folded[each]));
      expect(asStored(end)).toEqual(asStored(folded.at(-1)));
    }
  });

  it('derives from a document that was stored what it derives from the one that was folded', () => {
    const derivedFrom = (of: unknown) => [rowsOf(view, of, defaultPolicies), contributionsOf(view, of, defaultPolicies)];
    fc.assert(
      fc.property(arbitraryStory, fc.nat(25), (story, restart) => {
        let state = document!.init('anna');
        for (const [i, event] of storyOf('anna', story).entries()) {
          state = document!.apply(i === restart ? asStored(state) : state, event);
          expect(derivedFrom(state)).toEqual(derivedFrom(asStored(state)));
        }
      }),
    );
  });

  it('takes a merge and its undoing for nothing', () => {
    const seen = (types: readonly string[]) => {
      const kept = storyOf(
        'anna',
        fullStory.map((each, n) => ({ ...each, id: `e${n}` })).filter(({ type }) => !types.includes(type)),
      );
      const end = kept.reduce((all, event) => document!.apply(all, event), document!.init('anna'));
      return [document!.fields(end, defaultPolicies), rowsOf(view, end, defaultPolicies), contributionsOf(view, end, defaultPolicies)];
    };
    expect(seen([])).toEqual(seen(['customer-merged', 'customer-unmerged']));
  });

  it('names an event of the stream behind every contribution, and adds whole numbers only', () => {
    const known = new Set(events.map(({ id }) => id));
    for (const state of folded)
      for (const { events: behind, amount, day } of contributionsOf(view, state, defaultPolicies)) {
        expect(Number.isSafeInteger(amount)).toBe(true);
        expect(day).toMatch(/^\d{4}-\d\d-\d\d$/);
        expect(behind.length).toBeGreaterThan(0);
        for (const id of behind) expect(known).toContain(id);
      }
  });
});

describe.each(withEntries.map((view) => [view.name, view] as const))('the entries of the %s view', (_, { entries, handles }) => {
  const keys = (all: typeof events) => all.flatMap((event) => entries!.of(event).map(({ key }) => key));

  it.each(handles)('take %s twice as once: the entry has the same key', (type) => {
    const found = events.filter((event) => event.type === type);
    expect(found.length).toBeGreaterThan(0);
    expect(keys([...found, ...found])).toEqual([...keys(found), ...keys(found)]);
  });

  it('are different ones for every event', () => {
    expect(new Set(keys(events)).size).toBe(keys(events).length);
    for (const event of events) expect(keys([event]).length).toBeGreaterThan(0);
  });
});

describe.each(projections.map((view) => [view.name, view] as const))(
  'the %s view shows nothing of a command that is remembered',
  (_, view) => {
    const { document, entries, handles } = view;

    /** All that the view holds of a story, but for the place of each event in it. */
    const heldOf = (story: readonly StoryEvent[]) => {
      const handled = storyOf('anna', story).filter(({ type }) => handles.includes(type));
      const shown = handled.flatMap((event) => entries?.of(event) ?? []).map(({ key, fields }) => [key.split('|').slice(0, 2), fields]);
      if (!document) return { shown };
      const end = handled.reduce((all, event) => document.apply(all, event), document.init('anna'));
      const { revision: _place, position: _inLog, hash: _ofPlace, ...held } = asStored(end) as Record<string, unknown>;
      const [rows, contributions] = [rowsOf(view, end, defaultPolicies), contributionsOf(view, end, defaultPolicies)];
      return { shown, held, fields: document.fields(end, defaultPolicies), rows, contributions };
    };

    it('wherever it is in the stream', () => {
      fc.assert(
        fc.property(arbitraryStory, fc.array(fc.tuple(fc.nat(30), arbitraryInstant), { minLength: 1 }), (story, remembered) => {
          const without = story.filter(({ type }) => type !== commandRemembered.type).map((each, n) => ({ ...each, id: `e${n}` }));
          const within: StoryEvent[] = [...without];
          // Never first, and learned together with the event before it, so that the instants at which the others were learned stay as they were.
          for (const [at, instant] of remembered) {
            const place = 1 + (at % within.length);
            within.splice(place, 0, { type: commandRemembered.type, at: instant, known: '2026-01-01', id: `r${place}` });
          }
          expect(heldOf(within)).toEqual(heldOf(without));
        }),
      );
    });
  },
);
