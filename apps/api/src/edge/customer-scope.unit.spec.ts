import type { DomainEvent, EventLog } from '#event-log';
import type { CustomerAccesses } from '#platform';
import { type StoryEvent, storyOf } from '#testing/customer-story.js';
import { CustomerScope } from './customer-scope.js';

const ann = { kind: 'curator', id: 'ann' } as const;
const scopeOf = (events: readonly DomainEvent[]) => {
  const log = {
    async *readStream() {
      yield events;
    },
  } as unknown as Pick<EventLog, 'readStream'>;
  return new CustomerScope(log, {} as CustomerAccesses, { current: () => new Map() }, () => '2026-03-01T00:00:00.000Z');
};
const lost = (story: readonly StoryEvent[]) => scopeOf(storyOf('anna', story)).lostAt('anna', ann);

const registered: StoryEvent = { type: 'customer-registered', at: '2026-01-01', data: { kind: 'person' } };
const assigned = (curatorId: string, at: string): StoryEvent => ({
  type: 'curator-assigned',
  at,
  data: { curatorId, from: `${at}T00:00:00.000Z` },
});
const promised = (id: string, curatorId: string): StoryEvent => ({
  type: 'promise-made',
  at: '2026-01-03',
  id,
  data: { promiseId: id, text: 'x', dueAt: '2026-02-01T00:00:00.000Z', curatorId },
});
const retracted = (eventId: string, replacedBy?: string): StoryEvent => ({
  type: 'event-retracted',
  at: '2026-01-09',
  data: { eventId, reason: 'a mistake', ...(replacedBy !== undefined && { replacedBy }) },
});
const noise = (id: string): StoryEvent => ({
  type: 'purchase-recorded',
  at: '2026-01-04',
  id,
  data: { purchaseId: id, item: 'x', quantity: 1, amount: { minor: 1, currency: 'EUR' } },
});

describe('an erased customer', () => {
  const erasedAt = '2026-02-01T00:00:00.000Z';

  it('is erased by what is kept outside of backups alone, whatever the log says', async () => {
    const log = {
      readStream: () => {
        throw new Error('the log is read');
      },
    }; // prettier-ignore
    const accesses = { of: () => Promise.reject(new Error('the log is read')) } as unknown as CustomerAccesses;
    const kept = new Map([['relationship-anna', erasedAt]]);
    const scope = new CustomerScope(log, accesses, { current: () => new Map() }, () => '2026-03-01T00:00:00.000Z', kept);
    await expect(scope.assertNotErased('anna')).rejects.toMatchObject({ code: 'customer-erased', details: { erasedAt } });
    await expect(scope.assertNotErased('bea')).rejects.toThrow('the log is read');
  });
});

describe('the event by which a curator lost a customer', () => {
  const begin = [registered, assigned('ann', '2026-01-02')];

  it('is none while the curator has the customer', async () => {
    expect(await lost([...begin, noise('b'), retracted('b')])).toBeUndefined();
  });

  it('is the assignment of another one, whatever was corrected before and after', async () => {
    const reassigned = [...begin, noise('a'), retracted('a'), assigned('bea', '2026-01-05')];
    expect(await lost(reassigned)).toBe(4);
    expect(await lost([...reassigned, noise('b'), noise('c'), retracted('b'), retracted('c', 'd'), noise('d')])).toBe(4);
  });

  it('is the retraction of the work that gave it, or its correction', async () => {
    const work = [registered, assigned('bea', '2026-01-02'), promised('p', 'ann')];
    expect(await lost(work)).toBeUndefined();
    expect(await lost([...work, noise('b'), retracted('p'), noise('c')])).toBe(4);
    expect(await lost([...work, retracted('p', 'q'), promised('q', 'bea'), noise('c')])).toBe(3);
    expect(await lost([...work, retracted('p', 'q'), promised('q', 'ann'), noise('c')])).toBeUndefined();
  });

  it('is the first event for one who never had the customer', async () => {
    expect(await lost([registered, assigned('bea', '2026-01-02'), noise('b'), retracted('b')])).toBe(0);
  });

  it('is found at a cost of the history, not of the history times its retractions', async () => {
    const many = Array.from({ length: 500 }, (_, i) => [noise(`b${i}`), retracted(`b${i}`)]).flat();
    const another = assigned('bea', '2026-01-05');
    for (const [story, revision] of [
      [[...begin, ...many, another, noise('b'), retracted('b')], 1_002],
      [[...begin, another, ...many], 2],
      [[registered, another, ...many], 0],
      [[registered, another, ...many.map((each) => ('id' in each ? { ...promised(each.id!, 'bea'), id: each.id! } : each))], 0],
    ] as const) {
      let looks = 0;
      const events = storyOf('anna', story).map((event) => {
        const { type } = event;
        const get = () => {
          looks++;
          return type;
        };
        return Object.defineProperty(event, 'type', { get });
      });
      expect(await scopeOf(events).lostAt('anna', ann)).toBe(revision);
      expect(looks).toBeLessThan(50 * events.length);
    }
  });
});
