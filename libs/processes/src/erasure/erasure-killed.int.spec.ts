import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { openEventLog } from '#event-log';
import { eventCatalogue } from '#platform/events/current-events.js';
import { masterKeyOf, masterKeysOf } from '#privacy';
import { openSqliteSubjectKeys } from '#privacy/sqlite/sqlite-subject-keys.js';
import { confirmErasure, registerToErase } from '#testing/erasure-rig.js';
import { ProcessRig } from '#testing/process-rig.js';

const KILLS = Number(process.env.LETOPIS_KILLS ?? 6);
const CUSTOMERS = 40;
const program = path.resolve('dist/libs/testing/src/erasure-until-killed.js');
const ids = Array.from({ length: CUSTOMERS }, (_, n) => `c${n}`);

describe('erasures whose process is killed', () => {
  it(`${KILLS} times at random instants are complete in the end, each done once`, async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'letopis-erasures-'));
    const [file, keyFile] = [path.join(folder, 'chronicle.sqlite'), path.join(folder, 'subject-keys.sqlite')];
    const written = await openEventLog(`sqlite:${file}`, { registry: eventCatalogue, commitHere: true });
    const rig = await ProcessRig.open('2026-11-30T08:00:00.000Z', written);
    for (const id of ids) {
      await registerToErase(rig, id);
      await confirmErasure(rig, id);
    }
    await rig.close();
    const openKeys = () => openSqliteSubjectKeys(keyFile, masterKeysOf([masterKeyOf(Buffer.alloc(32, 7))]));
    const keys = openKeys();
    await keys.ensure(ids.map((id) => `relationship-${id}`));
    await keys.close();

    const ends: (NodeJS.Signals | number | null)[] = [];
    for (let left = KILLS; ends.at(-1) !== 0; left--) {
      const child = spawn(process.execPath, [program, file, keyFile], { stdio: ['ignore', 'pipe', 'inherit'] });
      const ended = new Promise<NodeJS.Signals | number | null>((resolve) =>
        child.once('close', (code, signal) => resolve(signal ?? code)),
      );
      if (left > 0) child.stdout.once('data', () => void sleep(Math.random() * 60).then(() => child.kill('SIGKILL')));
      else child.stdout.resume();
      ends.push(await ended);
      if (ends.length > 2 * KILLS + 1) break;
    }
    expect(ends.at(-1)).toBe(0);
    expect(ends).toContain('SIGKILL');

    const log = await openEventLog(`sqlite:${file}`, { registry: eventCatalogue, readOnly: true });
    const counts = new Map<string, number>();
    for await (const batch of log.readAll()) for (const { type } of batch) counts.set(type, (counts.get(type) ?? 0) + 1);
    await log.close();
    const erased = openKeys();
    const found = await erased.find(ids.map((id) => `relationship-${id}`));
    await erased.close();
    rmSync(folder, { recursive: true });
    for (const type of ['customer-erased', 'erasure-certified', 'erasure-completed'])
      expect([type, counts.get(type)]).toEqual([type, CUSTOMERS]);
    expect([...found.values()].map(({ kind }) => kind)).toEqual(ids.map(() => 'erased'));
  });
});
