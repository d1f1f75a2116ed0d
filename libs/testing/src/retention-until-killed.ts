import { openEventLog } from '#event-log';
import { eventCatalogue } from '#platform/events/current-events.js';
import { ProcessRig } from './process-rig.js';
import { dayAfter, runRetention } from './retention-rig.js';

/** `retention-until-killed <log> <from> <until>`: runs the retention policy of a log from one day to another, each told by its number when it is over. */
const [file, from, until] = process.argv.slice(2);
const log = await openEventLog(`sqlite:${file}`, { registry: eventCatalogue, commitHere: true });
const rig = await ProcessRig.open(dayAfter(Number(from)), log);
const running = await runRetention(rig);
process.stdout.write('running\n');
for (let day = Number(from); day < Number(until); day++) {
  await running.at(dayAfter(day));
  process.stdout.write(`${day}\n`);
}
await running.stop();
await rig.close();
