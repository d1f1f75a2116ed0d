import { describe, expect, it } from '@jest/globals';
import { type AnswerTimes, projections, type QueryContext } from '#projections';
import { type PolicyName, policyNames } from '#relationship';
import { builtViews } from '#testing/built-views.js';
import { storyOf } from '#testing/customer-story.js';
import { fullStory } from '#testing/full-story.js';
import { inZone } from '#testing/in-zone.js';
import { answerOf, questionsOf, someSeries, storedViews } from './view-questions.js';

const story = storyOf('anna', fullStory.slice(0, -3));
const built = builtViews(projections, [story], { now: '2026-02-01T00:00:00.000Z', policies: inZone('Europe/Berlin') });

/** The context, and the policies that are looked up in it or that what is read in it was built under, whoever does so. */
const watched = (context: QueryContext) => {
  const used = new Set<string>();
  const watch = <Watched extends object>(of: Watched, seen: (name: string, args: readonly unknown[]) => void): Watched =>
    new Proxy(of, {
      get(target, name: string) {
        const value = target[name as keyof Watched];
        if (typeof value !== 'function') {
          seen(name, []);
          return value;
        }
        return (...args: readonly unknown[]) => {
          seen(name, args);
          return value.apply(target, args);
        };
      },
    });
  const reads = ['documents', 'rows', 'totals', 'added'];
  const readOf = (name: string, [view]: readonly unknown[]) => {
    if (reads.includes(name)) for (const policy of projections.find((each) => each.name === view)?.policies ?? []) used.add(policy);
  };
  return {
    used,
    context: { ...context, policies: watch(context.policies, (name) => used.add(name)), reader: watch(context.reader, readOf) },
  };
};

/** Of the answer and of the answers within it. */
const namedIn = (answer: unknown): readonly string[] => {
  if (typeof answer !== 'object' || answer === null) return [];
  const { policies = {}, ...others } = answer as Partial<AnswerTimes>;
  return [...Object.keys(policies), ...Object.values(others).flatMap(namedIn)];
};

describe.each(storedViews.map((view) => [view.name, view] as const))('%s', (_, view) => {
  it('names every policy that it was made with', async () => {
    const projected = projections.filter(({ contributions }) => contributions).map(({ name }) => name);
    for (const path of view.path.includes('/:view/') ? projected.map((name) => ({ view: name })) : [{ customerId: 'anna' }])
      for (const each of questionsOf(view)) {
        const query = 'view' in path ? { ...each, series: someSeries(path.view) } : each;
        const { used, context } = watched(await built);
        const named = namedIn(await answerOf(context, view, query, path));
        expect({ query, unnamed: [...used].filter((policy) => !named.includes(policy)) }).toEqual({ query, unnamed: [] });
        expect(named.filter((policy) => !policyNames.includes(policy as PolicyName))).toEqual([]);
      }
  });
});
