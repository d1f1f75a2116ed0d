import fc from 'fast-check';
import { defaultPolicies } from '#relationship';
import { arbitraryStory } from '#testing/arbitrary-story.js';
import { type StoryEvent, storyOf } from '#testing/customer-story.js';
import { fullStory } from '#testing/full-story.js';
import { contributionsOf } from './derived.js';
import { seriesIn } from './series.js';
import { projections } from './views.js';

const counting = projections.filter(({ contributions }) => contributions);

describe.each(counting.map((view) => [view.name, view] as const))('the measures of the %s view', (_, view) => {
  const { document, measures = {} } = view;
  const counted = (story: readonly StoryEvent[]) => {
    const folded = storyOf('anna', story).reduce((all, event) => document!.apply(all, event), document!.init('anna'));
    return contributionsOf(view, folded, defaultPolicies)
      .flatMap(seriesIn)
      .map(({ measure, ...members }) => [measure!, Object.keys(members).sort()] as const);
  };
  const declared = Object.entries(measures).map(([measure, dimensions]) => [measure, dimensions.toSorted()] as const);

  it('are declared with the dimensions that their series have', () => {
    const check = (story: readonly StoryEvent[]) => {
      for (const [measure, dimensions] of counted(story)) expect(declared).toContainEqual([measure, dimensions]);
    };
    check(fullStory);
    fc.assert(fc.property(arbitraryStory, check), { numRuns: 50 });
  });
});
