import fc from 'fast-check';
import { parseSeries, seriesKey } from './series.js';

describe('the key of a series', () => {
  it('begins with the measure and goes on with the other dimensions by name', () => {
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
});
