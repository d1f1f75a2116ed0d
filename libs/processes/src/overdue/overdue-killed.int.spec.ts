import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { type DomainEvent, openEventLog } from '#event-log';
import { eventCatalogue } from '#platform/events/current-events.js';
import { LIFE_BEGINS, lifeOf, liveOn } from '#testing/overdue-life.js';
import { ProcessRig } from '#testing/process-rig.js';
import { overdue } from './overdue.js';

const KILLS = Number(process.env.LETOPIS_KILLS ?? 10);
const LENGTH = Math.max(120, KILLS * 6);
/** Steps that one that is to be killed may live on at most. */
const ON = 3;
const program = path.resolve('dist/libs/testing/src/overdue-until-killed.js');

/** By stream: everything but ids, positions and when it was recorded; ids of events are told by their places. */
const storyIn = (events: readonly DomainEvent[]) => {
  const places = new Map(events.map(({ id, stream, revision }) => [id, `${stream}@${revision}`]));
  const placed = (value: unknown) =>
    JSON.parse(JSON.stringify(value ?? null).replaceAll(/[0-9A-HJKMNP-TV-Z]{26}/g, (id) => places.get(id) ?? id));
  return Object.fromEntries(
    [...Map.groupBy(events, ({ stream }) => stream)]
      .map(
        ([stream, all]) =>
          [
            stream,
            all.map(({ type, data, occurredAt, actor, correlationId, causationId }) =>
              placed({
                type,
                data,
                ...(stream !== 'process-overdue' && { occurredAt, causationId }),
                actor,
                correlationId: stream.startsWith('relationship') ? correlationId : undefined,
              }),
            ),
          ] as const,
      )
      .toSorted(([one], [other]) => (one < other ? -1 : 1)),
  );
};

describe('a process that is killed', () => {
  it(`${KILLS} times at random instants leaves what one leaves that was never disturbed`, async () => {
    const seed = Math.floor(Math.random() * 1_000_000);
    const life = lifeOf(seed, LENGTH);
    const rig = await ProcessRig.open(LIFE_BEGINS);
    const undisturbed = rig.run(overdue);
    await liveOn(rig, undisturbed, life, 0, () => undefined);
    await undisturbed.stop();
    const expected = storyIn(await rig.events());
    await rig.close();

    const folder = mkdtempSync(path.join(tmpdir(), 'letopis-killed-'));
    const file = path.join(folder, 'chronicle.sqlite');
    let from = 0;
    const ends: (NodeJS.Signals | number | null)[] = [];
    for (let left = KILLS; left >= 0; left--) {
      // It waits there to be killed, so that no kill comes after the end.
      const spare = life.length - 1 - from - left * (ON + 1);
      const killAfter = from + Math.floor((Math.random() * 2 * spare) / (left + 1));
      const until = left > 0 ? killAfter + ON : life.length;
      const of = [seed, LENGTH, from, until].map(String);
      const child = spawn(process.execPath, [program, file, ...of], { stdio: ['ignore', 'pipe', 'inherit'] });
      const ended = new Promise<NodeJS.Signals | number | null>((resolve) =>
        child.once('close', (code, signal) => resolve(signal ?? code)),
      );
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        from = Math.max(from, 1 + Number(text.trim().split('\n').at(-1)));
        if (left > 0 && from > killAfter) void sleep(Math.random() * 8).then(() => child.kill('SIGKILL'));
      });
      ends.push(await ended);
    }
    expect(ends).toEqual([...Array.from({ length: KILLS }, () => 'SIGKILL'), 0]);
    const log = await openEventLog(`sqlite:${file}`, { registry: eventCatalogue, readOnly: true });
    const events: DomainEvent[] = [];
    for await (const batch of log.readAll()) events.push(...batch);
    await log.close();
    rmSync(folder, { recursive: true });

    expect(
      Object.values(expected)
        .flat()
        .filter(({ type }) => type.endsWith('-overdue')).length,
    ).toBeGreaterThan(10);
    expect({ seed, story: storyIn(events) }).toEqual({ seed, story: expected });
  });
});
