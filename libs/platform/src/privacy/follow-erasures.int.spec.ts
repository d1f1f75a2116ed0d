import { openEventLog } from '#event-log';
import { createRecentKeys, newMemoryRows, openMemorySubjectKeys } from '#privacy';
import { appendAtHead, newEvent } from '#testing';
import { eventCatalogue } from '../events/current-events.js';
import { followErasures } from './follow-erasures.js';
import { personalFieldsBy } from './open-letopis-log.js';

const [ada, ben] = ['relationship-ada', 'relationship-ben'] as const;

describe('whoever follows erasures', () => {
  it('hears of each customer who is erased, whoever erases, and the log has dropped the key by then', async () => {
    const keys = createRecentKeys({ store: openMemorySubjectKeys(newMemoryRows()), withinMs: 10_000 });
    const log = await openEventLog('memory:', { registry: eventCatalogue, personal: personalFieldsBy(keys) });
    const registered = () => newEvent({ type: 'customer-registered', data: { kind: 'person', role: 'customer', displayName: 'Ada' } });
    const erased = () => newEvent({ type: 'customer-erased', schemaVersion: 2, data: { code: 'unstated' } });
    for (const stream of [ada, ben, 'relationship-before']) await appendAtHead(log, stream, [registered()]);
    await appendAtHead(log, 'relationship-before', [erased()]);
    const heard = Promise.withResolvers<readonly [string, number]>();
    const following = await followErasures(log, (stream) => heard.resolve([stream, keys.size]));
    await appendAtHead(log, ben, [newEvent({ type: 'erasure-rejected', data: { exception: 'legal-claims' } })]);
    await keys.ask([ada, ben]);
    expect(keys.size).toBe(2);
    await appendAtHead(log, ada, [erased()]);
    await keys.ask([ada]);
    expect(await heard.promise).toEqual([ada, 1]);
    expect([keys.recent(ada), keys.recent(ben)?.kind]).toEqual([undefined, 'key']);
    await following.close();
    await log.close();
  });
});
