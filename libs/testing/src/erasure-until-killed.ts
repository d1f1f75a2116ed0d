import { openEventLog } from '#event-log';
import { eventCatalogue } from '#platform/events/current-events.js';
import { masterKeyOf, masterKeysOf, openMemoryKeptOutside } from '#privacy';
import { openSqliteSubjectKeys } from '#privacy/sqlite/sqlite-subject-keys.js';
import { runErasure } from './erasure-rig.js';
import { ProcessRig } from './process-rig.js';

/** `erasure-until-killed <log> <keys>`: runs the erasures of a log on a clock that goes a second ahead in each turn, and ends when nothing is left to be done. */
const [file, keyFile] = process.argv.slice(2);
const log = await openEventLog(`sqlite:${file}`, { registry: eventCatalogue, commitHere: true });
const rig = await ProcessRig.open('2026-11-30T08:00:00.000Z', log);
const keys = openSqliteSubjectKeys(keyFile!, masterKeysOf([masterKeyOf(Buffer.alloc(32, 7))]));
const running = runErasure(rig, { keys, outside: openMemoryKeptOutside() });
process.stdout.write('running\n');
for (let second = 0; ; second++) {
  await running.quiet();
  const { open } = running.health();
  process.stdout.write(`${open}\n`);
  if (open === 0) break;
  rig.clock.advance(new Date(Date.parse('2026-11-30T08:00:00.000Z') + second * 1_000).toISOString());
}
await running.stop();
await rig.close();
await keys.close();
