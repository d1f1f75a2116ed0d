import fc from 'fast-check';
import { defaultPolicies } from '#relationship';
import { arbitraryHistory } from '#testing/arbitrary-history.js';
import { storyOf } from '#testing/customer-story.js';
import { fullStory } from '#testing/full-story.js';
import { contributionsOf, rowsOf } from '../derived.js';
import { type Contribution, type Derivation, ofBlocks, type Row, type Summaries } from '../projection.js';
import { projections } from '../views.js';
import { derive, type Memoized } from './derive.js';

const ofDocuments = projections.filter(({ document }) => document);
const allOf = <Derived>(memoized: readonly Memoized<Derived>[]) => memoized.flatMap(({ derived }) => derived.flat(2));
const histories = fc.oneof(
  { weight: 4, arbitrary: arbitraryHistory.map(({ shuffled }) => storyOf('anna', shuffled)) },
  { weight: 1, arbitrary: fc.constant(storyOf('anna', fullStory)) },
);

describe.each(ofDocuments.map((view) => [view.name, view] as const))('what the %s view derives of a document', (_, view) => {
  it('is the same memoized from event to event as derived afresh of what was stored, wherever the events are cut', () => {
    fc.assert(
      fc.property(histories, fc.infiniteStream(fc.boolean()), (events, cuts) => {
        let document = view.document!.init('anna');
        let counted: readonly Memoized<Contribution>[] | undefined;
        let rows: readonly Memoized<Row>[] | undefined;
        for (const event of events) {
          document = view.document!.apply(document, event);
          if (!cuts.next().value) continue;
          counted = derive(view.contributions ?? [], document, defaultPolicies, counted);
          rows = derive(view.rows?.derivations ?? [], document, defaultPolicies, rows);
          const stored = JSON.parse(JSON.stringify(document)) as unknown;
          expect(allOf(counted)).toEqual(contributionsOf(view, stored, defaultPolicies));
          expect(allOf(rows)).toEqual(rowsOf(view, stored, defaultPolicies));
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('a derivation', () => {
  type Document = Readonly<Record<string, unknown>>;
  /** Ways in which one may look at a document. */
  const looks: readonly ((document: Document) => unknown)[] = [
    ({ a }) => a,
    (document) => ('b' in document ? 'there' : 'not there'),
    ({ c }) => (c === undefined ? [] : [c]),
    (document) => Object.keys(document),
    (document) => ({ ...document }),
    ({ a: _, ...others }) => others,
    (document) => JSON.stringify(document),
    (document) => Object.hasOwn(document, 'a'),
    (document) => (document.a === 1 ? document.b : document.c),
  ];
  const documents = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'other'), fc.nat(2), { maxKeys: 4 });
  const blocks = fc.array(fc.array(fc.nat(5), { maxLength: 3 }), { maxLength: 4 });

  it.each(looks.map((look) => [String(look), look] as const))('is derived again whenever what it read is another: %s', (_, look) => {
    const derivation: Derivation<unknown, string, number> = {
      items: (document) => (document as { readonly items: readonly (readonly number[])[] }).items,
      of: (document, _, item) => [`${item} ${JSON.stringify(look(document as Document))}`],
    };
    fc.assert(
      fc.property(fc.array(fc.tuple(documents, blocks), { minLength: 2 }), (steps) => {
        let memoized: readonly Memoized<string>[] | undefined;
        for (const [members, items] of steps) {
          const document = { ...members, items };
          memoized = derive([derivation as Derivation<unknown, string>], document, defaultPolicies, memoized);
          expect(allOf(memoized)).toEqual(items.flat().flatMap((item) => derivation.of(document, defaultPolicies, item)));
        }
      }),
    );
  });

  it('is not derived again for items that stay and for members that it did not read', () => {
    const derived: string[] = [];
    const derivation: Derivation<unknown, string> = {
      items: (document) => (document as { readonly items: readonly (readonly string[])[] }).items,
      of: (document, _, item) => {
        derived.push(item as string);
        return [`${(document as Document).name}: ${String(item)}`];
      },
    };
    const first = ['a', 'b'];
    const at = (document: object, before?: readonly Memoized<string>[]) => derive([derivation], document, defaultPolicies, before);
    let memoized = at({ name: 'x', items: [first, ['c']], other: 1 });
    memoized = at({ name: 'x', items: [first, ['c', 'd']], other: 2 }, memoized);
    expect(derived).toEqual(['a', 'b', 'c', 'd']);
    memoized = at({ name: 'x', items: [['a', 'new'], ['b'], ['c', 'd']], other: 3 }, memoized);
    expect(derived.slice(4)).toEqual(['new']);
    expect(allOf(memoized)).toEqual(['x: a', 'x: new', 'x: b', 'x: c', 'x: d']);
    expect(allOf(at({ name: 'y', items: [['a']], other: 3 }, memoized))).toEqual(['y: a']);
  });

  it('of blocks sums each up once, for all derivations that name the same summaries', () => {
    interface Named {
      readonly name: string;
      readonly blocks: readonly (readonly string[])[];
    }
    const summed: string[] = [];
    const words: Summaries<Named, readonly string[], string> = {
      list: ({ blocks }) => blocks,
      of(block) {
        summed.push(block.join(''));
        return block.join('');
      },
    };
    const derivations = [
      ofBlocks([words], (_: Named, __, all) => [all.join('-')]),
      ofBlocks([words], ({ name }: Named, _, all) => [`${name}: ${all.length}`]),
    ] as readonly Derivation<unknown, string>[];
    const at = (document: Named, before?: readonly Memoized<string>[]) => derive(derivations, document, defaultPolicies, before);
    const [first, last] = [
      ['a', 'b'],
      ['c', 'd'],
    ];
    const grown = [first, last];
    let memoized = at({ name: 'x', blocks: [first, ['c']] });
    expect(summed).toEqual(['ab', 'c']);
    memoized = at({ name: 'x', blocks: grown }, memoized);
    expect([summed.slice(2), allOf(memoized)]).toEqual([['cd'], ['ab-cd', 'x: 2']]);
    const renamed = at({ name: 'y', blocks: grown }, memoized);
    expect([summed.length, allOf(renamed)]).toEqual([3, ['ab-cd', 'y: 2']]);
    expect(renamed[0]).toBe(memoized[0]);
  });
});
