import fc from 'fast-check';
import { commandRemembered, createEventCatalogue, verifyEvent } from '#event-log';
import { eventDefinitions } from '#relationship';
import { collect } from '#testing';
import { arbitraryCorrections } from '#testing/arbitrary-corrections.js';
import { memoryLog } from '#testing/as-written.js';
import { type StoryEvent, storyOf } from '#testing/customer-story.js';
import { fullStory } from '#testing/full-story.js';
import { newPublishingKey, openedCard, openedEvent } from '#testing/published-values.js';
import { eventRecordOf, sequenceOf } from './cloud-event.js';
import { countPublished } from './count-published.js';
import { createCards, customerRecordOf } from './customer-record.js';

const registry = createEventCatalogue(eventDefinitions);
const key = newPublishingKey();
const isRemembered = ({ type }: { readonly type: string }) => type === commandRemembered.type;
const story = fullStory.map((each, n) => ({ ...each, id: `e${n}` }));

/** The story of a customer in a log, with commands remembered behind some of its events. */
async function logOf(remembered: readonly number[]) {
  const given = story.flatMap((each, n) =>
    remembered.includes(n) ? [each, { type: commandRemembered.type, at: each.at, id: `r${n}` }] : [each],
  );
  const events = storyOf('anna', given);
  const log = memoryLog();
  await log.append(events[0]!.stream, 'none', events);
  return log;
}

/** What the relay sends, as a card kept in memory or folded from the stream. */
async function sent(log: Awaited<ReturnType<typeof logOf>>, keep: 'keeps cards' | 'forgets cards') {
  const cards = createCards(log, registry);
  const records = [];
  for (const event of await collect(log.readAll())) {
    const record = eventRecordOf(event, registry.get(event.type), key);
    if (record === undefined) continue;
    // Nonces are random.
    const ofEvent = { ...record, value: openedEvent(record, key) };
    const customerAfter = keep === 'keeps cards' ? cards : createCards(log, registry);
    const ofCustomer = customerRecordOf(await customerAfter(event), key);
    records.push({ event: ofEvent, customer: { ...ofCustomer, value: openedCard(ofCustomer, key) } });
  }
  return records;
}

/** Without what follows from the place of an event in the log. */
const said = ({ event, customer }: Awaited<ReturnType<typeof sent>>[number]) => {
  const { ce_sequence: _, ce_position: __, ce_contenthash: ___, ...ofEvent } = event.headers;
  const { revision: ____, ...card } = JSON.parse(customer.value ?? '{}') as { readonly revision?: number };
  return [event.key, ofEvent, event.value, customer.key, customer.headers.letopis_events, customer.value === null ? null : card];
};

describe('the number of an event in its stream', () => {
  it('sorts as a string and is the revision as a number', () => {
    const revisions = [0, 9, 10, 99, 100, 9_007_199_254_740_991];
    expect(revisions.toReversed().map(sequenceOf).sort().map(Number)).toEqual(revisions);
  });
});

describe('what is published of a stream in which commands are remembered', () => {
  it('is what would be published without them, under sequence numbers that rise and may skip', async () => {
    const plain = (await sent(await logOf([]), 'keeps cards')).map(said);
    const some = fc.array(fc.nat(story.length - 1));
    await fc.assert(
      fc.asyncProperty(some, fc.constantFrom('keeps cards' as const, 'forgets cards' as const), async (remembered, keep) => {
        const log = await logOf(remembered);
        const records = await sent(log, keep);
        expect(records.map(said)).toEqual(plain);
        const published = (await collect(log.readAll())).filter((event) => !isRemembered(event));
        expect(records.map(({ event }) => Number(event.headers.ce_sequence))).toEqual(published.map(({ revision }) => revision));
        for (const { event, customer } of records) {
          expect(customer.headers).toMatchObject({
            letopis_sequence: event.headers.ce_sequence,
            letopis_position: event.headers.ce_position,
          });
        }
        const { letopis_events, letopis_hash, letopis_position } = records.at(-1)!.customer.headers;
        const { events, hash, through } = await countPublished(log.readRaw(), verifyEvent, registry);
        expect([String(events), hash, through]).toEqual([letopis_events, letopis_hash, letopis_position]);
      }),
      { numRuns: 20, endOnFailure: true },
    );
  });
});

describe('the customer as published of a history with corrections', () => {
  it('is the one that was recorded right, whether the card is kept from event to event or folded from the stream', async () => {
    const customersOf = async (told: readonly StoryEvent[], keep: 'keeps cards' | 'forgets cards') => {
      const log = memoryLog();
      const events = storyOf('anna', told);
      await log.append(events[0]!.stream, 'none', events);
      return (await sent(log, keep)).map(({ customer }) => customer);
    };
    await fc.assert(
      fc.asyncProperty(arbitraryCorrections, async ({ recorded, right }) => {
        const kept = await customersOf(recorded, 'keeps cards');
        expect(kept).toEqual(await customersOf(recorded, 'forgets cards'));
        const cardOf = ({ value }: (typeof kept)[number]) => ({ ...JSON.parse(value!), revision: undefined });
        expect(cardOf(kept.at(-1)!)).toEqual(cardOf((await customersOf(right, 'keeps cards')).at(-1)!));
        expect(JSON.parse(kept.at(-1)!.value!).revision).toBe(recorded.length - 1);
      }),
      { numRuns: 20, endOnFailure: true },
    );
  });
});
