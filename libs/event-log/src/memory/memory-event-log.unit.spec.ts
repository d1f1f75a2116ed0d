import { eventLogContract, memoryLog } from '#testing';

eventLogContract(
  'memory',
  async () => {
    const log = memoryLog();
    return { log, dispose: () => log.close() };
  },
  { lacks: ['reopen'] },
);
