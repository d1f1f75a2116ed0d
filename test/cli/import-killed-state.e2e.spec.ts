import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type StoredEvent, type Workplace, workplace } from './letopis.js';
import { serve } from './server.js';

const places: Workplace[] = [];
afterEach(() => {
  for (const place of places.splice(0)) place.remove();
});

const CUSTOMERS = 150;
const ROUNDS = 20;
/** Events after which the import is killed, of some 3,700 in all. */
const KILLED_AFTER = [1, 200, 600, 900, 700];
const target = { $id: 'customer', of: 'id' };

/**
 * What a customer is called, and who is responsible, changes in every other round: a round that changes nothing would undo a later one. A
 * number is removed before it is added, which is rejected and would be accepted later.
 */
const mapping = {
  system: 'crm',
  source: { format: 'csv' },
  commands: [
    { command: 'register-curator', once: true, target: { $id: 'agent', of: 'agent' }, body: { displayName: { $column: 'agent' } } },
    { command: 'register-customer', once: true, target, body: { kind: 'person', displayName: { $column: 'name' } } },
    { command: 'correct-details', target, body: { field: 'displayName', to: { $column: 'name' } } },
    {
      command: 'assign-curator',
      target,
      body: { curatorId: { $id: 'agent', of: 'agent' } },
      tolerate: ['curator-already-assigned'],
    },
    { command: 'open-deal', once: true, target, body: { dealId: { $id: 'deal', of: 'id' }, stage: 'lead' } },
    { command: 'enter-stage', target, body: { dealId: { $id: 'deal', of: 'id' }, stage: { $column: 'stage' } } },
    { command: 'remove-identifier', when: { column: 'phone', equals: 'remove' }, target, body: { kind: 'phone', value: '+390612345' } },
    { command: 'add-identifier', when: { column: 'phone', equals: 'add' }, target, body: { kind: 'phone', value: '+390612345' } },
  ],
};
const rows = Array.from({ length: CUSTOMERS * ROUNDS }, (_, row) => {
  const round = Math.floor(row / CUSTOMERS);
  const half = Math.floor(round / 2);
  const phone = round === 5 ? 'remove' : round === 10 ? 'add' : '';
  return `c${row % CUSTOMERS},Name ${half % 2},agent ${half % 3},${round % 4 < 2 ? 'lead' : 'qualified'},${phone}`;
});

async function prepared(): Promise<Workplace> {
  const place = workplace();
  places.push(place);
  await place.shareIds();
  place.file('rows.csv', ['id,name,agent,stage,phone', ...rows, ''].join('\n'));
  place.file('rows.json', JSON.stringify(mapping));
  return place;
}

const args = ['import', 'rows.csv', '-m', 'rows.json', '--json'] as const;

/** Of each stream of a customer or curator what happened there, in its order, without the instants. */
function stories(events: readonly StoredEvent[]): ReadonlyMap<string, readonly string[]> {
  const said = events.map(({ stream, type, source, data }) => {
    const { from: _, ...rest } = data;
    return [stream, JSON.stringify([type, source, rest])] as const;
  });
  return new Map([...Map.groupBy(said, ([stream]) => stream)].map(([stream, of]) => [stream, of.map(([, text]) => text)] as const).sort());
}

/** Starts the import and kills it when the log has so many more events, for each of these numbers; then lets it come to its end. */
async function importKilling(place: Workplace, after: readonly number[], there: readonly string[]): Promise<number> {
  let killed = 0;
  for (const events of after) {
    const child = place.start({}, ...args, ...there);
    child.stdout?.resume();
    child.stderr?.resume();
    let over = false;
    const ended = new Promise<number | null>((resolve) => {
      child.once('close', (code) => {
        over = true;
        resolve(code);
      });
    });
    const goal = (await place.eventCount()) + events;
    while (!over && (await place.eventCount()) < goal) await sleep(25);
    child.kill('SIGKILL');
    const code = await ended;
    if (code !== null) throw new Error(`the import ended with ${code} before it could be killed`);
    killed += 1;
  }
  expect((await place.run(...args, ...there)).code).toBe(1);
  return killed;
}

describe('an import that sets the same state again and again', () => {
  it('comes to the same events in the same order wherever it is killed, and appends nothing when it is repeated', async () => {
    const whole = await prepared();
    const killed = await prepared();
    expect((await whole.run(...args)).code).toBe(1);
    const expected = stories(await whole.domainEvents());
    expect(await importKilling(killed, KILLED_AFTER, [])).toBe(KILLED_AFTER.length);
    expect(stories(await killed.domainEvents())).toEqual(expected);
    for (const place of [whole, killed]) {
      const before = await place.events();
      const { code, stdout } = await place.run(...args);
      expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 1, eventsAppended: 0, unchanged: 0, rejected: CUSTOMERS });
      expect(await place.events()).toEqual(before);
    }
  });

  it('does so through a server', async () => {
    const whole = await prepared();
    const killed = await prepared();
    expect((await whole.run(...args)).code).toBe(1);
    const server = await serve(killed);
    try {
      expect(await importKilling(killed, KILLED_AFTER, server.there)).toBe(KILLED_AFTER.length);
      expect(stories(await killed.domainEvents())).toEqual(stories(await whole.domainEvents()));
      const before = await killed.events();
      const { code, stdout } = await killed.run(...args, ...server.there);
      expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 1, eventsAppended: 0, unchanged: 0, rejected: CUSTOMERS });
      expect(await killed.events()).toEqual(before);
    } finally {
      await server.stop();
    }
  });
});
