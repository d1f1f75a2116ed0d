import fc from 'fast-check';
import { defaultPolicies } from '#relationship';
import { arbitraryStory } from '#testing/arbitrary-story.js';
import { storyOf } from '#testing/customer-story.js';
import { fullStory } from '#testing/full-story.js';
import { cardProjection } from './card/projection.js';
import { churnProjection } from './churn/projection.js';
import { deskProjection } from './desk/projection.js';
import { funnelProjection } from './funnel/projection.js';
import { ladderProjection } from './ladder/projection.js';
import { lossReasonsProjection } from './loss-reasons/projection.js';
import { contributionsOf, rowsOf } from './made-of-document.js';
import type { Projection } from './projection.js';
import { timelineProjection } from './timeline/projection.js';

const asStored = (document: unknown) => JSON.parse(JSON.stringify(document)) as unknown;
const events = storyOf('anna', fullStory);
const views: readonly Projection[] = [
  cardProjection,
  deskProjection,
  churnProjection,
  funnelProjection,
  ladderProjection,
  lossReasonsProjection,
] as readonly Projection[];

describe.each(views.map((view) => [view.name, view] as const))('the %s view', (_, view) => {
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

  it('goes on from a document that was stored as JSON', () => {
    for (const each of [10, 20, 30]) {
      const end = events.slice(each + 1).reduce((all, event) => document!.apply(all, event), asStored(folded[each]));
      expect(asStored(end)).toEqual(asStored(folded.at(-1)));
    }
  });

  it('tells of a document that was stored what it tells of the one that was folded', () => {
    const told = (of: unknown) => [rowsOf(view, of, defaultPolicies), contributionsOf(view, of, defaultPolicies)];
    fc.assert(
      fc.property(arbitraryStory, fc.nat(25), (story, restart) => {
        let state = document!.init('anna');
        for (const [i, event] of storyOf('anna', story).entries()) {
          state = document!.apply(i === restart ? asStored(state) : state, event);
          expect(told(state)).toEqual(told(asStored(state)));
        }
      }),
    );
  });

  it('takes a merge and its undoing for nothing', () => {
    const seen = (types: readonly string[]) => {
      const kept = storyOf(
        'anna',
        fullStory.map((told, n) => ({ ...told, id: `e${n}` })).filter(({ type }) => !types.includes(type)),
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

describe('the timeline', () => {
  const keys = (all: typeof events) => all.flatMap((event) => timelineProjection.entries!.of(event).map(({ key }) => key));

  it.each(timelineProjection.handles)('takes %s twice as once: the entry has the same key', (type) => {
    const found = events.filter((event) => event.type === type);
    expect(found.length).toBeGreaterThan(0);
    expect(keys([...found, ...found])).toEqual([...keys(found), ...keys(found)]);
  });

  it('has an entry of its own for every event', () => {
    expect(new Set(keys(events)).size).toBe(events.length);
  });
});
