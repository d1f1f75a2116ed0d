import { monotonicFactory } from 'ulid';
import { createEventRegistry, openEventLog } from '#event-log';
import { createCommandService, openCuratorRegister, openPolicyRegister } from '#platform';
import { eventDefinitions } from '#relationship';
import { loadHistory } from '../../apps/cli/src/demo/load-history.js';

/** The demo company makes about so many events a customer in its three years. */
const EVENTS_A_CUSTOMER = 32;

/**
 * Fills a log with about so many events of the demo company, all of them decided by the domain, in the order in which they were lived.
 * @returns the number of events
 */
export async function tellChronicle(url: string, events: number): Promise<number> {
  const registry = createEventRegistry(eventDefinitions);
  const log = await openEventLog(url, { registry });
  const fail = (error: unknown) => {
    throw error;
  };
  const policies = await openPolicyRegister(log, fail);
  const curators = await openCuratorRegister(log, fail);
  const clock = { now: 0 };
  const service = createCommandService({
    log,
    registry,
    policies,
    curators,
    clock: () => new Date(clock.now).toISOString(),
    newId: monotonicFactory(),
  });
  await loadHistory(service, clock, { seed: 7, customers: Math.ceil(events / EVENTS_A_CUSTOMER), until: Date.UTC(2026, 10, 22) });
  const told = Number(await log.head());
  await policies.close();
  await curators.close();
  await log.close();
  return told;
}
