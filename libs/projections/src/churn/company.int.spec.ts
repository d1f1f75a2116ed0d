import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import type { DomainEvent } from '#event-log';
import type { ExpectedRevision } from '#event-log/event-log.js';
import { createMemoryReadModels } from '#read-models/memory/memory-read-models.js';
import { applyPolicyEvent, defaultPolicies } from '#relationship';
import { memoryLog } from '#testing/as-written.js';
import { storyOf, type Told } from '#testing/customer-story.js';
import { dayNumber } from '../days.js';
import type { Projection } from '../projection.js';
import { createProjector } from '../runner/projector.js';
import { createViewReader } from '../runner/view-reader.js';
import { createCompany } from './company.js';
import { type Everyone, readEveryone, traceAt, withChanges } from './everyone.js';
import { figuresOn } from './figures.js';
import { churnProjection } from './projection.js';

const NOW = '2026-01-01T00:00:00.000Z';
const bought = (at: string, minor = 100, currency = 'EUR'): Told => ({
  type: 'purchase-recorded',
  at,
  data: { purchaseId: `${at} ${minor}`, item: 'x', quantity: 1, amount: { minor, currency } },
});
const asNew = ({ stream: _, revision: __, position: ___, hash: ____, ...event }: DomainEvent) => event;

/** A company that goes on. */
async function opened() {
  const log = memoryLog();
  const store = createMemoryReadModels();
  const policies = { initial: defaultPolicies, apply: applyPolicyEvent };
  const projector = createProjector({ log, store, projections: [churnProjection] as readonly Projection[], policies });
  await projector.start();
  const told = new Map<string, readonly Told[]>();
  const ends = new Map<string, ExpectedRevision>();
  return {
    context: { reader: createViewReader(store), log, policies: defaultPolicies, now: NOW },
    async append(customerId: string, ...more: readonly Told[]) {
      const before = told.get(customerId) ?? [];
      told.set(customerId, [...before, ...more]);
      const events = storyOf(customerId, [...before, ...more]).slice(before.length);
      ends.set(customerId, await log.append(events[0]!.stream, ends.get(customerId) ?? 'none', events.map(asNew)));
      await projector.settled();
    },
    stop: () => projector.stop(),
  };
}

const shown = (everyone: Everyone) =>
  everyone.customers.map((_, at) => [everyone.assignments[at], figuresOn(traceAt(everyone, at), dayNumber(NOW), defaultPolicies)]);

describe('everyone', () => {
  it('is the same brought up to date as read anew, whoever came or bought again', async () => {
    const changes = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.constantFrom('EUR', 'JPY')), {
      minLength: 1,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(changes, { minLength: 2, maxLength: 4 }), async (rounds) => {
        const company = await opened();
        let everyone: Everyone | undefined;
        for (const [round, changed] of rounds.entries()) {
          for (const [n, [customerId, currency]] of changed.entries())
            await company.append(customerId, bought(`2025-0${round + 1}-1${n}`, n, currency));
          everyone = everyone ? await withChanges(company.context, everyone) : await readEveryone(company.context);
          const anew = await readEveryone(company.context);
          expect(everyone?.position).toBe(anew.position);
          expect(shown(everyone!)).toEqual(shown(anew));
          expect(everyone!.customers).toEqual(anew.customers);
        }
        await company.stop();
      }),
      { numRuns: 30 },
    );
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
    await company.stop();
  });

  it('that is large may be 60 s old, which its position tells, unless more is asked for; from 30 s on it is renewed beside the requests', async () => {
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
    await company.stop();
  });
});
