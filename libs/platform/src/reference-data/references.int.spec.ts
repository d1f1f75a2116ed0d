import { openEventLog } from '#event-log';
import { createRecentKeys } from '#privacy';
import { newMemoryRows, openMemorySubjectKeys } from '#privacy/memory/memory-subject-keys.js';
import { curator, statusOf } from '#relationship';
import { detailAt } from '#relationship/curators/state.js';
import { newEvent } from '#testing/new-event.js';
import { eventCatalogue } from '../events/current-events.js';
import { personalFieldsBy } from '../privacy/open-letopis-log.js';
import { openReferenceOf } from './references.js';

const event = (type: string, occurredAt: string) => newEvent({ type, occurredAt, data: { curatorId: 'ann' } });

describe('the reference of curators', () => {
  it('knows who worked here when: before the registration too, until the departure, and again after the return', async () => {
    const log = await openEventLog('memory:', { registry: eventCatalogue });
    const first = await log.append('curator-ann', 'none', [event('curator-registered', '2026-01-01T00:00:00.000Z')]);
    const reference = await openReferenceOf(curator, log, (error) => {
      throw error;
    });
    const statuses = (...instants: readonly string[]) =>
      instants.map((each) => statusOf(reference.current(), 'ann', `${each}T00:00:00.000Z`));
    expect(statusOf(reference.current(), 'bea', '2026-01-01T00:00:00.000Z')).toBe('unknown');
    expect(statuses('2025-06-01', '2026-06-01')).toEqual(['active', 'active']);

    const departed = await log.append('curator-ann', first, [event('curator-departed', '2026-03-01T00:00:00.000Z')]);
    await reference.reached(departed.position);
    expect(statuses('2025-06-01', '2026-02-28', '2026-03-01', '2026-06-01')).toEqual(['active', 'active', 'departed', 'departed']);

    const back = await log.append('curator-ann', departed, [event('curator-registered', '2026-05-01T00:00:00.000Z')]);
    await reference.reached(back.position);
    expect(statuses('2026-02-01', '2026-04-01', '2026-06-01')).toEqual(['active', 'departed', 'active']);
    await reference.close();
    await log.close();
  });

  it('does without the name of a curator whose key is lost, and takes in all else of the events, former versions too', async () => {
    const rows = newMemoryRows();
    const personal = () => personalFieldsBy(createRecentKeys({ store: openMemorySubjectKeys(rows), withinMs: 0 }));
    const log = await openEventLog('memory:', { registry: eventCatalogue, personal: personal() });
    const named = {
      ...event('curator-registered', '2026-01-01T00:00:00.000Z'),
      data: { curatorId: 'ann', displayName: 'Ann', team: 'north' },
    };
    await log.append('curator-ann', 'none', [named]);
    await log.append('curator-bea', 'none', [{ ...named, id: 'bea-1', data: { curatorId: 'bea', displayName: 'Bea' } }]);
    rows.keys.delete('curator-ann');
    const reference = await openReferenceOf(curator, log, (error) => {
      throw error;
    });
    const detailOf = (id: string, field: 'displayName' | 'team') =>
      detailAt(reference.current().get(id)!, field, '2026-06-01T00:00:00.000Z')?.value;
    expect([detailOf('ann', 'displayName'), detailOf('ann', 'team'), detailOf('bea', 'displayName')]).toEqual([undefined, 'north', 'Bea']);
    expect(reference.notUnderstood()).toBeUndefined();
    await reference.close();
    await log.close();
  });
});
