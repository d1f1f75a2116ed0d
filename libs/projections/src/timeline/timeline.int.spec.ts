import type { DomainEvent } from '#event-log';
import { builtViews } from '#testing/built-views.js';
import { type StoryEvent, storyOf } from '#testing/customer-story.js';
import { fullStory } from '#testing/full-story.js';
import { cardProjection } from '../card/projection.js';
import { deskProjection } from '../desk/projection.js';
import type { Projection } from '../projection.js';
import { entriesIn } from '../runner/entries.js';
import type { QueryContext } from '../view-reader.js';
import { timelineProjection } from './projection.js';
import { type TimelineParams, timeline } from './query.js';

const now = '2026-03-01T00:00:00.000Z';
const views = [timelineProjection, cardProjection, deskProjection] as readonly Projection[];
const built = (...stories: readonly (readonly DomainEvent[])[]) => builtViews(views, stories, { now });
const asked = async (context: QueryContext, params: Omit<TimelineParams, 'customerId'> = {}) =>
  (await timeline(context, { customerId: 'anna', ...params }))!;
const ids = async (context: QueryContext, params: Omit<TimelineParams, 'customerId'> = {}) =>
  (await asked(context, params)).entries.map(({ eventId }) => eventId);
const contact = (at: string, id: string, known = at): StoryEvent => ({
  type: 'contact-recorded',
  at,
  known,
  id,
  data: { contactId: 'same', channel: 'phone', direction: 'inbound', purpose: 'other' },
});
const assigned = (curatorId: string, from: string, known = from): StoryEvent => ({
  type: 'curator-assigned',
  at: known,
  data: { curatorId, from: `${from}T00:00:00.000Z` },
});

