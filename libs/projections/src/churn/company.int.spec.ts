import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import type { DomainEvent } from '#event-log';
import type { ExpectedRevision } from '#event-log/event-log.js';
import { openReadModels } from '#read-models';
import { applyPolicyEvent, defaultPolicies } from '#relationship';
import { memoryLog } from '#testing/as-written.js';
import { type StoryEvent, storyOf } from '#testing/customer-story.js';
import { inZone } from '#testing/in-zone.js';
import { dayNumber } from '../days.js';
import type { Projection } from '../projection.js';
import { createProjector } from '../runner/projector.js';
import { createViewReader } from '../runner/view-reader.js';
import { createCompany } from './company.js';
import { contactsDue } from './contacts-due.js';
import { churnCustomers } from './customers.js';
import { compactHistoryAt, type Everyone, readEveryone, withChanges } from './everyone.js';
import { figuresOn } from './figures.js';
import { churnProjection } from './projection.js';

const NOW = '2026-01-01T00:00:00.000Z';
const bought = (at: string, minor = 100, currency = 'EUR'): StoryEvent => ({
  type: 'purchase-recorded',
  at,
  data: { purchaseId: `${at} ${minor}`, item: 'x', quantity: 1, amount: { minor, currency } },
});
const asNew = ({ stream: _, revision: __, position: ___, hash: ____, ...event }: DomainEvent) => event;

const assigned = (at: string, curatorId: string): StoryEvent => ({ type: 'curator-assigned', at, data: { curatorId } });
const erased = (at: string): StoryEvent => ({ type: 'customer-erased', at });

const running: { readonly stop: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const each of running.splice(0)) await each.stop();
});

/** A company with further events, in memory or in a file. */
async function opened(url = 'memory:') {
  const log = memoryLog();
  const store = openReadModels(url);
  const policies = { initial: defaultPolicies, apply: applyPolicyEvent };
  const broken = new Set<string>();
  const failing: Projection = {
    ...(churnProjection as Projection),
    document: {
      ...(churnProjection as Projection).document!,
      apply(document, event) {
        if (broken.has(event.stream)) throw new TypeError('broken');
        return (churnProjection as Projection).document!.apply(document, event);
      },
    },
  };
  const projector = createProjector({ log, store, projections: [failing], policies });
  await projector.start();
  running.push({
    async stop() {
      await projector.stop();
      await store.close();
    },
  });
  const stories = new Map<string, readonly StoryEvent[]>();
  const ends = new Map<string, ExpectedRevision>();
  return {
    broken,
    projector,
    context: { reader: createViewReader(store), log, policies: defaultPolicies, now: NOW },
    /** One that sees at once which build answers. */
    contextNow: () => ({ reader: createViewReader(store), log, policies: defaultPolicies, now: NOW }),
    async append(customerId: string, ...more: readonly StoryEvent[]) {
      const before = stories.get(customerId) ?? [];
      stories.set(customerId, [...before, ...more]);
      const events = storyOf(customerId, [...before, ...more]).slice(before.length);
      ends.set(customerId, await log.append(events[0]!.stream, ends.get(customerId) ?? 'none', events.map(asNew)));
      await projector.settled();
    },
  };
}

const shown = (everyone: Everyone) =>
  everyone.customers.map((_, at) => [everyone.assignments[at], figuresOn(compactHistoryAt(everyone, at), dayNumber(NOW), defaultPolicies)]);

