import { openEventLog } from '#event-log';
import { eventCatalogue } from '#platform/events/current-events.js';
import { overdue } from '#processes';
import { LIFE_BEGINS, lifeOf, liveOn } from './overdue-life.js';
import { ProcessRig } from './process-rig.js';

/** `overdue-until-killed <file> <seed> <length> <from> <until>`: lives from step to step beside the process, prints the number of each, and ends if it was the last. */
const [file, ...numbers] = process.argv.slice(2);
const [seed, length, from, until] = numbers.map(Number) as [number, number, number, number];
const log = await openEventLog(`sqlite:${file}`, { registry: eventCatalogue, commitHere: true });
const rig = await ProcessRig.open(LIFE_BEGINS, log);
const running = rig.run(overdue);
const life = lifeOf(seed, length);
await liveOn(rig, running, life.slice(0, until), from, (step) => process.stdout.write(`${step}\n`));
// Killed here at the latest.
if (until < life.length) await new Promise(() => setInterval(() => undefined, 1_000));
await running.stop();
await rig.close();
