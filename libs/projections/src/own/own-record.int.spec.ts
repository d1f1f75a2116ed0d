import fc from 'fast-check';
import type { Audience, DomainEvent, EventLog } from '#event-log';
import { createAudience } from '#event-log';
import { defaultPolicies, eventDefinitions } from '#relationship';
import { appendAtHead } from '#testing/append-at-head.js';
import { arbitraryCorrections } from '#testing/arbitrary-corrections.js';
import { arbitraryEvents, arbitraryStory } from '#testing/arbitrary-story.js';
import { memoryLog } from '#testing/as-written.js';
import { builtViews } from '#testing/built-views.js';
import { type StoryEvent, storyOf } from '#testing/customer-story.js';
import { fullStory } from '#testing/full-story.js';
import { customerCard } from '../card/query.js';
import { isHalf } from '../counting.js';
import { ladderOf } from '../ladder/query.js';
import { timeline } from '../timeline/query.js';
import type { QueryContext } from '../view-reader.js';
import { projections } from '../views.js';
import { ownContext } from './own-context.js';
import { OwnRecord } from './own-record.js';
import { createOwnRecords } from './own-records.js';

const now = '2026-12-01T00:00:00.000Z';
const customer = createAudience('customer', eventDefinitions);
const everything: Audience = { note: () => false, shown: (_, event) => event };
/** Of a company that is not there: whatever is asked beside the own record is an error. */
const nobody = new Proxy({} as QueryContext['reader'], { get: () => () => Promise.reject(new Error('asked the company')) });
const company = (log: QueryContext['log']): QueryContext => ({ reader: nobody, log, policies: defaultPolicies, now });

const appended = async (log: EventLog, events: readonly DomainEvent[]) => {
  const news = events.map(({ stream: _s, revision: _r, position: _p, hash: _h, ...event }) => event);
  if (events[0]) await appendAtHead(log, events[0].stream, news);
};
const logOf = async (given: readonly StoryEvent[]) => {
  const log = memoryLog();
  await appended(log, storyOf('anna', given));
  return log;
};
const seen = async (log: EventLog, audience = customer, record = new OwnRecord(log, audience, 'anna')) => {
  await record.refresh();
  return ownContext(company(log), 'anna', record);
};
/** By what is known now, without what was retracted, which a customer is not shown, and without the revision, which the own record has of the stream. */
const counting = async (context: QueryContext) => {
  const answered = [{}, { asOf: '2026-01-15' }, { asOf: '2026-11-15' }].map(async (travel) => {
    const asked = { customerId: 'anna', ...travel };
    const [card, ladder] = await Promise.all([customerCard(context, asked), ladderOf(context, asked)]);
    const all = await timeline(context, { ...asked, limit: 500 });
    const without = (answer: object | undefined) => answer && { ...answer, revision: undefined };
    return {
      card: without(card),
      ladder: without(ladder),
      timeline: { ...all, entries: all?.entries.filter((each) => !each.retractedBy) },
    };
  });
  return Promise.all(answered);
};
/** A retraction of one of the events before it that can be retracted. */
const retractingSome = (event: DomainEvent, at: number, all: readonly DomainEvent[]): DomainEvent => {
  const before = all.slice(0, at).filter(({ type }) => /^(contact|customer-identifier)/.test(type));
  if (event.type !== 'event-retracted' || before.length === 0) return event;
  return { ...event, data: { ...(event.data as object), eventId: before[at % before.length]!.id } };
};
/** All that a customer can ask, now and at another time. */
const answers = async (context: QueryContext) => {
  const asked = { customerId: 'anna' };
  const travels = [{}, { asOf: '2026-01-15' }, { knownAt: '2026-01-15' }, { asOf: '2026-11-15', knownAt: '2026-11-20' }];
  return Promise.all(
    travels.flatMap((travel) => [
      customerCard(context, { ...asked, ...travel }),
      ladderOf(context, { ...asked, ...travel }),
      timeline(context, { ...asked, ...travel, limit: 500 }),
      timeline(context, { ...asked, ...travel, limit: 3, order: 'oldest', kind: 'contact' }),
    ]),
  );
};