describe('the timeline', () => {
  let full: QueryContext;
  beforeAll(async () => {
    full = await built(storyOf('anna', fullStory), storyOf('annabel', fullStory));
  });

  it('shows everything of one customer, oldest or newest first, by when it was true and then by revision', async () => {
    const inTime = (a: DomainEvent, b: DomainEvent) =>
      a.occurredAt < b.occurredAt ? -1 : a.occurredAt > b.occurredAt ? 1 : a.revision - b.revision;
    const expected = storyOf('anna', fullStory)
      .toSorted(inTime)
      .map(({ id }) => id);
    expect(await ids(full, { order: 'oldest', limit: 500 })).toEqual(expected);
    expect(await ids(full, { limit: 500 })).toEqual(expected.toReversed());
  });

  it.each(['newest', 'oldest'] as const)('turns pages without a gap or a repeat, %s first', async (order) => {
    const whole = await ids(full, { order, limit: 500 });
    for (const limit of [1, 2, 7, 43]) {
      const pages: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await asked(full, { order, limit, ...(cursor && { cursor }) });
        pages.push(...page.entries.map(({ eventId }) => eventId));
        cursor = page.next;
      } while (cursor);
      expect(pages).toEqual(whole);
    }
  });

  it('is filtered by channel, kind, type and period', async () => {
    expect((await asked(full, { kind: 'promise' })).entries.map(({ type }) => type)).toEqual([
      'promise-broken',
      'promise-overdue',
      'promise-made',
      'promise-kept',
      'promise-reassigned',
      'promise-made',
    ]);
    expect(await ids(full, { channel: 'email', type: 'contact-recorded' })).toEqual(['anna-10']);
    expect(await ids(full, { from: '2026-01-23', to: '2026-01-24', order: 'oldest' })).toEqual(['anna-43', 'anna-44', 'anna-45']);
  });

  it('keeps what was retracted and names the retraction and what takes its place, as known then, whatever is asked as of', async () => {
    const retracted = (known: string, id: string, eventId: string, replacedBy?: string): StoryEvent => ({
      type: 'event-retracted',
      at: known,
      id,
      data: { eventId, reason: 'wrong', ...(replacedBy && { replacedBy }) },
    });
    const corrected = await built(
      storyOf('anna', [
        contact('2026-01-01', 'a'),
        contact('2026-01-02', 'b'),
        contact('2026-01-03', 'c'),
        retracted('2026-01-10', 'r1', 'a'),
        retracted('2026-01-11', 'r2', 'b', 'b2'),
        contact('2026-01-04', 'b2', '2026-01-11'),
        retracted('2026-01-12', 'r3', 'b2', 'b3'),
        contact('2026-01-05', 'b3', '2026-01-12'),
      ]),
    );
    const entries = async (params: Omit<TimelineParams, 'customerId'> = {}) =>
      (await asked(corrected, { order: 'oldest', ...params })).entries.map(({ eventId, kind, retractedBy }) => [
        eventId,
        kind,
        retractedBy,
      ]);
    const all = [
      ['a', 'contact', { eventId: 'r1' }],
      ['b', 'contact', { eventId: 'r2', replacedBy: 'b2' }],
      ['c', 'contact', undefined],
      ['b2', 'contact', { eventId: 'r3', replacedBy: 'b3' }],
      ['b3', 'contact', undefined],
      ['r1', 'correction', undefined],
      ['r2', 'correction', undefined],
      ['r3', 'correction', undefined],
    ];
    expect(await entries()).toEqual(all);
    expect(await entries({ limit: 4 })).toEqual(all.slice(0, 4));
    expect(await entries({ asOf: '2026-01-03' })).toEqual(all.slice(0, 3));
    expect(await entries({ kind: 'correction' })).toEqual(all.slice(5));
    expect(await entries({ knownAt: '2026-01-10' })).toEqual([all[0], ['b', 'contact', undefined], all[2], all[5]]);
    expect(await ids(corrected, { limit: 100 })).toEqual(all.map(([id]) => id).reverse());
  });

  it('never makes one of two: exact duplicates stay', async () => {
    const twice = await built(storyOf('anna', [contact('2026-01-01', 'a'), contact('2026-01-01', 'b')]));
    expect(await ids(twice)).toEqual(['b', 'a']);
  });

  it('puts a late event where it was true, and leaves out what was not known then', async () => {
    const late = await built(
      storyOf('anna', [contact('2026-01-10', 'a'), contact('2026-01-05', 'late', '2026-01-20'), contact('2026-01-21', 'b')]),
    );
    expect(await ids(late)).toEqual(['b', 'a', 'late']);
    expect(await ids(late, { knownAt: '2026-01-15' })).toEqual(['a']);
    expect(await ids(late, { asOf: '2026-01-06' })).toEqual(['late']);
    expect(await ids(late, { asOf: '2026-01-20', knownAt: '2026-01-20' })).toEqual(['a', 'late']);
  });

  it('says who was curator at that time, corrected by a late assignment, and as known then', async () => {
    const story = [
      assigned('maria', '2026-01-01'),
      contact('2026-01-05', 'a'),
      contact('2026-01-15', 'b'),
      assigned('oleg', '2026-01-10', '2026-01-20'),
    ];
    const context = await built(storyOf('anna', story));
    const curators = async (params = {}) =>
      (await asked(context, { kind: 'contact', order: 'oldest', ...params })).entries.map(({ curatorId }) => curatorId);
    expect(await curators()).toEqual(['maria', 'oleg']);
    expect(await curators({ knownAt: '2026-01-19' })).toEqual(['maria', 'maria']);
    expect(await curators({ curatorId: 'oleg' })).toEqual(['oleg']);
    expect(await ids(context, { curatorId: 'maria', knownAt: '2026-01-19', kind: 'contact' })).toEqual(['b', 'a']);
  });

  it('turns pages over the times of one curator, also when they came back', async () => {
    const story = [
      assigned('maria', '2026-01-01'),
      contact('2026-01-02', 'a'),
      assigned('oleg', '2026-01-03'),
      contact('2026-01-04', 'no'),
      assigned('maria', '2026-01-05'),
      contact('2026-01-06', 'b'),
      contact('2026-01-07', 'c'),
    ];
    const context = await built(storyOf('anna', story));
    const first = await asked(context, { curatorId: 'maria', kind: 'contact', limit: 2 });
    expect(first.entries.map(({ eventId }) => eventId)).toEqual(['c', 'b']);
    const second = await asked(context, { curatorId: 'maria', kind: 'contact', limit: 2, cursor: first.next! });
    expect(second.entries.map(({ eventId }) => eventId)).toEqual(['a']);
    expect(second.next).toBeUndefined();
  });

  it('shows what is planned as of then', async () => {
    const planned = async (asOf: string) => (await asked(full, { asOf })).planned.map(({ id, overdue }) => [id, overdue]);
    expect(await planned('2026-01-05T12:00:00.000Z')).toEqual([['c2', false]]);
    expect(await planned('2026-01-12T12:00:00.000Z')).toEqual([['p2', true]]);
    expect((await asked(full)).planned).toEqual([]);
  });

  it('shows nothing personal after an erasure, as of no time', async () => {
    for (const travel of [{}, { asOf: '2026-01-20' }, { knownAt: '2026-01-20' }]) {
      const text = JSON.stringify(await asked(full, { limit: 500, ...travel }));
      for (const personal of ['Anna', '(495)', 'married', 'the roof', 'it leaks', 'send a sample', 'call her']) {
        expect(text).not.toContain(personal);
      }
    }
  });

  it('keeps no copy of what an event says', async () => {
    const { store } = await built(storyOf('anna', fullStory), storyOf('annabel', fullStory));
    const { documents } = await store.find('timeline_8_g1_entries', { limit: 1000 });
    const fields = ['kind', 'channel', 'type', 'recordedAt'];
    expect(documents.map(({ key }) => key.slice(0, key.indexOf('|')))).toEqual(['annabel', 'anna']);
    for (const { body } of documents) {
      const { entries, ...others } = body as { readonly entries: readonly (readonly unknown[])[] };
      expect(others).toEqual({ fields });
      // What is retracted is found by its id too.
      expect(entries.length).toBe(fullStory.length + fullStory.filter(({ type }) => type === 'event-retracted').length);
      for (const [rest, ...values] of entries) expect([typeof rest, values.length]).toEqual(['string', fields.length]);
    }
    const kept = documents.flatMap(entriesIn).map((entry) => [Object.keys(entry).sort(), Object.keys(entry.fields).sort()]);
    for (const each of kept) expect(each).toEqual([['fields', 'key'], fields.toSorted()]);
  });

  it('shows each entry from its own event, however far apart they are in the stream', async () => {
    const apart = await built(
      storyOf('anna', [
        contact('2026-01-01', 'first'),
        ...Array.from(
          { length: 40 },
          (_, i): StoryEvent => ({
            ...contact(`2026-01-${String(2 + (i % 20)).padStart(2, '0')}`, `x${i}`),
            data: { contactId: `x${i}`, channel: 'email', direction: 'inbound', purpose: 'other' },
          }),
        ),
        contact('2025-12-01', 'late', '2026-01-30'),
      ]),
    );
    expect(await ids(apart, { channel: 'phone', order: 'oldest' })).toEqual(['late', 'first']);
    expect(new Set(await ids(apart, { limit: 500 })).size).toBe(42);
  });

  describe('of a customer with many retractions', () => {
    const known = '2026-02-02';
    const retraction = (eventId: string, replacedBy?: string): StoryEvent => ({
      type: 'event-retracted',
      at: known,
      id: `not ${eventId}`,
      data: { eventId, reason: 'a mistake', ...(replacedBy !== undefined && { replacedBy }) },
    });
    const contacts = Array.from({ length: 200 }, (_, i) => `k${String(i).padStart(3, '0')}`);
    const day = (i: number) => `2026-01-${String(1 + (i % 28)).padStart(2, '0')}`;
    let many: QueryContext;
    beforeAll(async () => {
      many = await built(
        storyOf('anna', [
          ...contacts.map((id, i) => contact(day(i), id)),
          ...contacts.slice(20).map((id) => retraction(id)),
          retraction('k010', 'right'),
          contact('2026-01-11', 'right', known),
        ]),
      );
    });
    /** A page, and how many entries were read of the view for it. */
    const read = async (params: Omit<TimelineParams, 'customerId'>) => {
      let entries = 0;
      const reader = {
        ...many.reader,
        entries: async (...asked: Parameters<typeof many.reader.entries>) => {
          const found = await many.reader.entries(...asked);
          entries += found.length;
          return found;
        },
      };
      const answer = await timeline({ ...many, reader }, { customerId: 'anna', type: 'contact-recorded', ...params });
      return { entries, shown: new Map(answer!.entries.map(({ eventId, retractedBy }) => [eventId, retractedBy])) };
    };

    it('names the retraction of each entry of every page, as known then', async () => {
      const { shown } = await read({ limit: 500 });
      const expected = new Map<string, object | undefined>(contacts.map((id, i) => [id, i < 20 ? undefined : { eventId: `not ${id}` }]));
      expected.set('right', undefined).set('k010', { eventId: 'not k010', replacedBy: 'right' });
      expect(shown).toEqual(expected);
      expect(new Set((await read({ limit: 500, knownAt: '2026-02-01' })).shown.values())).toEqual(new Set([undefined]));
    });

    it('reads of them what the page needs', async () => {
      for (const order of ['newest', 'oldest'] as const) {
        const { entries, shown } = await read({ order, limit: 1 });
        expect(shown.size).toBe(1);
        // One more entry says whether there is a next page.
        expect(entries).toBeLessThanOrEqual(3);
      }
      expect((await read({ order: 'oldest', limit: 8 })).entries).toBeLessThanOrEqual(9 + 8 * 8);
    });
  });

  it('knows nothing of a stranger, and rejects a cursor of another make', async () => {
    expect(await timeline(full, { customerId: 'nobody' })).toBeUndefined();
    await expect(asked(full, { cursor: 'bm9uc2Vuc2U' })).rejects.toThrow('cursor');
    await expect(asked(full, { limit: 0 })).rejects.toThrow('limit');
  });
});
