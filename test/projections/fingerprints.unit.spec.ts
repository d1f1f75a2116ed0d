import { expect, it } from '@jest/globals';
import { projections } from '#projections';
import { keyOf, presentFingerprints, storedFingerprints, storyTypes } from './fingerprints.js';

const stored = storedFingerprints();
const present = presentFingerprints(stored.types);

it.each(projections.map((view) => [keyOf(view)]))('%s means what it meant when its version was made', (key) => {
  const known = stored.views[key];
  if (present.views[key] !== known)
    throw new Error(
      known === undefined
        ? `${key} has no fingerprint: run \`npm run fingerprints\` and commit test/fixtures/projections.json.`
        : `What ${key} folds the story of everything to has changed. Raise its version in libs/projections/src/${key.split('@')[0]}/projection.ts, ` +
            'so that stored views are rebuilt, then run `npm run fingerprints`. Only if libs/testing/src/full-story.ts alone was changed: ' +
            '`npm run fingerprints -- --story`.',
    );
});

it('the fingerprints are of the views and events that there are; otherwise run `npm run fingerprints`', () => {
  expect(Object.keys(stored.views).sort()).toEqual(projections.map(keyOf).sort());
  expect(stored.types).toEqual(storyTypes);
});
