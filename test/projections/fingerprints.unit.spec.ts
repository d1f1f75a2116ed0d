import { expect, it } from '@jest/globals';
import { projections } from '#projections';
import { keyOf, presentFingerprints, storedFingerprints } from './fingerprints.js';

it.each(projections.map((view) => [keyOf(view)]))('%s means what it meant when its version was made', (key) => {
  const [present, stored] = [presentFingerprints()[key], storedFingerprints()[key]];
  if (present !== stored)
    throw new Error(
      stored === undefined
        ? `${key} has no fingerprint: run \`npm run fingerprints\` and commit test/fixtures/projections.json.`
        : `What ${key} folds the story of everything to has changed. Raise its version in libs/projections/src/${key.split('@')[0]}/projection.ts, ` +
            'so that stored views are rebuilt, then run `npm run fingerprints`. Only if libs/testing/src/full-story.ts alone was changed: ' +
            '`npm run fingerprints -- --story`.',
    );
});

it('no fingerprint is kept of a view or version that is gone', () => {
  expect(Object.keys(storedFingerprints()).sort()).toEqual(projections.map(keyOf).sort());
});
