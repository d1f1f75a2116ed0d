import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { DomainEvent } from '#event-log';
import { canonicalJson } from '#event-log/canonical-json.js';
import { type Projection, projections } from '#projections';
import { contributionsOf, rowsOf } from '#projections/derived.js';
import { defaultPolicies } from '#relationship';
import { storyOf } from '#testing/customer-story.js';
import { fullStory } from '#testing/full-story.js';

export const FILE = 'test/fixtures/projections.json';

export interface Fingerprints {
  /** Types of events that were in the story: a view may take in one that is new without a new version, as no log has it yet. */
  readonly types: readonly string[];
  /** By `<view>@<version>`. */
  readonly views: Readonly<Record<string, string>>;
}

export const keyOf = ({ name, version }: Projection): string => `${name}@${version}`;

export const storedFingerprints = (): Fingerprints => JSON.parse(readFileSync(FILE, 'utf8'));

const storyOfTypes = (types: readonly string[]) => {
  const story = fullStory.filter(({ type }) => types.includes(type));
  const nth = (n: number) => story.slice(0, n).filter(({ type }) => type === story[n]!.type).length;
  // Ids by type, so that an event which a view does not handle changes nothing for it.
  return storyOf(
    'anna',
    story.map((each, n) => ({ ...each, id: `${each.type}-${nth(n)}` })),
  );
};

/** Where an event is in its stream and in the log, which is not what a view means. */
const places = ['revision', 'position', 'hash'];
const withoutPlaces = (document: object) => Object.fromEntries(Object.entries(document).filter(([name]) => !places.includes(name)));

/** A hash over all that a view holds after each event of a story in which everything happens. */
const fingerprintOf = ({ document, entries, handles, ...view }: Projection, story: readonly DomainEvent[]): string => {
  const handled = story.filter(({ type }) => handles.includes(type));
  let folded = document?.init('anna');
  const held = handled.map((event) => {
    folded = document?.apply(folded, event);
    return {
      entries: entries?.of(event).map(({ key, fields }) => [key.split('|').slice(0, 2), fields]),
      ...(document && {
        document: withoutPlaces(folded as object),
        fields: document.fields(folded, defaultPolicies),
        rows: rowsOf({ document, handles, ...view }, folded, defaultPolicies),
        contributions: contributionsOf({ document, handles, ...view }, folded, defaultPolicies),
      }),
    };
  });
  return hash('sha256', canonicalJson(JSON.parse(JSON.stringify(held))), 'hex');
};

export const storyTypes: readonly string[] = [...new Set(fullStory.map(({ type }) => type))].sort();

/** @param types of the events of the story that are told */
export const presentFingerprints = (types: readonly string[]): Fingerprints => ({
  types,
  views: Object.fromEntries(projections.map((view) => [keyOf(view), fingerprintOf(view, storyOfTypes(types))])),
});
