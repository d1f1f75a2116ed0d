import { randomUUID } from 'node:crypto';
import { asWritten, eventLogContract } from '#testing';
import { describeWithEventStoreDb } from '#testing/engines/given-engines.js';
import { openEventLog } from '../open-event-log.js';

describeWithEventStoreDb('the event log on a server of EventStoreDB', (url) => {
  eventLogContract(
    'EventStoreDB',
    async () => {
      const own = `${url}#t-${randomUUID().slice(0, 8)}`;
      let log = await openEventLog(own, { registry: asWritten });
      return {
        log,
        async reopen() {
          await log.close();
          log = await openEventLog(own, { registry: asWritten });
          return log;
        },
        dispose: () => log.close(),
      };
    },
    { lacks: ['count', 'readByStream', 'numberedPositions', 'oneStreamPerCommand', 'oneWriter', 'largeAppends'] },
  );
});
