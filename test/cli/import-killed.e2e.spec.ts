import { readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { leadsMapping, type StoredEvent, type Workplace, workplace } from './letopis.js';

const places: Workplace[] = [];
afterEach(() => {
  for (const place of places.splice(0)) place.remove();
});

const ROWS = 6_000;
/** So many that an import is far from its end when it first writes down how far it came. */
const MANY_ROWS = 40_000;

const csv = (rows: number) =>
  [
    'email,name,day,item,amount',
    ...Array.from(
      { length: rows },
      (_, row) => `c${row % 300}@x.org,C ${row % 300},2024-01-${row % 50 === 0 ? '99' : '05'},item ${row},${row}.10`,
    ),
    '',
  ].join('\n');

async function prepared(rows = ROWS): Promise<Workplace> {
  const place = workplace();
  places.push(place);
  await place.shareIds();
  place.file('rows.csv', csv(rows));
  place.file('rows.json', JSON.stringify(leadsMapping));
  return place;
}

const args = ['import', 'rows.csv', '-m', 'rows.json', '--json'] as const;

/** All that an event says but for what differs from run to run. */
const said = (events: readonly StoredEvent[]) =>
  events.map(({ type, stream, occurredAt, source, data }) => JSON.stringify([stream, type, occurredAt, source, data])).sort();

/** Without the end of the id of the import, which is random. */
const rejectsOf = (place: Workplace) => place.read('rows.csv.rejects.csv').replaceAll(/,1-[\da-f]{8}-[\da-f]{12},/g, ',import,');

describe('an import that is killed', () => {
  it('comes to the same end when it is run again, without doubles, and goes on near where it was', async () => {
    const whole = await prepared();
    const killed = await prepared();
    const expected = JSON.parse((await whole.run(...args)).stdout) as { rows: number; rejected: number; eventsAppended: number };
    expect(expected).toMatchObject({ rows: ROWS, rejected: ROWS / 50 });

    let checkpoints = 0;
    for (const patience of [0, 300, 700]) {
      const child = killed.start({}, ...args);
      const ended = new Promise((resolve) => child.once('close', resolve));
      await Promise.race([ended, untilCheckpoint(killed, checkpoints++ > 0)]);
      await sleep(patience);
      child.kill('SIGKILL');
      await ended;
    }
    const last = await killed.run(...args);
    const summary = JSON.parse(last.stdout) as { rows: number; rejected: number; resumedAtRow: number };
    expect({ code: last.code, rows: summary.rows, rejected: summary.rejected }).toEqual({ code: 1, rows: ROWS, rejected: ROWS / 50 });
    expect(said(await killed.domainEvents())).toEqual(said(await whole.domainEvents()));
    expect(rejectsOf(killed)).toBe(rejectsOf(whole));
    expect(checkpointsOf(killed)).toEqual([]);
  });

  it('ends with 130 on Ctrl-C, says how to go on, and goes on', async () => {
    const place = await prepared(MANY_ROWS);
    const child = place.start({}, ...args);
    let told = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (told += text));
    child.stdout?.resume();
    const ended = new Promise((resolve) => child.once('close', resolve));
    await Promise.race([ended, untilCheckpoint(place, true)]);
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(told).toBe('');
    const { stdout } = await place.run(...args);
    const { rows: all, resumedAtRow } = JSON.parse(stdout) as { rows: number; resumedAtRow: number };
    expect(all).toBe(MANY_ROWS);
    expect(resumedAtRow).toBeGreaterThan(0);
    expect((await place.events()).filter(({ type }) => type === 'purchase-recorded')).toHaveLength(MANY_ROWS - MANY_ROWS / 50);
  });
});

function checkpointsOf(place: Workplace): readonly string[] {
  try {
    return readdirSync(path.join(place.folder, 'data/imports')).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
}

async function untilCheckpoint(place: Workplace, wanted: boolean): Promise<void> {
  while (wanted && checkpointsOf(place).length === 0) await sleep(20);
}
