import { type StoryEvent, storyOf } from '#testing/customer-story.js';
import { NEVER } from '../days.js';
import { impersonal } from '../impersonal.js';
import { behind, entriesFor, entryKey, entryOf, kindByType, retractionIn, retractionKey, revisionIn } from './entry.js';
import { decodePlace, encodePlace, queryOf, rangesOf } from './time-range.js';

const event = (type: string, data: object, more: Partial<StoryEvent> = {}) =>
  storyOf('anna', [{ type, at: '2026-01-02', data, ...more }])[0]!;
const at = (day: string) => `2026-01-${day}T00:00:00.000Z`;

describe('an entry of the timeline', () => {
  it('is of the kind that its event belongs to', () => {
    expect(
      [
        ['customer-registered', 'identity'],
        ['contact-recorded', 'contact'],
        ['promise-made', 'promise'],
        ['promise-overdue', 'promise'],
        ['deal-won', 'deal'],
        ['purchase-returned', 'purchase'],
        ['satisfaction-answered', 'attitude'],
        ['curator-assigned', 'care'],
        ['partnership-agreed', 'partnership'],
        ['event-retracted', 'correction'],
      ].filter(([type, kind]) => kindByType.get(type!) !== kind),
    ).toEqual([]);
    expect(kindByType.get('command-remembered')).toBeUndefined();
  });

  it('is found by its time and by what it is, and holds nothing that was said', () => {
    const recordedAt = at('02');
    expect(entriesFor(event('contact-recorded', { channel: 'phone', summary: 'secret' }))).toEqual([
      { key: `anna|${at('02')}|0000000000`, fields: { recordedAt, type: 'contact-recorded', kind: 'contact', channel: 'phone' } },
    ]);
    expect(entriesFor(event('deal-won', {}))).toMatchObject([{ fields: { kind: 'deal', channel: null } }]);
    const fields = { recordedAt, type: 'event-retracted', kind: 'correction', channel: null };
    const retracted = (data: object) => entriesFor(event('event-retracted', data, { id: 'r' }));
    expect(retracted({ eventId: 'e', reason: 'x', replacedBy: 'n' })).toEqual([
      { key: `anna|${at('02')}|0000000000`, fields },
      { key: 'anna|retracted|e|r|n', fields },
    ]);
    expect(retracted({ eventId: 'e', reason: 'x' })[1]?.key).toBe('anna|retracted|e|r|');
    expect(retractionIn('anna|retracted|e|r|n')).toEqual({ of: 'e', by: { eventId: 'r', replacedBy: 'n' } });
    expect(retractionIn('anna|retracted|e|r|')).toEqual({ of: 'e', by: { eventId: 'r' } });
    expect([revisionIn('anna|x|0000000012'), revisionIn(entryKey('anna', at('02'), 7))]).toEqual([12, 7]);
  });

  it('is before another by time, then by revision, and no retraction is among them', () => {
    const keys = [entryKey('anna', at('02'), 9), entryKey('anna', at('02'), 10), entryKey('anna', at('03'), 1)];
    expect(keys.toSorted()).toEqual(keys);
    const { keys: range } = queryOf('anna', {}, 'oldest', undefined);
    const within = (key: string) => key >= range.gte! && key < range.lt!;
    expect([...keys, entryKey('anna', NEVER, 1)].every(within)).toBe(true);
    expect(['anna|retracted|e|r|', entryKey('annabel', at('02'), 1), entryKey('ann', at('02'), 1)].some(within)).toBe(false);
    const begin = retractionKey('anna', 'e');
    expect(['anna|retracted|e|r|', 'anna|retracted|e|~~|n'].every((key) => key >= begin && key < behind(begin))).toBe(true);
    expect('anna|retracted|e2|r|' >= begin && 'anna|retracted|e2|r|' < behind(begin)).toBe(false);
  });

  it('names all that it is about', () => {
    const data = { contactId: 'k', dealId: 'd', promiseId: 7, regarding: { caseId: 'c', campaignId: 'm' } };
    expect(entryOf(event('contact-recorded', data))).toEqual({
      eventId: 'anna-0',
      revision: 0,
      position: '00000000000000000001',
      type: 'contact-recorded',
      at: at('02'),
      recordedAt: at('02'),
      actor: { kind: 'curator', id: 'actor' },
      data,
      regarding: { contactId: 'k', dealId: 'd', caseId: 'c', campaignId: 'm' },
    });
    for (const member of ['dealId', 'contactId', 'caseId', 'campaignId', 'promiseId', 'purchaseId', 'complaintId', 'agreementId'])
      expect(entryOf(event('contact-recorded', { [member]: 'x' })).regarding).toEqual({ [member]: 'x' });
  });

  it('has no name of who acted and nothing personal, once the customer is erased', () => {
    const by = { kind: 'curator', id: 'maria', name: 'Maria Ivanova' } as const;
    const registered = event('customer-registered', { kind: 'person', role: 'customer', displayName: 'Anna' }, { by });
    expect(entryOf(impersonal(registered))).toEqual({
      ...entryOf(registered),
      actor: { kind: 'curator', id: 'maria' },
      data: { kind: 'person', role: 'customer' },
    });
  });
});

