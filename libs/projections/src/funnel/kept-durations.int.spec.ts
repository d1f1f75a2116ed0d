import fc from 'fast-check';
import type { DomainEvent } from '#event-log';
import type { ExpectedRevision } from '#event-log/event-log.js';
import { createMemoryReadModels } from '#read-models/memory/memory-read-models.js';
import { applyPolicyEvent, defaultPolicies } from '#relationship';
import { arbitraryStory } from '#testing/arbitrary-story.js';
import { memoryLog } from '#testing/as-written.js';
import { type StoryEvent, storyOf } from '#testing/customer-story.js';
import { calendarIn } from '../calendar.js';
import { daysBetween } from '../days.js';
import type { Projection } from '../projection.js';
import { createProjector } from '../runner/projector.js';
import { createViewReader } from '../runner/view-reader.js';
import type { Dated } from '../shared/deal-events.js';
import { activeClosing, historyOf } from '../shared/deal-history.js';
import { type DealRecord, dealAsOf } from '../shared/deals-document.js';
import type { QueryContext, TimeTravel } from '../view-reader.js';
import { createKeptDurations } from './kept-durations.js';
import { funnelProjection } from './projection.js';
import { dealDurations, deals } from './query.js';

const asNew = ({ stream: _, revision: __, position: ___, hash: ____, ...event }: DomainEvent) => event;
const { endOfDay } = calendarIn('UTC');
const day = (n: number) => `2026-01-${String(n).padStart(2, '0')}`;

/** By reading every deal as it was then. */
async function fromRows({ reader, now }: QueryContext, stage: string | undefined, { asOf = now, knownAt }: TimeTravel) {
  const between = (began: Dated, ended: Dated) => (ended.at < began.at ? -1 : daysBetween(began.at, ended.at));
  const { documents } = await reader.rows<DealRecord>('funnel', { limit: 1000 });
  const found = documents.flatMap(({ body }) => {
    const deal = dealAsOf(body, endOfDay(asOf), knownAt && endOfDay(knownAt));
    if (!deal) return [];
    const history = historyOf(deal.dealEvents);
    if (stage !== undefined)
      return history.intervals.flatMap((each) => (each.stage === stage && each.leave ? [between(each.entry, each.leave)] : []));
    const end = activeClosing(history)?.end;
    return history.opened && end?.kind === 'won' ? [between(history.opened, end)] : [];
  });
  const days = found.map((each) => Math.max(0, each)).sort((a, b) => a - b);
  const quantile = (share: number) => {
    const place = (days.length - 1) * share;
    const below = Math.floor(place);
    return days[below]! + (place - below) * ((days[below + 1] ?? days[below]!) - days[below]!);
  };
  const orNull = (of: () => number) => (days.length === 0 ? null : of());
  return {
    count: days.length,
    mean: orNull(() => days.reduce((sum, each) => sum + each, 0) / days.length),
    lowerQuartile: orNull(() => quantile(0.25)),
    median: orNull(() => quantile(0.5)),
    upperQuartile: orNull(() => quantile(0.75)),
    min: orNull(() => days[0]!),
    max: orNull(() => days.at(-1)!),
    negative: found.filter((each) => each < 0).length,
  };
}

/** A company to which further events are appended. */
async function opened() {
  const log = memoryLog();
  const store = createMemoryReadModels();
  const policies = { initial: defaultPolicies, apply: applyPolicyEvent };
  const projector = createProjector({ log, store, projections: [funnelProjection as Projection], policies });
  await projector.start();
  const ends = new Map<string, ExpectedRevision>();
  const context: QueryContext = { reader: createViewReader(store), log, policies: defaultPolicies, now: '2026-03-01T00:00:00.000Z' };
  return {
    context,
    async append(events: readonly DomainEvent[]) {
      const { stream } = events[0]!;
      ends.set(stream, await log.append(stream, ends.get(stream) ?? 'none', events.map(asNew)));
      await projector.settled();
    },
    close: async () => {
      await projector.stop();
      await store.close();
    },
  };
}

const inOrder = (story: readonly StoryEvent[]): readonly StoryEvent[] =>
  story.map(({ known: _, ...each }) => each).toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));

