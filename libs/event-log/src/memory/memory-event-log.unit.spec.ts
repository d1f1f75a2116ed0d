import { eventLogContract } from '#testing';
import { openEventLog } from '../open-event-log.js';

eventLogContract(
  'memory',
  async () => {
    const log = await openEventLog('memory:');
    return { log, dispose: () => log.close() };
  },
  { lacks: ['reopen'] },
);
