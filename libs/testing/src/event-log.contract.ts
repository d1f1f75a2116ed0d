import type { EventLog } from '#event-log';
import { collect } from './collect.js';
import { appendingContract } from './event-log/appending.contract.js';
import { closingContract } from './event-log/closing.contract.js';
import type { EventLogCapability, EventLogUnderTest, LogParts } from './event-log/parts.js';
import { readingContract } from './event-log/reading.contract.js';
import { repeatingContract } from './event-log/repeating.contract.js';
import { storedContract } from './event-log/stored.contract.js';
import { subscribingContract } from './event-log/subscribing.contract.js';

export type { EventLogCapability, EventLogUnderTest } from './event-log/parts.js';

/** What every event log does, whatever it is made of. `open` answers an empty one. */
export function eventLogContract(
  name: string,
  open: () => Promise<EventLogUnderTest>,
  { lacks = [] }: { readonly lacks?: readonly EventLogCapability[] } = {},
): void {
  describe(`event log contract: ${name}`, () => {
    let under: EventLogUnderTest;
    let log: EventLog;
    beforeEach(async () => {
      expect.hasAssertions();
      under = await open();
      log = under.log;
    });
    afterEach(() => under.dispose());

    const parts: LogParts = {
      current: () => log,
      open,
      async reopen() {
        log = await under.reopen!();
        return log;
      },
      readStream: (stream, options) => collect(log.readStream(stream, options)),
      readAll: (options) => collect(log.readAll(options)),
      itWith: (capability, title, test) => (lacks.includes(capability) ? it.skip(`${title} [lacks ${capability}]`, test) : it(title, test)),
    };

    it('declares what it can do and what it lacks', () => {
      const { guarantees, readByStream, count } = log;
      const can = {
        ...guarantees,
        readByStream: readByStream !== undefined,
        count: count !== undefined,
        reopen: under.reopen !== undefined,
      };
      const lacking = Object.entries(can).filter(([, has]) => !has);
      expect(lacking.map(([capability]) => capability).sort()).toEqual([...lacks].sort());
    });
    appendingContract(parts);
    repeatingContract(parts);
    readingContract(parts);
    storedContract(parts);
    subscribingContract(parts);
    closingContract(parts);
  });
}
