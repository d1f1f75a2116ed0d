import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { type DomainEvent, type EventLog, openEventLog } from '#event-log';
import { eventCatalogue } from '#platform/events/current-events.js';
import { ProcessRig } from '#testing/process-rig.js';
import { dayAfter, runRetention } from '#testing/retention-rig.js';

const KILLS = Number(process.env.LETOPIS_KILLS ?? 5);
const CUSTOMERS = 24;
const PER_DAY = 2;
const LAST = 45;
const program = path.resolve('dist/libs/testing/src/retention-until-killed.js');

const begin = async (log?: EventLog): Promise<ProcessRig> => {
  const rig = await ProcessRig.open(dayAfter(0), log);
  for (let n = 0; n < CUSTOMERS; n++)
    await rig.tell('register-customer', undefined, { customerId: `c${n}`, kind: 'person' }, { occurredAt: dayAfter(-(n % 5)) });
  const rule = { code: 'quiet', role: 'customer', months: 1, types: ['contact-recorded'] };
  const document = { rules: [rule], perDay: PER_DAY };
  await rig.tell('publish-policy', 'retention', { document }, { actor: { kind: 'supervisor', id: 'root' } });
  return rig;
};

const done = (events: readonly DomainEvent[]): readonly string[] =>
  events
    .filter(({ type }) => type === 'retention-listed' || type === 'erasure-confirmed')
    .map(({ type, stream, recordedAt }) => `${recordedAt.slice(0, 10)} ${type} ${stream}`)
    .toSorted();

describe('a retention policy whose process is killed', () => {
  it(`${KILLS} times at random instants erases on each day whom one that was never disturbed erases`, async () => {
    const rig = await begin();
    const undisturbed = await runRetention(rig);
    for (let day = 0; day < LAST; day++) await undisturbed.at(dayAfter(day));
    const expected = done(await rig.events('relationship-'));
    await undisturbed.stop();
    await rig.close();

    const folder = mkdtempSync(path.join(tmpdir(), 'letopis-retention-'));
    const file = path.join(folder, 'chronicle.sqlite');
    await (await begin(await openEventLog(`sqlite:${file}`, { registry: eventCatalogue, commitHere: true }))).close();
    const ends: (NodeJS.Signals | number | null)[] = [];
    let from = 0;
    for (let left = KILLS; left >= 0; left--) {
      const child = spawn(process.execPath, [program, file, String(from), String(LAST)], { stdio: ['ignore', 'pipe', 'inherit'] });
      const ended = new Promise<NodeJS.Signals | number | null>((resolve) =>
        child.once('close', (code, signal) => resolve(signal ?? code)),
      );
      // In the days in which most is done: the first, and from the 26th on.
      const killAfter = left === KILLS ? -1 : Math.floor(26 + ((KILLS - left) * (LAST - 28)) / KILLS);
      let isKilled = false;
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        const last = text.trim().split('\n').at(-1)!;
        if (last !== 'running') from = Number(last) + 1;
        if (left === 0 || isKilled || from <= killAfter) return;
        isKilled = true;
        void sleep(Math.random() * 20).then(() => child.kill('SIGKILL'));
      });
      ends.push(await ended);
    }
    const log = await openEventLog(`sqlite:${file}`, { registry: eventCatalogue, readOnly: true });
    const events: DomainEvent[] = [];
    for await (const batch of log.readAll({ streamPrefix: 'relationship-' })) events.push(...batch);
    await log.close();
    rmSync(folder, { recursive: true });
    expect(ends).toEqual([...Array.from({ length: KILLS }, () => 'SIGKILL'), 0]);
    expect(expected.length).toBe(2 * CUSTOMERS);
    expect(done(events)).toEqual(expected);
  });
});
