import fc from 'fast-check';
import { defaultPolicies } from '#relationship';
import { storyOf } from '#testing/customer-story.js';
import { fullStory } from '#testing/full-story.js';
import { contributionsOf, rowsOf } from '../made-of-document.js';
import type { Contribution, Row } from '../projection.js';
import { projections } from '../views.js';
import { type ToldPart, tell } from './told.js';

const events = storyOf('anna', fullStory);
const ofDocuments = projections.filter(({ document }) => document);

describe.each(ofDocuments.map((view) => [view.name, view] as const))('what the %s view tells of a document', (_, view) => {
  it('comes to the same told from the former telling as told afresh of what was stored, wherever the events are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: events.length, maxLength: events.length }), (cuts) => {
        let document = view.document!.init('anna');
        let counted: readonly ToldPart<Contribution>[] | undefined;
        let rows: readonly ToldPart<Row>[] | undefined;
        for (const [i, event] of events.entries()) {
          document = view.document!.apply(document, event);
          if (!cuts[i]) continue;
          counted = tell(view.contributions ?? [], document, defaultPolicies, counted);
          rows = tell(view.rows?.parts ?? [], document, defaultPolicies, rows);
          const stored = JSON.parse(JSON.stringify(document)) as unknown;
          expect(counted.flatMap(({ made }) => made.flat(2))).toEqual(contributionsOf(view, stored, defaultPolicies));
          expect(rows.flatMap(({ made }) => made.flat(2))).toEqual(rowsOf(view, stored, defaultPolicies));
        }
      }),
      { numRuns: 30 },
    );
  });
});
