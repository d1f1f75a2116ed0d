import { openEventLog } from '#event-log';
import { eventCatalogue } from '#platform/events/current-events.js';
import { overdue } from '#processes';
import { LIFE_BEGINS, lifeOf, liveOn } from './overdue-life.js';
import { ProcessRig } from './process-rig.js';

/** `overdue-until-killed <file> <seed> <length> <from>`: lives from that step on beside the process, and prints the number of each step. */
const [file, seed, length, from] = process.argv.slice(2);
const log = await openEventLog(`sqlite:${file}`, { registry: eventCatalogue, commitHere: true });
const rig = await ProcessRig.open(LIFE_BEGINS, log);
const running = rig.run(overdue);
await liveOn(rig, running, lifeOf(Number(seed), Number(length)), Number(from), (step) => process.stdout.write(`${step}\n`));
await running.stop();
await rig.close();
