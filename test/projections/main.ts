import { writeFileSync } from 'node:fs';
import { FILE, presentFingerprints, storedFingerprints, storyTypes } from './fingerprints.js';

/**
 * `npm run fingerprints`: writes the fingerprints of views with a new version. One of a version that is there already is not replaced, as
 * stored views of that version would stay as they are: raise the version. `-- --story` replaces all, where only the story of the test changed.
 */
const stored = storedFingerprints();
const comparable = presentFingerprints(stored.types).views;
const changed = Object.keys(comparable).filter((key) => key in stored.views && stored.views[key] !== comparable[key]);
if (changed.length > 0 && !process.argv.includes('--story')) {
  console.error(`The meaning changed of ${changed.join(', ')}: raise the version in its projection.ts, then run this again.`);
  process.exitCode = 1;
} else {
  const present = presentFingerprints(storyTypes);
  writeFileSync(FILE, `${JSON.stringify(present, null, 2)}\n`);
  console.log(`${FILE} has the fingerprints of ${Object.keys(present.views).join(', ')}.`);
}
