import { commandRemembered } from '#event-log';
import { applyPolicyEvent, defaultPolicies } from '#relationship';
import { newEvent } from '#testing/new-event.js';
import { createPolicyWatch } from './policy-watch.js';

const publication = (revision: number, version: number) =>
  recorded(revision, {
    type: 'policy-published',
    data: { name: 'cadence', version, effectiveFrom: '2026-01-01T00:00:00.000Z', document: {} },
  });
const recorded = (revision: number, over: Parameters<typeof newEvent>[0]) =>
  ({ ...newEvent(over), stream: 'policy-cadence', revision, position: '', hash: '' }) as unknown as Parameters<
    ReturnType<typeof createPolicyWatch>['take']
  >[0];

describe('the policies that views are computed under', () => {
  it('are distinguished by what was published, however many commands the stream remembers', () => {
    const watch = createPolicyWatch({ initial: defaultPolicies, apply: applyPolicyEvent });
    expect(watch.revisions(['cadence'])).toEqual({ cadence: -1 });
    const taken = [publication(0, 2), recorded(1, { type: commandRemembered.type, data: {} }), publication(2, 3), publication(2, 3)];
    expect(taken.map((event) => watch.take(event))).toEqual([true, false, true, false]);
    expect(watch.revisions(['cadence'])).toEqual({ cadence: 1 });
    expect([-1, 0, 1].map((cadence) => watch.at({ cadence }).cadence.map(({ version }) => version))).toEqual([[1], [1, 2], [1, 2, 3]]);
  });
});
