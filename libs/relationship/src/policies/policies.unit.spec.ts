import { describe, expect, it } from '@jest/globals';
import { specification } from '#testing/given-when-then.js';
import { now, usualContext } from '#testing/relationship-specification.js';
import { customerRoles } from '../customer/events.js';
import type { DecisionContext } from '../kernel/decider.js';
import type { PolicyCommand } from './commands.js';
import { decidePolicy, evolvePolicy, initialPolicy, type PolicyState } from './decide.js';
import { faultsOf } from './document-faults.js';
import { applyPolicyEvent, type PolicyEvent } from './events.js';
import { appliesTo, defaultPolicies, type PolicyName, policyAt, policyNames, policyVersion, shownPolicyVersion } from './policy.js';

const policy = (name: string) =>
  specification<PolicyState, PolicyCommand, PolicyEvent, PolicyEvent, DecisionContext>(
    { initialState: initialPolicy(name), evolve: evolvePolicy, decide: decidePolicy },
    usualContext,
  );
const cadence = { existingPerYear: 12, potentialPerYear: 2 };
const published = (version: number, effectiveFrom: string): PolicyEvent => ({
  type: 'policy-published',
  data: { name: 'cadence', version, effectiveFrom, document: cadence },
});
const publish = (more: object = {}) => ({ name: 'publish-policy', body: { document: cadence, ...more } }) as const;
const later = '2027-01-01T00:00:00.000Z';

describe('publishing a policy', () => {
  it('makes version 2 first, in force at once', () => policy('cadence').given().when(publish()).decides(published(2, now)));
  it('counts on, and may be in force later', () => {
    policy('cadence')
      .given(published(2, now))
      .when(publish({ effectiveFrom: '2027-01-01T01:00:00+01:00', reason: 'r' }))
      .decides({ type: 'policy-published', data: { name: 'cadence', version: 3, effectiveFrom: later, document: cadence, reason: 'r' } });
  });
  it('may begin before the version in force, so that a history of before can be imported under it', () => {
    const before = '2010-01-01T00:00:00.000Z';
    policy('cadence')
      .given(published(2, '2026-01-01T00:00:00.000Z'))
      .when(publish({ effectiveFrom: before }))
      .decides(published(3, before));
  });
  it('is not kept from beginning before a version that was scheduled for later, be it by a slip', () => {
    policy('cadence').given(published(2, '2206-12-01T00:00:00.000Z')).when(publish()).decides(published(3, now));
    policy('cadence').given(published(2, '2206-12-01T00:00:00.000Z'), published(3, now)).when(publish()).decides(published(4, now));
  });
  it('is rejected under a name that no policy has, whatever its stream holds', () => {
    for (const history of [[], [published(2, now)]])
      policy('bonus')
        .given(...history)
        .when(publish())
        .isRejected('policy-unknown', { known: policyNames });
  });
  it('continues from versions, and from no event of another type', () => {
    policy('cadence')
      .given({ type: 'policy-reviewed', data: {} } as never, published(2, now), { type: 'policy-reviewed', data: {} } as never)
      .when(publish())
      .decides(published(3, now));
  });
  it('is rejected from a day on that does not exist', () =>
    policy('cadence')
      .given()
      .when(publish({ effectiveFrom: '2027-02-30T00:00:00Z' }))
      .isRejected('instant-impossible'));
  it('is rejected with a document of another shape, with everything that is wrong', () => {
    policy('cadence')
      .given()
      .when(publish({ document: { existingPerYear: 'four', extra: 1 } }))
      .isRejected('policy-document-invalid', {
        faults: [
          { path: 'existingPerYear', message: 'must be a number from 0.01 to 366' },
          { path: 'potentialPerYear', message: 'must be a number from 0.01 to 366' },
          { path: 'extra', message: 'is unknown; known are existingPerYear, potentialPerYear, roles' },
        ],
      });
  });
  it('takes a document that says nothing of roles, and rejects a role that nobody can have', () => {
    policy('cadence')
      .given()
      .when(publish({ document: { ...cadence, roles: ['supplier', 'reseller', 'supplier'] } }))
      .isRejected('policy-document-invalid', {
        faults: [
          { path: 'roles[1]', message: 'must be one of customer, supplier, partner, public-body, internal' },
          { path: 'roles[2]', message: 'must not repeat an earlier one' },
        ],
      });
    policy('cadence')
      .given()
      .when(publish({ document: { ...cadence, roles: [] } }))
      .isRejected('policy-document-invalid', { faults: [{ path: 'roles', message: 'must be a list of 1 to 5' }] });
    expect([{}, { roles: ['supplier'] }].map((document) => customerRoles.filter((role) => appliesTo(document as never, role)))).toEqual([
      ['customer', 'public-body'],
      ['supplier'],
    ]);
  });
  it('of the company is in force for all time, and takes no other date', () => {
    const berlin = { zone: 'Europe/Berlin', country: 'DE' };
    const always = '0000-01-01T00:00:00.000Z';
    const first: PolicyEvent = { type: 'policy-published', data: { name: 'company', version: 2, effectiveFrom: always, document: berlin } };
    policy('company')
      .given()
      .when(publish({ document: berlin }))
      .decides(first);
    policy('company')
      .given(first)
      .when(publish({ document: { zone: 'UTC' }, effectiveFrom: now }))
      .isRejected('policy-timeless');
    const history = applyPolicyEvent(defaultPolicies, first);
    for (const instant of ['1990-01-01T00:00:00.000Z', now]) expect(policyAt(history, 'company', instant).document).toEqual(berlin);
  });
  it('of the company is rejected with a zone or a country that does not exist', () => {
    expect(faultsOf('company', { zone: 'Berlin' })).toEqual([
      { path: 'zone', message: 'must be an IANA time zone such as Europe/Berlin, not "Berlin"' },
    ]);
    expect(faultsOf('company', { zone: '+02:00', country: 'de' })).toEqual([
      { path: 'zone', message: 'must be an IANA time zone such as Europe/Berlin, not "+02:00"' },
      { path: 'country', message: 'must be an ISO 3166-1 alpha-2 country code such as DE, not "de"' },
    ]);
    expect(faultsOf('company', {})).toEqual([{ path: 'zone', message: 'must be an IANA time zone such as Europe/Berlin' }]);
    expect(faultsOf('company', { zone: 'Asia/Kolkata', country: 'IN' })).toEqual([]);
  });
  it('is no business of customers', () =>
    policy('cadence')
      .given()
      .when(publish(), { actor: { kind: 'customer', id: 'c' } })
      .isRejected('not-for-customers', { command: 'publish-policy' }));
  it('is rejected when dated in the future', () =>
    policy('cadence').given().when(publish(), { occurredAt: later }).isRejected('occurred-in-future'));
});

