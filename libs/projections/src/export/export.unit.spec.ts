import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type StoryEvent, storyOf } from '#testing/customer-story.js';
import { fullStory } from '#testing/full-story.js';
import { keptOf, providedOf, recipientsIn, releaseIn, WITHHELD } from './exported.js';
import { exportPage } from './page.js';

const at = '2026-01-01';
const customer = { kind: 'customer', id: 'anna' } as const;
const story = (...events: readonly (Omit<StoryEvent, 'at'> & { readonly at?: string })[]) =>
  storyOf(
    'anna',
    [{ type: 'customer-registered', data: { kind: 'person', role: 'customer', displayName: 'Анна', segment: 'vip' } }, ...events].map(
      (each) => ({ at, ...each }),
    ),
  );
const contact = {
  contactId: 'c',
  channel: 'phone',
  direction: 'inbound',
  purpose: 'service',
  summary: 'a remark',
  handledBy: 'maria',
  participants: [{ role: 'wife', name: 'Olga', id: 'o' }],
};
const dataOf = (events: readonly { readonly type: string; readonly data: unknown }[], type: string) =>
  events.filter((each) => each.type === type).map(({ data }) => data);

describe('what a customer provided', () => {
  it('is what came from the customer, not what we added or wrote about it', () => {
    const provided = providedOf(
      story({ type: 'contact-recorded', data: contact }, { type: 'deal-opened', data: { dealId: 'd', funnelVersion: 1, stage: 'lead' } }),
      'anna',
    );
    expect(provided.map(({ type, data }) => [type, data])).toEqual([
      ['customer-registered', { kind: 'person', displayName: 'Анна' }],
      ['contact-recorded', { channel: 'phone', direction: 'inbound', purpose: 'service' }],
    ]);
  });

  it('is all that the customer recorded with an own key, but for other people', () => {
    const { handledBy: _, ...written } = contact;
    const provided = providedOf(story({ type: 'contact-recorded', data: written, by: customer }), 'anna');
    expect(dataOf(provided, 'contact-recorded')).toEqual([
      { ...written, participants: [{ role: 'wife', name: 'another person', id: 'another person' }] },
    ]);
    expect(
      dataOf(providedOf(story({ type: 'contact-recorded', data: written, by: { ...customer, id: 'boris' } }), 'anna'), 'contact-recorded'),
    ).toEqual([{ channel: 'phone', direction: 'inbound', purpose: 'service' }]);
  });

  it("is without an identifier that was removed, as it may have been somebody else's", () => {
    const added = { type: 'customer-identifier-added', data: { kind: 'email', value: 'boris@example.org' } };
    const removed = { ...added, type: 'customer-identifier-removed', at: '2026-01-02' };
    expect(JSON.stringify(providedOf(story(added), 'anna'))).toContain('boris@');
    expect(JSON.stringify(providedOf(story(added, removed), 'anna'))).not.toContain('boris@');
  });

  it('is without what was taken back, and with a correction of the own name but not of our segment', () => {
    const provided = providedOf(
      story(
        { type: 'customer-identifier-added', data: { kind: 'email', value: 'wrong@example.org' }, id: 'wrong' },
        { type: 'event-retracted', data: { eventId: 'wrong', reason: 'misheard' } },
        { type: 'customer-details-corrected', data: { field: 'displayName', from: 'Анна', to: 'Anna', reason: 'a remark' } },
        { type: 'customer-details-corrected', data: { field: 'segment', from: 'vip', to: 'b2b' } },
      ),
      'anna',
    );
    expect(JSON.stringify(provided)).not.toMatch(/wrong|misheard|segment|remark/);
    expect(dataOf(provided, 'customer-details-corrected')).toEqual([{ field: 'displayName', to: 'Anna' }]);
  });
});

