import { builtViews } from '#testing/built-views.js';
import { type StoryEvent, storyOf } from '#testing/customer-story.js';
import { fullStory } from '#testing/full-story.js';
import type { Projection } from '../projection.js';
import type { QueryContext } from '../view-reader.js';
import { findCustomers } from './find.js';
import { cardProjection } from './projection.js';
import { customerCard } from './query.js';

const registered = (displayName: string, at = '2026-01-01'): StoryEvent => ({
  type: 'customer-registered',
  at,
  data: { kind: 'person', role: 'customer', displayName, segment: 'retail' },
});
const email = (value: string): StoryEvent => ({ type: 'customer-identifier-added', at: '2026-01-02', data: { kind: 'email', value } });
const phone = (value: string): StoryEvent => ({ type: 'customer-identifier-added', at: '2026-01-02', data: { kind: 'phone', value } });
const assigned = (curatorId: string, from: string, known = from): StoryEvent => ({
  type: 'curator-assigned',
  at: known,
  data: { curatorId, from: `${from}T00:00:00.000Z` },
});

describe('customers', () => {
  let context: QueryContext;
  beforeAll(async () => {
    const stories = [
      storyOf(
        'anna',
        fullStory.filter(({ type }) => type !== 'customer-erased'),
      ),
      storyOf('boris', [registered('Борис Ёлкин'), email('boris@example.org'), assigned('oleg', '2026-01-05')]),
      storyOf('bella', [registered('Белла', '2026-02-01'), phone('+7 495 111-22-33'), assigned('oleg', '2026-02-01')]),
      storyOf('double', [
        registered('Борис'),
        email('Boris@Example.org'),
        { type: 'customer-merged', at: '2026-01-09', data: { into: 'boris' } },
      ]),
      storyOf('gone', [
        registered('Борислав'),
        email('gone@example.org'),
        { type: 'customer-erased', at: '2026-01-09', data: { reason: 'asked' } },
      ]),
    ];
    context = await builtViews([cardProjection] as readonly Projection[], stories, { now: '2026-03-01T00:00:00.000Z' });
  });
  const found = async (params: Parameters<typeof findCustomers>[1]) =>
    (await findCustomers(context, params)).customers.map(({ customerId }) => customerId);

  it('are found by a part of the name in any case, without those merged or erased', async () => {
    expect(await found({ name: 'борис' })).toEqual(['boris']);
    expect(await found({ name: 'ИС Е' })).toEqual(['boris']);
    expect(await found({ name: 'ёлк' })).toEqual(['boris']);
    await expect(found({ name: ' \u0301' })).rejects.toThrow('name: must have a letter or a digit');
    expect(await found({})).toEqual(['anna', 'bella', 'boris']);
    expect(await found({ name: 'борис', status: 'merged' })).toEqual(['double']);
  });

  it('are found by e-mail and phone however written; a merged record says where to go on', async () => {
    expect(await found({ identifier: '007 (495) 111 22 33' })).toEqual(['bella']);
    const { customers } = await findCustomers(context, { identifier: 'BORIS@example.org', identifierKind: 'email' });
    expect(customers.map(({ customerId, mergedInto }) => [customerId, mergedInto])).toEqual([
      ['boris', null],
      ['double', 'boris'],
    ]);
    expect(await found({ identifier: 'gone@example.org' })).toEqual([]);
  });

  it('are not found by the digits of what is no phone number, nor by a phone without any', async () => {
    const crm = { type: 'customer-identifier-added', at: '2026-01-02', data: { kind: 'crm', value: '1985' } };
    const coded = storyOf('coded', [registered('Vera'), crm, phone('ask the porter')]);
    const context = await builtViews([cardProjection] as readonly Projection[], [coded], { now: '2026-03-01T00:00:00.000Z' });
    const found = async (params: Parameters<typeof findCustomers>[1]) =>
      (await findCustomers(context, params)).customers.map(({ customerId }) => customerId);
    expect(await found({ identifier: '1985' })).toEqual(['coded']);
    for (const identifier of ['ivan1985@example.com', 'INV-1985', '001985', 'reception desk'])
      expect(await found({ identifier })).toEqual([]);
    expect(await found({ identifier: 'reception desk', identifierKind: 'phone' })).toEqual([]);
  });

  it('are found by their ids, whatever became of them', async () => {
    const { customers } = await findCustomers(context, { customerId: 'double,anna,nobody' });
    expect(customers.map(({ customerId, status }) => [customerId, status])).toEqual([
      ['anna', 'active'],
      ['double', 'merged'],
    ]);
    expect(await found({ customerId: 'double,anna', status: 'active' })).toEqual(['anna']);
  });

  it('are found by id or identifier only where they meet whatever else was asked', async () => {
    expect(await found({ identifier: 'boris@example.org', name: 'борис ё' })).toEqual(['boris']);
    expect(await found({ identifier: 'boris@example.org', name: 'анна' })).toEqual([]);
    expect(await found({ customerId: 'bella,boris', asOf: '2026-01-31' })).toEqual(['boris']);
    expect(await found({ customerId: 'nobody', asOf: '2026-01-31' })).toEqual([]);
  });

  it.each([
    [{ customerId: 'boris', identifier: 'boris@example.org' }, 'identifier: cannot be combined with customerId'],
    [{ identifierKind: 'email' }, 'identifierKind: requires identifier'],
    [{ identifier: 'boris@example.org', sort: 'name' as const }, 'sort: cannot be combined with identifier'],
    [{ workOf: 'oleg', total: true }, 'total: cannot be combined with workOf'],
    [{ workOf: 'oleg', customerId: 'boris' }, 'workOf: cannot be combined with customerId'],
    [{ customerId: 'boris', limit: 1 }, 'limit: cannot be combined with customerId'],
    [{ contacted: false, lastContactFrom: '2026-01-01T00:00:00.000Z' }, 'contacted: must be true or absent with lastContactFrom'],
    [{ contacted: false, lastContactTo: '2026-01-01T00:00:00.000Z' }, 'contacted: must be true or absent with lastContactFrom'],
    [{ curatorId: 'oleg', asOf: '2026-01-31' }, 'asOf: cannot be combined with curatorId'],
  ])('are not asked for by %j', async (params, message) => {
    await expect(found(params)).rejects.toThrow(message);
  });

  it('are found by curator, segment and time, page by page', async () => {
    expect(await found({ curatorId: 'oleg' })).toEqual(['bella', 'boris']);
    expect(await found({ portfolioOf: 'oleg' })).toEqual(['bella', 'boris']);
    expect(await found({ portfolioOf: 'oleg', asOf: '2026-01-31' })).toEqual(['boris']);
    expect(await found({ segment: 'wholesale' })).toEqual([]);
    const first = await findCustomers(context, { limit: 2 });
    expect(await found({ limit: 2, cursor: first.next! })).toEqual(['boris']);
  });

  it('are listed by registration, last contact and role, in any order, and counted', async () => {
    expect(await found({ registeredFrom: '2026-02-01T00:00:00.000Z' })).toEqual(['bella']);
    expect(await found({ registeredTo: '2026-01-31T00:00:00.000Z' })).toEqual(['anna', 'boris']);
    expect(await found({ registeredTo: '2026-01-31T00:00:00.000Z', asOf: '2025-12-31' })).toEqual([]);
    expect(await found({ contacted: true })).toEqual(['anna']);
    expect(await found({ contacted: false, curatorId: 'oleg' })).toEqual(['bella', 'boris']);
    const { lastContactAt } = (await findCustomers(context, { customerId: 'anna' })).customers[0]!;
    expect(await found({ lastContactFrom: lastContactAt!, lastContactTo: lastContactAt! })).toEqual(['anna']);
    expect(await found({ sort: 'registeredAt', direction: 'desc' })).toEqual(['bella', 'anna', 'boris']);
    expect(await found({ sort: 'lastContactAt' })).toEqual(['bella', 'boris', 'anna']);
    expect(await findCustomers(context, { limit: 1, total: true })).toMatchObject({ total: 3, customers: [{ customerId: 'anna' }] });
    expect(await findCustomers(context, { name: 'рис', role: 'customer', total: true })).toMatchObject({ total: 1 });
  });

  it('are found page by page by an identifier that many have, each once', async () => {
    const ids = Array.from({ length: 120 }, (_, n) => `c${String(n).padStart(3, '0')}`);
    const removed = { type: 'customer-identifier-removed', at: '2026-01-03', data: { kind: 'phone', value: '8800' } };
    const again = { type: 'customer-identifier-added', at: '2026-01-04', data: { kind: 'mobile', value: '8800' } };
    const stories = ids.map((id, n) =>
      storyOf(id, [registered(`n${n}`), phone('8800'), ...(n % 7 === 0 ? [removed] : []), ...(n % 3 === 0 ? [again] : [])]),
    );
    const shared = await builtViews([cardProjection] as readonly Projection[], stories, { now: '2026-03-01T00:00:00.000Z' });
    const pages: string[][] = [];
    for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
      const page = await findCustomers(shared, { identifier: '8800', limit: 25, ...(cursor !== undefined && { cursor }) });
      pages.push(page.customers.map(({ customerId }) => customerId));
      cursor = page.next;
    }
    expect(pages.flat()).toEqual(ids.filter((_, n) => n % 7 !== 0 || n % 3 === 0));
    expect(pages.every(({ length }) => length <= 25)).toBe(true);
  });

  it('have a card as of any time, and name their aliases', async () => {
    expect(await customerCard(context, { customerId: 'boris' })).toMatchObject({
      aliases: ['double'],
      curator: { curatorId: 'oleg' },
      asOf: context.now,
    });
    expect(await customerCard(context, { customerId: 'boris', asOf: '2026-01-03' })).toMatchObject({
      curator: null,
      asOf: '2026-01-03T23:59:59.999Z',
    });
    expect(await customerCard(context, { customerId: 'anna', asOf: '2026-01-12T12:00:00.000Z' })).toMatchObject({
      openDeals: [{ dealId: 'd1', stage: 'proposal', value: { minor: 1000 } }],
      openPromises: [{ promiseId: 'p2', overdue: true }],
      value: {},
    });
    expect(await customerCard(context, { customerId: 'nobody' })).toBeUndefined();
  });

  it('are never worth less than nothing: a return dated before its purchase counts with it', async () => {
    const amount = { minor: 500, currency: 'EUR' };
    const story: readonly StoryEvent[] = [
      registered('Вера'),
      { type: 'purchase-recorded', at: '2026-01-10', data: { purchaseId: 'p', item: 'x', quantity: 1, amount } },
      { type: 'purchase-returned', at: '2026-01-08', known: '2026-01-11', data: { purchaseId: 'p', amount, whole: true } },
    ];
    const built = await builtViews([cardProjection] as readonly Projection[], [storyOf('vera', story)], {
      now: '2026-03-01T00:00:00.000Z',
    });
    const value = async (asOf: string) => (await customerCard(built, { customerId: 'vera', asOf }))?.value;
    expect(await value('2026-01-09')).toEqual({});
    expect(await value('2026-01-10')).toMatchObject({ EUR: { purchased: 500, returned: 500, net: 0 } });
  });

  it('have the curator whom a late assignment names, and the other one as known then', async () => {
    const story = [registered('Вера'), assigned('maria', '2026-01-01'), assigned('oleg', '2026-01-10', '2026-02-01')];
    const late = await builtViews([cardProjection] as readonly Projection[], [storyOf('vera', story)], { now: '2026-03-01T00:00:00.000Z' });
    const curator = async (travel: object) => (await customerCard(late, { customerId: 'vera', ...travel }))?.curator?.curatorId;
    expect(await curator({ asOf: '2026-01-15' })).toBe('oleg');
    expect(await curator({ asOf: '2026-01-15', knownAt: '2026-01-15' })).toBe('maria');
  });
});