describe('how long deals took', () => {
  it('is what reading every deal finds, for every stage and any time, while further events come in whatever order', async () => {
    const life = fc.tuple(arbitraryStory, fc.boolean(), fc.array(fc.nat({ max: 9 }), { maxLength: 2 }));
    await fc.assert(
      fc.asyncProperty(fc.array(life, { minLength: 1, maxLength: 3 }), async (lives) => {
        const company = await opened();
        const queues = lives.map(([story, isInOrder, ends], n) => {
          const events = storyOf(`c${n}`, isInOrder ? inOrder(story) : story);
          const cuts = [0, ...ends.map((end) => Math.min(end * 3, events.length)).sort((a, b) => a - b), events.length];
          return cuts.slice(1).map((cut, i) => events.slice(cuts[i], cut));
        });
        for (let round = 0; round < 3; round++) {
          for (const queue of queues) if (queue[round]?.[0]) await company.append(queue[round]!);
          for (const stage of [undefined, 'lead', 'proposal', '-a|b'])
            for (const travel of [{}, { asOf: day(9) }, { asOf: day(20) }, { knownAt: day(15) }, { asOf: day(12), knownAt: day(20) }]) {
              const { count, mean, lowerQuartile, median, upperQuartile, min, max, negative } = await dealDurations(company.context, {
                ...travel,
                ...(stage !== undefined && { stage }),
              });
              const answered = { count, mean, lowerQuartile, median, upperQuartile, min, max, negative };
              expect({ stage, travel, ...answered }).toEqual({ stage, travel, ...(await fromRows(company.context, stage, travel)) });
            }
        }
        await company.close();
      }),
      { numRuns: 60 },
    );
  });

  it('follows what was retracted', async () => {
    const company = await opened();
    const data = { dealId: 'd', funnelVersion: 1, stage: 'lead' };
    const story: readonly StoryEvent[] = [
      { type: 'deal-opened', at: day(1), data },
      { type: 'deal-won', at: day(5), data: { dealId: 'd', from: 'lead', amount: { minor: 1, currency: 'EUR' } }, id: 'wrong' },
      { type: 'event-retracted', at: day(9), data: { eventId: 'wrong', reason: 'not won' } },
    ];
    const events = storyOf('anna', story);
    await company.append(events.slice(0, 2));
    expect(await dealDurations(company.context)).toMatchObject({ count: 1, mean: 4 });
    await company.append(events.slice(2));
    expect(await dealDurations(company.context)).toMatchObject({ count: 0, mean: null });
    await company.close();
  });

  it('is what was known before an event was retracted or replaced, in the list of deals too', async () => {
    const company = await opened();
    const won = (amount: number) => ({ dealId: 'd', from: 'lead', amount: { minor: amount, currency: 'EUR' } });
    const story: readonly StoryEvent[] = [
      { type: 'deal-opened', at: day(1), data: { dealId: 'd', funnelVersion: 1, stage: 'lead' } },
      { type: 'deal-won', at: day(5), data: won(1), id: 'wrong' },
      { type: 'event-retracted', at: day(9), data: { eventId: 'wrong', reason: 'not won', replacedBy: 'right' } },
      { type: 'deal-won', at: day(3), known: day(9), data: won(2), id: 'right' },
      { type: 'event-retracted', at: day(12), data: { eventId: 'right', reason: 'not won' } },
    ];
    await company.append(storyOf('anna', story));
    await company.append(
      storyOf(
        'boris',
        story.slice(0, 2).map(({ id: _, ...each }) => each),
      ),
    );
    const known = async (knownAt?: string) => {
      const travel = knownAt === undefined ? {} : { knownAt };
      const { count, mean } = await dealDurations(company.context, travel);
      const listed = (await deals(company.context, { ...travel, customerId: 'anna' })).deals;
      return [count, mean, listed.map(({ status, wonAmount }) => [status, wonAmount])];
    };
    expect(await known(day(4))).toEqual([0, null, [['open', null]]]);
    expect(await known(day(7))).toEqual([2, 4, [['won', 1]]]);
    expect(await known(day(10))).toEqual([2, 3, [['won', 2]]]);
    expect(await known(day(13))).toEqual([1, 4, [['open', null]]]);
    expect(await known()).toEqual([1, 4, [['open', null]]]);
    await company.close();
  });

  it('takes no more memory for being changed a thousand times', () => {
    const kept = createKeptDurations(calendarIn('UTC'));
    const part = (millis: number) => ({
      inOrder: true,
      durations: [{ stage: 'lead', millis, from: 0, until: Number.POSITIVE_INFINITY, knownFrom: 0, knownUntil: Number.POSITIVE_INFINITY }],
    });
    for (let n = 0; n < 100_000; n++) kept.put(`c${n % 10}`, part(n));
    kept.put('c9', undefined);
    expect([...kept.on('lead', 1)]).toEqual([99_990, 99_991, 99_992, 99_993, 99_994, 99_995, 99_996, 99_997, 99_998]);
    expect(kept.bytes()).toBeLessThan(100_000);
  });
});
