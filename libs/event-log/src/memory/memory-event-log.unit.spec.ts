import { asWritten, eventLogContract } from '#testing';
import { withOpaquePositions } from '#testing/opaque-positions.js';
import type { EventLogAdapter } from '../adapter.js';
import { logOver } from '../log-over.js';
import { openMemoryEventLog } from './memory-event-log.js';

const opened = (adapter: () => EventLogAdapter) => async () => {
  const log = logOver(adapter(), asWritten);
  return { log, dispose: () => log.close() };
};

eventLogContract('memory', opened(openMemoryEventLog), { lacks: ['reopen'] });

// As a server has it.
eventLogContract(
  'memory, with opaque positions and nothing that an engine may lack',
  opened(() => {
    const adapter = withOpaquePositions(openMemoryEventLog());
    delete adapter.readByStream;
    return Object.assign(adapter, {
      guarantees: { numberedPositions: false, oneStreamPerCommand: false, oneWriter: false, largeAppends: true },
    });
  }),
  { lacks: ['reopen', 'count', 'readByStream', 'numberedPositions', 'oneStreamPerCommand', 'oneWriter'] },
);