describe('a policy document', () => {
  it.each(policyNames)('of %s is right as it is by default', (name) =>
    expect(faultsOf(name, policyAt(defaultPolicies, name, now).document)).toEqual([]),
  );
  it.each(policyNames)('of %s is an object', (name) => {
    for (const document of [null, undefined, [], 'x'])
      expect(faultsOf(name, document)).toEqual([{ path: 'document', message: 'must be an object' }]);
  });

  const change = (name: PolicyName, more: object) =>
    faultsOf(name, { ...policyAt(defaultPolicies, name, now).document, ...more }).map(({ path }) => path);
  const allows = (name: PolicyName, member: string, values: readonly unknown[]) =>
    values.map((value) => change(name, { [member]: value }).length === 0);
  it('has numbers from the least to the most, and texts for none', () => {
    expect(allows('cadence', 'existingPerYear', [0.01, 366, 0.009, 366.1, '12'])).toEqual([true, true, false, false, false]);
    expect(allows('ladder', 'supporterNps', [0, 10, 11, 0.5, '5'])).toEqual([true, true, false, false, false]);
  });
  it('has codes of up to 100 small letters, digits and single hyphens', () => {
    const values = ['a', 'web-2', 'a'.repeat(100), 'a'.repeat(101), 'a_', 'a-', '-a', 'a--b', '', 'é'];
    expect(
      allows(
        'channels',
        'channels',
        values.map((value) => [value]),
      ),
    ).toEqual(values.map((_, n) => n < 3));
  });
  it('has lists up to their length', () => {
    const stages = (length: number) => Array.from({ length }, (_, n) => `s${n}`);
    expect(allows('funnel', 'stages', [stages(1), stages(50), stages(51)])).toEqual([true, true, false]);
  });
  it('is told what would be right', () => {
    const told = (name: PolicyName, more: object) =>
      faultsOf(name, { ...policyAt(defaultPolicies, name, now).document, ...more }).map(({ path, message }) => `${path} ${message}`);
    expect(told('funnel', { stages: ['a', 'a', 'won', 'A'], maySkip: 1 })).toEqual([
      'stages[1] must not repeat an earlier one',
      expect.stringMatching(/^stages\[2\] must not be won/),
      'stages[3] must be a code of 1 to 100 small letters, digits and single hyphens',
      'maySkip must be true or false',
    ]);
    expect(told('ladder', { supporterCsat: 0 })).toEqual(['supporterCsat must be a whole number from 1 to 5']);
    expect(told('channels', { channels: [] })).toEqual(['channels must be a list of 1 to 200']);
    expect(told('loss-reasons', { reasons: [{ code: 'other', needsNote: false }] })).toEqual([
      'reasons[0].needsNote must be true for other',
    ]);
  });
  it('of a funnel has different stages, which are not the ends', () => {
    expect(change('funnel', { stages: [] })).toEqual(['stages']);
    expect(change('funnel', { stages: ['a', 'b', 'a'] })).toEqual(['stages[2]']);
    expect(change('funnel', { stages: ['won', 'lost', 'A b', 3] })).toEqual(['stages[0]', 'stages[1]', 'stages[2]', 'stages[3]']);
    expect(change('funnel', { maySkip: 'yes' })).toEqual(['maySkip']);
  });
  it('of a ladder keeps to the scales', () => {
    expect(change('ladder', { supporterCsat: 6, supporterNps: -1, clientPurchaseDays: 1.5, lapseStepDays: 0 })).toEqual([
      'clientPurchaseDays',
      'supporterCsat',
      'supporterNps',
      'lapseStepDays',
    ]);
  });
  it('of loss reasons asks for a note with other, and knows each code once', () => {
    expect(change('loss-reasons', { reasons: [{ code: 'other', needsNote: false }] })).toEqual(['reasons[0].needsNote']);
    expect(
      change('loss-reasons', {
        reasons: [
          { code: 'a', needsNote: true },
          { code: 'a', needsNote: true },
        ],
      }),
    ).toEqual(['reasons[1]']);
    expect(change('loss-reasons', { reasons: [null, { code: 'b' }] })).toEqual(['reasons[0]', 'reasons[1].needsNote']);
  });
  it('of channels names at least one channel and one purpose', () =>
    expect(change('channels', { channels: [], purposes: {} })).toEqual(['channels', 'purposes']));
});