describe('the own record', () => {
  it('answers as the views do, where all is shown', async () => {
    const whole = await builtViews(projections, [storyOf('anna', fullStory.slice(0, -1))], { now });
    const own = await seen(await logOf(fullStory.slice(0, -1)), everything);
    const last = fullStory.length - 2;
    const atTheEnd = <Answer>(answer: Answer) =>
      answer && typeof answer === 'object' && 'revision' in answer ? { ...answer, revision: last } : answer;
    expect((await answers(own)).map(atTheEnd)).toEqual((await answers(whole)).map(atTheEnd));
  });

  it('is the same taken in bit by bit as at once, whatever later events withdraw', async () => {
    const given = fc.oneof(arbitraryStory, arbitraryEvents);
    const retraction = fc.record({
      type: fc.constant('event-retracted'),
      at: fc.constant('2026-11-10'),
      data: fc.constant({ eventId: '', reason: 'a mistake' }),
    });
    const identifier = fc.record({
      type: fc.constantFrom('customer-identifier-added', 'customer-identifier-removed'),
      at: fc.constantFrom('2026-01-02', '2026-01-09', '2026-11-09'),
      data: fc.record({ kind: fc.constant('email'), value: fc.constantFrom('a', 'b') }),
    });
    const contact = fc.record({
      type: fc.constantFrom('contact-planned', 'contact-completed', 'contact-recorded', 'contact-missed', 'contact-rescheduled'),
      at: fc.constantFrom('2026-01-02', '2026-01-09', '2026-11-09'),
      data: fc.record({
        contactId: fc.constantFrom('k1', 'k2'),
        channel: fc.constant('phone'),
        direction: fc.constantFrom('internal', 'outbound'),
        purpose: fc.constant('other'),
        plannedFor: fc.constant('2026-01-20T00:00:00.000Z'),
        from: fc.constant('2026-01-20T00:00:00.000Z'),
        to: fc.constant('2026-01-22T00:00:00.000Z'),
      }),
    });
    await fc.assert(
      fc.asyncProperty(
        given,
        fc.array(fc.oneof(identifier, contact, retraction), { maxLength: 12 }),
        fc.nat(),
        async (story, more, seed) => {
          const events = storyOf('anna', [...story.slice(0, 40), ...more, ...story.slice(40)]).map(retractingSome);
          const log = memoryLog();
          const record = new OwnRecord(log, customer, 'anna');
          for (let at = 0; at < events.length; ) {
            const step = 1 + ((seed + at) % 7);
            await appended(log, events.slice(at, at + step));
            await record.refresh();
            at += step;
          }
          expect(await answers(await seen(log, customer, record))).toEqual(await answers(await seen(log)));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('follows corrections as the views do, taken in bit by bit', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryCorrections, fc.integer({ min: 1, max: 9 }), async ({ recorded }, step) => {
        const events = storyOf('anna', recorded);
        const log = memoryLog();
        const record = new OwnRecord(log, everything, 'anna');
        for (let at = 0; at < events.length; ) {
          const end = at + step;
          const some = events.slice(at, isHalf(events[end - 1]) ? end + 1 : end);
          await appended(log, some);
          await record.refresh();
          at += some.length;
        }
        const whole = await builtViews(projections, [events], { now });
        expect(await counting(await seen(log, everything, record))).toEqual(await counting(whole));
      }),
      { numRuns: 20, endOnFailure: true },
    );
  });

  const contact = (type: string, contactId: string, direction?: string): StoryEvent => ({
    type,
    at: '2026-01-05',
    id: `${type} ${contactId}`,
    data: {
      contactId,
      ...(direction && { channel: 'phone', direction, purpose: 'other', summary: `${direction} talk` }),
      ...(type === 'contact-planned' && { plannedFor: '2026-01-09T00:00:00.000Z' }),
    },
  });
  const registered: StoryEvent = { type: 'customer-registered', at: '2026-01-01', data: { kind: 'person', role: 'customer' } };
  const email = (what: 'added' | 'removed', value: string): StoryEvent => ({
    type: `customer-identifier-${what}`,
    at: '2026-01-02',
    data: { kind: 'email', value },
  });
  const shownOf = async (...given: StoryEvent[]) => {
    const context = await seen(await logOf([registered, ...given]));
    const [card, entries] = [
      (await customerCard(context, { customerId: 'anna' }))!,
      (await timeline(context, { customerId: 'anna', order: 'oldest' }))!.entries.slice(1),
    ];
    return { card, entries: entries.map(({ type, data }) => ({ type, data })) };
  };

  it('hides a contact among ourselves whole: what became of it, what counts it and what refers to it', async () => {
    const { card, entries } = await shownOf(
      contact('contact-planned', 'secret', 'internal'),
      contact('contact-missed', 'secret'),
      contact('contact-recorded', 'other secret', 'internal'),
      {
        type: 'promise-made',
        at: '2026-01-06',
        data: { promiseId: 'p', text: 'a cake', dueAt: '2026-01-07T00:00:00.000Z', contactId: 'secret' },
      },
    );
    expect(entries).toEqual([{ type: 'promise-made', data: { promiseId: 'p', text: 'a cake', dueAt: '2026-01-07T00:00:00.000Z' } }]);
    expect(card).toMatchObject({ contacts: 0, lastContact: null, channels: { observed: [] } });
    expect(card.openPromises).toHaveLength(1);
  });

  it('shows how a contact planned among ourselves ended with the customer, and hides that one with the customer became internal', async () => {
    const outside = await shownOf(contact('contact-planned', 'k', 'internal'), contact('contact-completed', 'k', 'outbound'));
    expect(outside.entries.map(({ type }) => type)).toEqual(['contact-completed']);
    const inside = await shownOf(contact('contact-planned', 'k', 'outbound'), contact('contact-completed', 'k', 'internal'));
    expect([inside.entries, inside.card.overdueContacts]).toEqual([[], []]);
  });

  it('hides the value of a removed identifier wherever it was said, until it is added again', async () => {
    const removed = await shownOf(email('added', 'a@x'), email('added', 'b@x'), email('removed', 'b@x'));
    expect(removed.entries.map(({ data }) => data)).toEqual([{ kind: 'email', value: 'a@x' }, { kind: 'email' }, { kind: 'email' }]);
    expect(removed.card.identifiers.map(({ value }) => value)).toEqual(['a@x']);
    const context = await seen(await logOf([registered, email('added', 'a@x'), { ...email('removed', 'a@x'), at: '2026-01-20' }]));
    expect((await customerCard(context, { customerId: 'anna', asOf: '2026-01-10' }))?.identifiers).toEqual([]);
    const again = await shownOf(email('added', 'b@x'), email('removed', 'b@x'), email('added', 'b@x'));
    expect(again.entries.map(({ data }) => data)).toEqual(Array(3).fill({ kind: 'email', value: 'b@x' }));
    expect(again.card.identifiers.map(({ value }) => value)).toEqual(['b@x']);
  });

  describe('of corrections', () => {
    const talk = (id: string, at: string, direction: string, summary = `${direction} talk`): StoryEvent => ({
      type: 'contact-recorded',
      at,
      id,
      data: { contactId: 'k', channel: 'phone', direction, purpose: 'other', summary },
    });
    const retraction = (eventId: string, replacedBy?: string): StoryEvent => ({
      type: 'event-retracted',
      at: '2026-01-10',
      id: `not ${eventId}`,
      data: { eventId, reason: 'a mistake', ...(replacedBy !== undefined && { replacedBy }) },
    });
    const what = async (...given: StoryEvent[]) => {
      const context = await seen(await logOf([registered, ...given]));
      const { entries } = (await timeline(context, { customerId: 'anna', order: 'oldest' }))!;
      const before = { customerId: 'anna', knownAt: '2026-01-07' };
      const text = JSON.stringify([await answers(context), await timeline(context, before), await customerCard(context, before)]);
      return { entries: entries.slice(1).map(({ eventId, data }) => ({ eventId, data })), text };
    };
    const noon = '2026-01-05T12:00:00.000Z';
    const earlier = '2026-01-05T11:00:00.000Z';

    it('hides what was with the customer and became internal, at whichever time, and that it was corrected', async () => {
      const { entries, text } = await what(talk('x', noon, 'inbound', 'a remark'), retraction('x', 'y'), talk('y', earlier, 'internal'));
      expect(entries).toEqual([]);
      expect(text).not.toContain('a remark');
    });

    it('shows what was internal by mistake as it is right, and nothing of what was wrong', async () => {
      const { entries, text } = await what(talk('x', noon, 'internal'), retraction('x', 'y'), talk('y', earlier, 'inbound'));
      expect(entries).toEqual([{ eventId: 'y', data: expect.objectContaining({ direction: 'inbound', summary: 'inbound talk' }) }]);
      expect(text).not.toContain('internal talk');
      expect(text).not.toContain('"x"');
    });

    it('does not name an internal event that was retracted', async () => {
      const { entries, text } = await what(talk('x', noon, 'internal'), retraction('x'));
      expect([entries, text.includes('"x"')]).toEqual([[], false]);
    });

    it('shows nothing of what was recorded on the wrong customer, as known before neither, but that it was retracted', async () => {
      const { entries, text } = await what(talk('x', noon, 'inbound', 'Mr Smith is ill'), retraction('x'));
      expect(entries).toEqual([{ eventId: 'not x', data: { eventId: 'x' } }]);
      expect(text).not.toContain('Smith');
    });

    it('names a replacement only where it is shown, and hides again what a retraction takes back', async () => {
      const { entries } = await what(
        talk('x', noon, 'inbound'),
        retraction('x', 'y'),
        talk('y', noon, 'internal'),
        retraction('y', 'z'),
        talk('z', noon, 'inbound'),
      );
      expect(entries).toEqual([
        { eventId: 'z', data: expect.objectContaining({ direction: 'inbound' }) },
        { eventId: 'not x', data: { eventId: 'x' } },
      ]);
    });

    it('takes a replacement where the wrong event was, at another time too', async () => {
      const plan = (id: string, plannedFor: string): StoryEvent => ({
        ...contact('contact-planned', 'k', 'outbound'),
        id,
        data: {
          contactId: 'k',
          channel: 'phone',
          direction: 'outbound',
          purpose: 'other',
          plannedFor,
        },
      });
      const context = await seen(
        await logOf([
          registered,
          plan('x', '2026-01-08T00:00:00.000Z'),
          contact('contact-completed', 'k', 'outbound'),
          retraction('x', 'y'),
          plan('y', '2026-01-09T00:00:00.000Z'),
        ]),
      );
      for (const travel of [{}, { asOf: '2026-02-01' }, { knownAt: '2026-02-01' }])
        expect((await timeline(context, { customerId: 'anna', ...travel }))?.planned).toEqual([]);
    });
  });

  it('changes nothing by a merge that was reversed', async () => {
    const { card, entries } = await shownOf(
      { type: 'customer-merged', at: '2026-01-02', data: { into: 'somebody' } },
      { type: 'customer-unmerged', at: '2026-01-03', data: { from: 'somebody' } },
    );
    expect([entries, card.mergedInto]).toEqual([[], null]);
  });

  it('shows nothing personal after an erasure, of what was recorded before it too', async () => {
    const log = await logOf(fullStory);
    const record = new OwnRecord(log, customer, 'anna');
    const context = await seen(log, customer, record);
    const events = [];
    for await (const batch of context.log.readStream('relationship-anna')) events.push(...batch);
    expect(events.length).toBeGreaterThan(30);
    const text = JSON.stringify([events, await answers(context)]);
    for (const personal of ['Anna', 'married', 'the roof', 'it leaks', 'send a sample', 'call her', 'Example.org'])
      expect({ personal, found: text.includes(personal) }).toEqual({ personal, found: false });
  });

  it('has the rung of the ladder that everyone else sees', async () => {
    const asked = { customerId: 'anna', asOf: '2026-01-20T12:00:00.000Z' };
    const given = fullStory.filter(({ type }) => !type.startsWith('complaint') && type !== 'customer-erased');
    const whole = await builtViews(projections, [storyOf('anna', given)], { now });
    const own = await ladderOf(await seen(await logOf(given)), asked);
    expect(own).toEqual(await ladderOf(whole, asked));
    expect(own?.rung).toBe('advocate');
  });

  it('names the revision of the stream, so that If-Match can be met, although the last events are hidden', async () => {
    const { card } = await shownOf(contact('contact-recorded', 'k', 'internal'));
    expect(card.revision).toBe(1);
  });

  it('holds nothing of anybody else', async () => {
    const log = await logOf([registered]);
    await appended(log, storyOf('boris', [registered], 2));
    const context = await seen(log);
    expect(await customerCard(context, { customerId: 'boris' })).toBeUndefined();
    expect(await customerCard(context, { customerId: 'boris', asOf: '2026-06-01' })).toBeUndefined();
    expect(await timeline(context, { customerId: 'boris' })).toBeUndefined();
    const all = [];
    for await (const batch of context.log.readAll()) all.push(...batch);
    expect(all).toEqual([]);
  });

  it('continues after the log was away', async () => {
    const log = await logOf([registered, contact('contact-recorded', 'k', 'inbound')]);
    let away = true;
    const shaky = { readStream: (...args: Parameters<EventLog['readStream']>) => (away ? failing() : log.readStream(...args)) };
    const record = new OwnRecord(shaky, customer, 'anna');
    await expect(record.refresh()).rejects.toThrow('away');
    away = false;
    await record.refresh();
    expect(record.revision).toBe(1);
  });
});

async function* failing(): AsyncGenerator<never> {
  yield await Promise.reject(new Error('the log is away'));
}

describe('records that are kept folded', () => {
  const counted = async (customers: readonly string[], limits: Parameters<typeof createOwnRecords>[2]) => {
    const log = memoryLog();
    for (const [n, id] of ['a', 'b', 'c'].entries()) await appended(log, storyOf(id, fullStory.slice(0, 10), 1 + n * 10));
    const started: string[] = [];
    const reading: Pick<EventLog, 'readStream'> = {
      readStream: (stream, options) => {
        if (options?.from === 0) started.push(stream.slice('relationship-'.length));
        return log.readStream(stream, options);
      },
    };
    const records = createOwnRecords(reading, customer, limits);
    for (const id of customers) {
      if (id.startsWith('-')) records.forget(id.slice(1));
      else await records.of(id);
    }
    return started.join('');
  };

  it('read only what is new', async () => {
    expect(await counted(['a', 'b', 'a', 'b', 'a'], {})).toBe('ab');
  });

  it('are dropped where they are to be forgotten', async () => {
    expect(await counted(['a', 'b', '-a', '-c', 'b', 'a'], {})).toBe('aba');
  });

  it('are as many as their events allow, the one asked for longest ago is forgotten first, and one is always kept', async () => {
    expect(await counted(['a', 'b', 'c', 'b', 'c', 'a'], { mostEvents: 20 })).toBe('abca');
    expect(await counted(['a', 'b', 'c', 'a'], { mostRecords: 2 })).toBe('abca');
    expect(await counted(['a', 'a', 'b', 'b'], { mostEvents: 1 })).toBe('ab');
  });
});