describe('the times that are read', () => {
  const interval = (from: string, to: string) => ({ curatorId: 'maria', from: at(from), to: to === NEVER ? NEVER : at(to), event: 'e' });

  it('are the period, or of a curator what of the period was the curator’s, in the order of the timeline', () => {
    const period = { from: at('05'), to: at('20') };
    expect(rangesOf(period, 'newest', undefined)).toEqual([period]);
    const intervals = [
      interval('01', '04'),
      interval('03', '05'),
      interval('04', '10'),
      interval('12', '20'),
      interval('20', NEVER),
      interval('21', NEVER),
    ];
    const ranges = [
      { from: at('05'), to: at('20'), before: at('10') },
      { from: at('12'), to: at('20'), before: at('20') },
      { from: at('20'), to: at('20'), before: NEVER },
    ];
    expect(rangesOf(period, 'oldest', intervals)).toEqual(ranges);
    expect(rangesOf(period, 'newest', intervals)).toEqual(ranges.toReversed());
    expect(rangesOf({}, 'oldest', [interval('01', '04'), interval('04', '04')])).toEqual([{ from: at('01'), before: at('04') }]);
  });

  it('are both ends inclusive but the end of a curator, and continue behind the place of a page', () => {
    const keyed = (day: string, revision = 1) => entryKey('anna', at(day), revision);
    const found = (...[, range, order, after]: Parameters<typeof queryOf>) => {
      const { keys } = queryOf('anna', range, order, after);
      const all = ['04', '05', '06', '10', '11'].flatMap((day) =>
        [1, 2].map((revision) => [`${day}.${revision}`, keyed(day, revision)] as const),
      );
      return all
        .filter(([, key]) => (keys.gte === undefined || key >= keys.gte) && (keys.gt === undefined || key > keys.gt) && key < keys.lt!)
        .map(([name]) => name);
    };
    const range = { from: at('05'), to: at('10') };
    const whole = ['05.1', '05.2', '06.1', '06.2', '10.1', '10.2'];
    const place = (day: string, revision: number) => ({ at: at(day), revision });
    for (const order of ['oldest', 'newest'] as const) {
      expect(found('anna', range, order, undefined)).toEqual(whole);
      expect(found('anna', { from: at('05'), before: at('10') }, order, undefined)).toEqual(whole.slice(0, 4));
      expect(found('anna', { ...range, before: at('06') }, order, undefined)).toEqual(whole.slice(0, 2));
      expect(found('anna', {}, order, undefined)).toHaveLength(10);
      expect(queryOf('anna', range, order, undefined).order).toBe(order === 'oldest' ? 'asc' : 'desc');
    }
    expect(found('anna', range, 'oldest', place('06', 1))).toEqual(whole.slice(3));
    expect(found('anna', range, 'newest', place('06', 1))).toEqual(whole.slice(0, 2));
    // A page of one curator's time ended before this one begins, or behind its end.
    expect(found('anna', range, 'oldest', place('04', 1))).toEqual(whole);
    expect(found('anna', range, 'newest', place('11', 1))).toEqual(whole);
  });

  it('are named by a cursor that no other text is taken for', () => {
    const place = { at: '2026-01-02T03:04:05.678Z', revision: 12 };
    expect(decodePlace(encodePlace(place))).toEqual(place);
    for (const text of ['', '12', '12@', '@2026-01-02T03:04:05.678Z', 'x12@2026-01-02T03:04:05.678Z', '12x@2026-01-02T03:04:05.678Z'])
      expect(() => decodePlace(Buffer.from(text).toString('base64url'))).toThrow('is not a cursor of the timeline');
    for (const instant of [
      '2026-01-02',
      '2026-01-02T03:04:05.678',
      'x2026-01-02T03:04:05.678Z',
      '2026-01-02T03:04:05.678Zx',
      '2026-01-02TxZ',
    ])
      expect(() => decodePlace(Buffer.from(`12@${instant}`).toString('base64url'))).toThrow('is not a cursor of the timeline');
  });
});