describe.each(['memory', 'SQLite'])('everyone in %s', (kind) => {
  const PAGE = 2;
  let directory: string;
  let files = 0;
  const openedHere = () => opened(kind === 'memory' ? 'memory:' : `sqlite:${path.join(directory, `${files++}.db`)}`);
  beforeAll(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'letopis-company-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('is the same brought up to date as read again, whoever came, bought again, was assigned or erased', async () => {
    const customer = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g');
    const change = fc.tuple(customer, fc.constantFrom('EUR', 'JPY', 'assigned', 'erased'));
    const changes = fc.array(change, { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.array(changes, { minLength: 2, maxLength: 4 }), async (rounds) => {
        const company = await openedHere();
        let everyone: Everyone | undefined;
        for (const [round, changed] of rounds.entries()) {
          for (const [n, [customerId, what]] of changed.entries()) {
            const at = `2025-0${round + 1}-1${n}`;
            const event = what === 'assigned' ? assigned(at, `curator-${n}`) : what === 'erased' ? erased(at) : bought(at, n, what);
            await company.append(customerId, event);
          }
          everyone = everyone ? await withChanges(company.context, everyone, PAGE) : await readEveryone(company.context, PAGE);
          const fresh = await readEveryone(company.context);
          expect(everyone?.position).toBe(fresh.position);
          expect(shown(everyone!)).toEqual(shown(fresh));
          expect(everyone!.customers).toEqual(fresh.customers);
        }
      }),
      { numRuns: 10 },
    );
  });

  it('follows what was retracted', async () => {
    const company = await openedHere();
    await company.append('a', { ...bought('2025-02-01', 1), id: 'right' }, { ...bought('2025-03-01', 2), id: 'wrong' });
    const before = await readEveryone(company.context);
    await company.append('a', { type: 'event-retracted', at: '2025-04-01', data: { eventId: 'wrong', reason: 'not sold' } });
    const after = await withChanges(company.context, before);
    expect(shown(after!)).toEqual(shown(await readEveryone(company.context)));
    expect(shown(after!)).not.toEqual(shown(before));
  });

  it('gives others a turn after each page', async () => {
    const company = await openedHere();
    for (let n = 0; n < 9; n++) await company.append(`c${n}`, bought('2025-03-01'));
    const turnsDuring = async (work: () => Promise<Everyone | undefined>) => {
      let turns = 0;
      let isDone = false;
      const others = (async () => {
        for (; !isDone; turns++) await nextTurn();
      })();
      const everyone = await work();
      isDone = true;
      await others;
      return { everyone: everyone!, turns };
    };
    const first = await turnsDuring(() => readEveryone(company.context, PAGE));
    expect(first.everyone.customers).toHaveLength(9);
    expect(first.turns).toBeGreaterThanOrEqual(5);
    for (let n = 0; n < 9; n++) await company.append(`c${n}`, bought('2025-04-01'));
    expect((await turnsDuring(() => withChanges(company.context, first.everyone, PAGE))).turns).toBeGreaterThanOrEqual(5);
  });

  it('is read again after a customer was replayed or the view rebuilt, though nothing was recorded', async () => {
    const company = await openedHere();
    const figures = createCompany();
    const known = async () => (await figures(company.contextNow(), NOW)).everyone.customers;
    await company.append('anna', bought('2025-03-01'));
    company.broken.add('relationship-boris').add('relationship-vera');
    await company.append('boris', bought('2025-03-01'));
    await company.append('vera', bought('2025-03-01'));
    expect(await known()).toEqual(['anna']);
    company.broken.clear();
    await company.projector.rebuildSubject('relationship-boris');
    expect(await known()).toEqual(['anna', 'boris']);
    await company.projector.rebuild('churn');
    expect(await known()).toEqual(['anna', 'boris', 'vera']);
  });
});