describe('the history of policies', () => {
  const history = applyPolicyEvent(defaultPolicies, published(2, later));
  it('answers what was in force at an instant', () => {
    expect(policyAt(history, 'cadence', now).version).toBe(1);
    expect(policyAt(history, 'cadence', later)).toEqual({ name: 'cadence', version: 2, effectiveFrom: later, document: cadence });
  });
  it('answers the higher version from its beginning on, for good, whatever was scheduled before it', () => {
    const mended = applyPolicyEvent(history, published(3, now));
    expect([now, later, '9999-01-01T00:00:00.000Z'].map((at) => policyAt(mended, 'cadence', at).version)).toEqual([3, 3, 3]);
  });
  it('answers a version by its number', () => expect(policyVersion(history, 'cadence', 2).document).toEqual(cadence));
  it('is shown without the beginning that the first version does not have', () => {
    const shown = history.cadence.map((version) => shownPolicyVersion(version));
    expect(shown).toEqual([
      { name: 'cadence', version: 1, effectiveFrom: null, document: defaultPolicies.cadence[0]!.document },
      { name: 'cadence', version: 2, effectiveFrom: later, document: cadence },
    ]);
  });
  it('is left as it is by other events', () => expect(applyPolicyEvent(history, { type: 'deal-won', data: {} })).toBe(history));
});
