import { openEventLog } from '#event-log';
import { newEvents } from './new-event.js';

/** `append-until-killed <file>`: appends three events a call, for ever, on four streams at once, and prints the position of each answer. */
const log = await openEventLog(`sqlite:${process.argv[2]}`);

await Promise.all(
  ['a', 'b', 'c', 'd'].map(async (stream) => {
    for (let call = 0; ; call++) {
      const { position } = await log.append(stream, 'any', newEvents(3, { correlationId: `${process.pid}-${stream}-${call}` }));
      process.stdout.write(`${position}\n`);
    }
  }),
);
