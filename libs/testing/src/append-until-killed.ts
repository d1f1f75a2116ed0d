import { type ExpectedRevision, openEventLog } from '#event-log';
import { headOf } from './append-at-head.js';
import { newEvents } from './new-event.js';

/** `append-until-killed <file>`: appends three events a call, for ever, on four streams at once, and prints the position of each answer. */
const log = await openEventLog(`sqlite:${process.argv[2]}`);

await Promise.all(
  ['a', 'b', 'c', 'd'].map(async (stream) => {
    let head: ExpectedRevision = await headOf(log, stream);
    for (let call = 0; ; call++) {
      const appended = await log.append(stream, head, newEvents(3, { correlationId: `${process.pid}-${stream}-${call}` }));
      head = appended;
      process.stdout.write(`${appended.position}\n`);
    }
  }),
);
