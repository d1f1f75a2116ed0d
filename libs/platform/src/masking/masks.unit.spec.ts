import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { personalFields } from '#event-log';
import { defaultPolicies, type MaskedKind, maskedKinds, type PolicyHistory } from '#relationship';
import { eventCatalogue } from '../events/current-events.js';
import { MASKED, type Masks, masksFor } from './masks.js';

const policies = (...hidden: readonly MaskedKind[]): PolicyHistory => ({
  ...defaultPolicies,
  masking: [...defaultPolicies.masking, { name: 'masking', version: 2, effectiveFrom: '', document: { supervisor: hidden } }],
});
const hiding = (...hidden: readonly MaskedKind[]) => masksFor('supervisor', policies(...hidden)) as Masks;

const folder = 'test/fixtures/events';
const fixtures = readdirSync(folder).map((file) => {
  const [, type, version] = /^(.+)\.v(\d+)\.json$/.exec(file)!;
  return { file, type: type!, schemaVersion: Number(version), data: JSON.parse(readFileSync(path.join(folder, file), 'utf8')) };
});
const at = (data: unknown, pointer: string): unknown =>
  pointer
    .split('/')
    .slice(1)
    .reduce((value, step) => (value as Record<string, unknown>)[step.replaceAll('~1', '/').replaceAll('~0', '~')], data);
const textsIn = (value: unknown): readonly string[] =>
  typeof value === 'string' ? [value] : typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];

describe('masks of a role', () => {
  it('are none by the first version of the policy, for admins and for customers', () => {
    expect(masksFor('supervisor', defaultPolicies)).toBeUndefined();
    for (const role of ['admin', 'customer', 'curator'] as const) expect(masksFor(role, policies('names'))).toBeUndefined();
  });

  it.each(fixtures)(
    'leave no personal text of $file where everything is hidden, and nothing else changed',
    ({ type, schemaVersion, data }) => {
      const masked = hiding(...maskedKinds).event({ type, schemaVersion, data });
      const pointers = personalFields(eventCatalogue.get(type)!, schemaVersion, data);
      for (const pointer of pointers) expect(textsIn(at(masked.data, pointer)).filter((text) => text !== MASKED)).toEqual([]);
      const personal = pointers.flatMap((pointer) => textsIn(at(data, pointer)));
      expect(textsIn(masked.data).filter((text) => text !== MASKED)).toHaveLength(textsIn(data).length - personal.length);
    },
  );

  it('hide kinds of identifiers each by itself, old ones too, and the id of the source with any of them', () => {
    const event = (kind: string) => ({
      type: 'customer-identifier-removed',
      data: { kind, value: 'v', reason: 'r' },
      source: { system: 'crm', id: 'a@b' },
    });
    const shown = (masks: Masks) => ['email', 'phone', 'mobile', 'telegram'].map((kind) => masks.event(event(kind)).data.value);
    expect(shown(hiding('email'))).toEqual([MASKED, 'v', 'v', 'v']);
    expect(shown(hiding('phone'))).toEqual(['v', MASKED, MASKED, 'v']);
    expect(shown(hiding('other-identifiers'))).toEqual(['v', 'v', 'v', MASKED]);
    expect(hiding('phone').event(event('email'))).toEqual({ ...event('email'), source: { system: 'crm', id: MASKED } });
    expect(hiding('texts').event(event('email'))).toEqual({ ...event('email'), data: { kind: 'email', value: 'v', reason: MASKED } });
  });

  it('hide names in corrections of the name alone, and of decision makers; income without the rest of the profile', () => {
    const corrected = (field: string) => ({ type: 'customer-details-corrected', data: { field, from: 'a', to: 'b' } });
    expect(hiding('names').event(corrected('displayName')).data).toEqual({ field: 'displayName', from: MASKED, to: MASKED });
    expect(hiding('names').event(corrected('segment'))).toEqual(corrected('segment'));
    const data = {
      person: { annualIncome: '9', familyStatus: 'm' },
      organisation: { industry: 'i', decisionMakers: [{ name: 'Ann', role: 'ceo' }] },
    };
    const profile = { type: 'customer-profile-recorded', data };
    expect(hiding('income').event(profile).data).toEqual({ ...data, person: { annualIncome: MASKED, familyStatus: 'm' } });
    expect(hiding('names').event(profile).data).toMatchObject({
      person: data.person,
      organisation: { decisionMakers: [{ name: MASKED }] },
    });
    expect(hiding('profile').event(profile).data).toEqual({
      person: { annualIncome: MASKED, familyStatus: MASKED },
      organisation: { industry: 'i', decisionMakers: [{ name: MASKED, role: MASKED }] },
    });
  });

  it('take the hashes from every event, as each covers those before it, and leave the rest of what is not hidden', () => {
    const [type, data] = ['customer-registered', { displayName: 'Ann' }];
    const event = { type, data, hash: 'h', previousHash: 'p', commandHash: 'c' };
    expect(hiding('names').event(event)).toEqual({ type, data: { displayName: MASKED } });
    expect(hiding('texts').event(event)).toEqual({ type, data });
  });

  it('hide all texts of an event that this version does not know', () => {
    expect(hiding('email').event({ type: 'from-the-future', data: { a: ['x', 1] } }).data).toEqual({ a: [MASKED, 1] });
  });
});
