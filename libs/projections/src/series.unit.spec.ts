import fc from 'fast-check';
import { daysIn, keysOf, onDays, parseSeries, seriesIn, seriesKey, seriesSum, termsOf } from './series.js';

describe('the key of a series', () => {
  it('begins with the measure and continues with the other dimensions by name', () => {
    expect(seriesKey({ stage: 'proposal', curator: 'c1', measure: 'entered' })).toBe('measure=entered|curator=c1|stage=proposal|');
  });

  it('makes a measure a prefix of its own series and of no other', () => {
    expect(seriesKey({ measure: 'entered' })).toBe('measure=entered|');
    expect(seriesKey({ measure: 'entered-late' }).startsWith('measure=entered|')).toBe(false);
  });

  it('escapes what separates', () => {
    expect(seriesKey({ measure: 'a|b=c%7C' })).toBe('measure=a%7Cb%3Dc%257C|');
  });

  it('is read back as it was, and is the same for the same series whatever the order of its dimensions', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme', minLength: 1 }), fc.string({ unit: 'grapheme' })), (series) => {
        const key = seriesKey(series);
        expect(parseSeries(key)).toEqual({ ...series });
        expect(seriesKey(Object.fromEntries(Object.entries(series).reverse()))).toBe(key);
      }),
    );
  });

  it('is that of each way in which a contribution counts', () => {
    const members = (names: string) => fc.dictionary(fc.constantFrom(...names), fc.string({ unit: fc.constantFrom(...'a|=%') }));
    const way = fc.record({ suffix: fc.constantFrom('', '-origin'), members: members('bdfx') });
    fc.assert(
      fc.property(members('aceg'), fc.option(fc.array(way)), (dimensions, ways) => {
        const contribution = { series: { ...dimensions, measure: 'm' }, ...(ways && { ways }) };
        expect(keysOf(contribution)).toEqual(seriesIn(contribution).map(seriesKey));
      }),
    );
  });
});

describe('a sum of series', () => {
  const series = fc
    .tuple(
      fc.constantFrom('won', 're-entered'),
      fc.dictionary(fc.constantFrom('stage', 'value'), fc.string({ unit: fc.constantFrom(...'a|=%+- ') })),
    )
    .map(([measure, dimensions]) => ({ ...dimensions, measure }));

  it('is read back as its terms, whatever the values are', () => {
    fc.assert(
      fc.property(fc.array(series, { minLength: 1 }), fc.array(series), (added, takenAway) => {
        const terms = [...added.map((each) => [1, seriesKey(each)]), ...takenAway.map((each) => [-1, seriesKey(each)])];
        const sum = seriesSum(added, takenAway);
        expect(termsOf(sum).map((term) => [term.sign, term.series])).toEqual(terms);
        expect(termsOf(sum.replaceAll('|+m', '| m')).map((term) => [term.sign, term.series])).toEqual(terms);
      }),
    );
  });

  it('takes one series, or the beginning of one, for itself', () => {
    expect(termsOf('measure=won|stage=x')).toEqual([{ sign: 1, series: 'measure=won|stage=x' }]);
    expect(termsOf('measure=')).toEqual([{ sign: 1, series: 'measure=' }]);
  });

  it.each([{}, { from: '2026-01-01' }, { to: '2026-01-31' }, { from: '2026-01-01', to: '2026-01-31' }])('counts the days %j', (days) => {
    expect(daysIn(onDays({ measure: 'won' }, days).days!)).toEqual(days);
  });
});