describe('what is kept of a customer', () => {
  it('has remarks, and neither costs nor other people', () => {
    const kept = keptOf(
      story(
        { type: 'contact-recorded', data: contact },
        { type: 'curator-assigned', data: { curatorId: 'maria', from: '2026-01-01T00:00:00.000Z', formerCuratorId: 'oleg' } },
        {
          type: 'deal-won',
          data: {
            dealId: 'd',
            from: 'lead',
            amount: { minor: 900, currency: 'EUR' },
            cost: { minor: 4711, currency: 'EUR' },
            note: 'hard to please',
          },
        },
        { type: 'referral-converted', data: { referralId: 'r', referredCustomerId: 'boris', dealId: 'd2' } },
        { type: 'acquisition-recorded', data: { source: 'friend', referrer: 'Olga' } },
      ),
    );
    expect(dataOf(kept, 'contact-recorded')).toMatchObject([
      { summary: 'a remark', handledBy: 'a curator', participants: [{ role: 'wife', name: 'another person' }] },
    ]);
    expect(dataOf(kept, 'curator-assigned')).toMatchObject([{ curatorId: 'a curator', formerCuratorId: 'a curator' }]);
    expect(dataOf(kept, 'deal-won')).toEqual([
      { dealId: 'd', from: 'lead', amount: { minor: 900, currency: 'EUR' }, note: 'hard to please' },
    ]);
    expect(dataOf(kept, 'referral-converted')).toEqual([
      { referralId: 'r', referredCustomerId: 'another customer', dealId: 'another customer' },
    ]);
    expect(dataOf(kept, 'customer-registered')).toMatchObject([{ segment: 'vip' }]);
    expect(JSON.stringify(kept)).not.toMatch(/maria|oleg|boris|Olga|4711|cost/);
  });

  it('says what no longer counts, and by which role it was recorded', () => {
    const kept = keptOf(
      story(
        { type: 'review-published', data: { reviewId: 'r', site: 's' }, id: 'gone', by: customer },
        { type: 'event-retracted', data: { eventId: 'gone', reason: 'x' } },
      ),
    );
    expect(kept.map(({ by, counts }) => [by, counts])).toEqual([
      ['import', true],
      ['customer', false],
      ['curator', true],
    ]);
    expect(kept.every((each) => !('actor' in each))).toBe(true);
  });

  it('has no free text of events that were withheld at the release', () => {
    const events = story(
      { type: 'contact-recorded', data: contact, id: 'about-olga' },
      { type: 'access-requested', data: { dueAt: '2026-02-01T00:00:00.000Z' } },
      { type: 'access-released', data: { withheld: ['about-olga'] } },
    );
    const release = releaseIn(events)!;
    expect(release).toMatchObject({ revision: 3, withheld: ['about-olga'] });
    const kept = keptOf(events, release.withheld);
    expect(dataOf(kept, 'contact-recorded')).toMatchObject([{ summary: WITHHELD, participants: WITHHELD, channel: 'phone' }]);
    expect(dataOf(kept, 'access-released')).toEqual([{}]);
    expect(releaseIn(events.slice(0, -1))).toBeUndefined();
  });

  it('went to subscribers that were given a key, each since the first time', () => {
    const disclosed = (subscriberId: string, keyId: string, day: string) => ({
      type: 'publishing-key-disclosed',
      data: { subscriberId, keyId },
      at: day,
    });
    const events = story(
      disclosed('mail', 'k1', '2026-01-02'),
      disclosed('web', 'k1', '2026-01-03'),
      disclosed('mail', 'k2', '2026-01-04'),
    );
    expect(recipientsIn(events)).toEqual([
      { subscriberId: 'mail', at: '2026-01-02T00:00:00.000Z' },
      { subscriberId: 'web', at: '2026-01-03T00:00:00.000Z' },
    ]);
  });

  it('is the same twice, whatever happened', () => {
    const events = storyOf('anna', fullStory.slice(0, -1));
    expect(JSON.stringify(keptOf(events))).toBe(JSON.stringify(keptOf(events)));
    expect(keptOf(events).length).toBe(events.length);
  });

  it('fails where an event is not understood, and leaves none out', () => {
    const events = story({ type: 'from-the-future', data: {} }).map((event, n) =>
      n === 0 ? event : { ...event, notUnderstood: 'unknown-type' as const },
    );
    for (const exported of [() => keptOf(events), () => providedOf(events, 'anna')]) expect(exported).toThrow();
  });
});

describe('the page of an export', () => {
  const page = (summary: string) =>
    exportPage({
      kind: 'kept',
      customerId: 'anna',
      releasedAt: null,
      upTo: { revision: 0, recordedAt: at },
      events: keptOf(story({ type: 'contact-recorded', data: { ...contact, summary } })),
      profiling: { ladder: null, churn: null },
      reads: [{ at, role: 'curator', operation: 'timeline', reason: '<b>' }],
      recipients: [{ subscriberId: 'mail', at }],
    });

  it('shows what a customer wrote as text, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[<>"'&/a-z=! ]{1,40}$/)), (summary) => {
        const html = page(summary);
        const tags = [...html.matchAll(/<\/?([a-z0-9]+)/gi)].map(([, tag]) => tag!.toLowerCase());
        const known = [
          'html',
          'head',
          'meta',
          'title',
          'style',
          'body',
          'h1',
          'h2',
          'h3',
          'p',
          'table',
          'tr',
          'th',
          'td',
          'bdi',
          'section',
        ];
        expect(tags.filter((tag) => !known.includes(tag))).toEqual([]);
        expect(tags.length).toBe([...page('x').matchAll(/<\/?([a-z0-9]+)/gi)].length);
        expect(html.isWellFormed()).toBe(true);
      }),
    );
    expect(page('<script>alert(1)</script>')).toContain('<bdi>&lt;script&gt;alert(1)&lt;/script&gt;</bdi>');
  });

  it('keeps right-to-left text from turning the rest round', () => {
    const html = page('\u202eלקוח\u2069 1');
    expect(html).toContain('<bdi>לקוח 1</bdi>');
    expect(html).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
  });

  it('names sections, descriptions and what is missing in words', () => {
    const html = page('x');
    for (const words of [
      'All data that we keep about you',
      'An interaction took place.',
      'Preview, not released',
      'First given',
      'a curator',
      '&lt;b&gt;',
    ])
      expect(html).toContain(words);
    expect(html).not.toMatch(/src=|href=|\son[a-z]+=|javascript:|url\(/i);
  });
});