describe('a company', () => {
  it('that is small is as of the last event, and read once for all who ask', async () => {
    const company = await opened();
    const figures = createCompany();
    await company.append('anna', bought('2025-03-01'));
    const [one, other] = await Promise.all([figures(company.context, NOW), figures(company.context, NOW)]);
    expect(one).toBe(other);
    await company.append('boris', bought('2025-04-01'));
    expect((await figures(company.context, NOW)).distribution.customers).toBe(2);
  });

  it('that is large may be 60 s old, as its position shows, unless more is asked for; from 30 s on it is renewed beside the requests', async () => {
    const company = await opened();
    let now = 0;
    const figures = createCompany(0, () => now);
    const asked = async (at: number) => {
      now = at;
      const { everyone, distribution } = await figures(company.context, NOW);
      return [distribution.customers, everyone.position];
    };
    const head = () => company.context.reader.checkpoint('churn');
    await company.append('anna', bought('2025-03-01'));
    const before = await head();
    expect(await asked(0)).toEqual([1, before]);
    await company.append('boris', bought('2025-04-01'));
    const after = await head();
    expect(await asked(29_000)).toEqual([1, before]);
    expect(await asked(31_000)).toEqual([1, before]);
    // The renewal is under way; it takes a few turns.
    for (let turns = 0; turns < 1_000; turns++) await nextTurn();
    expect(await asked(32_000)).toEqual([2, after]);
    await company.append('vera', bought('2025-05-01'));
    expect(await asked(95_000)).toEqual([3, await head()]);
    await company.append('olga', bought('2025-06-01'));
    const minPosition = await head();
    expect((await figures(company.context, NOW)).distribution.customers).toBe(3);
    expect((await figures({ ...company.context, minPosition }, NOW)).distribution.customers).toBe(4);
  });

  it('that is large is of the build that answers, and by the days of its zone, however young what is kept of another', async () => {
    const company = await opened();
    const figures = createCompany(0, () => 0);
    // The last evening of March in UTC, April in Berlin.
    await company.append('anna', bought('2025-03-31T22:30:00.000Z'), bought('2025-03-31T10:00:00.000Z'));
    const daysIn = async (zone: string) => (await figures({ ...company.contextNow(), policies: inZone(zone) }, NOW)).purchaseDays[0];
    expect(await daysIn('UTC')).toBe(1);
    expect(await daysIn('Europe/Berlin')).toBe(2);
    company.broken.add('relationship-boris');
    await company.append('boris', bought('2025-03-01'));
    expect((await figures(company.contextNow(), NOW)).everyone.customers).toEqual(['anna']);
    company.broken.clear();
    await company.projector.rebuild('churn');
    expect((await figures(company.contextNow(), NOW)).everyone.customers).toEqual(['anna', 'boris']);
  });

  it('is large by what is kept of it, not by how many customers it has', async () => {
    const company = await opened();
    const figures = createCompany(30, () => 0);
    const purchases = async () => (await figures(company.context, NOW)).purchaseDays[0];
    await company.append('anna', ...['01', '02', '03', '04', '05', '06'].map((day) => bought(`2025-03-${day}`)));
    expect(await purchases()).toBe(6);
    await company.append('anna', bought('2025-03-07'));
    expect(await purchases()).toBe(7);
    await company.append('anna', bought('2025-03-08'));
    expect(await purchases()).toBe(7);
  });

  it('that is large computes the days of others beside the requests only', async () => {
    const company = await opened();
    let now = 0;
    const figures = createCompany(0, () => now);
    const YESTERDAY = '2025-12-31T00:00:00.000Z';
    let looks = 0;
    const policies = {
      ...defaultPolicies,
      get cadence() {
        looks++;
        return defaultPolicies.cadence;
      },
    };
    await company.append('anna', bought('2025-03-01'));
    await figures({ ...company.context, policies }, YESTERDAY);
    const before = looks;
    await company.append('boris', bought('2025-03-01'));
    now = 61_000;
    expect((await figures(company.context, NOW)).distribution.customers).toBe(2);
    expect(looks).toBe(before);

    await figures({ ...company.context, policies }, YESTERDAY);
    const again = looks;
    await company.append('vera', bought('2025-03-01'));
    now += 31_000;
    expect((await figures(company.context, NOW)).distribution.customers).toBe(2);
    for (let turns = 0; turns < 1_000; turns++) await nextTurn();
    expect(looks).toBeGreaterThan(again);
  });
});

describe('whom to contact', () => {
  it('as of an instant leaves out who has just been phoned, however large the company', async () => {
    const company = await opened();
    const { reader } = company.context;
    // What all who ask of this reader share is of a large company.
    const figures = reader.kept('churn', () => createCompany(0));
    const by = { kind: 'curator', id: 'ann' } as const;
    const registered = { type: 'customer-registered', at: '2025-01-01', by, data: { kind: 'person', role: 'customer' } };
    await company.append('anna', registered);
    const due = async () =>
      (await contactsDue(company.context, { curators: ['ann'], by: '2025-12-31', asOf: NOW, limit: 9 })).items.map(
        ({ customerId }) => customerId,
      );
    expect(await due()).toEqual(['anna']);
    const phoned = { contactId: 'x', channel: 'phone', direction: 'outbound' };
    await company.append('anna', { type: 'contact-recorded', at: '2025-12-30', data: phoned });
    const { position } = (await figures(company.context, NOW)).everyone;
    expect(position < (await reader.checkpoint('churn'))).toBe(true);
    expect(await due()).toEqual([]);
  });
});

describe('a page of customers', () => {
  it('is in order of the number asked for, then of the id, and the next continues behind it', async () => {
    const company = await opened();
    const many = [3, 1, 2, 3, 1, 2, 2];
    for (const [n, days] of many.entries())
      await company.append(`c${n}`, ...Array.from({ length: days }, (_, day) => bought(`2025-03-0${day + 1}`)));
    const pages = async (direction: 'asc' | 'desc') => {
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const asked = { sort: 'frequency', direction, limit: 2, ...(cursor !== undefined && { cursor }) } as const;
        const { customers, next } = await churnCustomers(company.context, asked);
        found.push(...customers.map(({ customerId }) => customerId));
        cursor = next;
      } while (cursor !== undefined);
      return found;
    };
    expect(await pages('desc')).toEqual(['c0', 'c3', 'c2', 'c5', 'c6', 'c1', 'c4']);
    expect(await pages('asc')).toEqual(['c1', 'c4', 'c2', 'c5', 'c6', 'c0', 'c3']);
  });
});
