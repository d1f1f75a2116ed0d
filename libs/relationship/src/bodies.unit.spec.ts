import { describe, expect, it } from '@jest/globals';
import { getMetadataStorage, type ValidationError, validateSync } from 'class-validator';
import { commandByName, commandCatalogue } from './aggregates.js';
import { instanceOf, unknownMembers } from './kernel/shape.js';

/** Every fault as `member.member: message`, as the edges find them. */
const faults = (name: string, body: object): string[] => {
  const definition = commandByName(name);
  if (definition === undefined) throw new Error(`no command ${name}`);
  return [
    ...unknownMembers(definition.body, body).map((pointer) => `${pointer.slice(1).replaceAll('/', '.')}: unknown`),
    ...validateSync(instanceOf(definition.body, body)).flatMap((error) => told(error, '')),
  ];
};
const told = (error: ValidationError, parent: string): string[] => {
  const path = `${parent}${error.property}`;
  return [
    ...Object.values(error.constraints ?? {}).map((message) => `${path}: ${message}`),
    ...(error.children ?? []).flatMap((child) => told(child, `${path}.`)),
  ];
};

const contact = { contactId: 'k', channel: 'phone', direction: 'inbound', purpose: 'service' };
const win = { dealId: 'd', amount: { minor: 1, currency: 'EUR' } };

describe('the body of a command', () => {
  it('is accepted when it has the shape, with members that are left out or null', () => {
    expect(faults('record-contact', contact)).toEqual([]);
    expect(
      faults('record-contact', {
        ...contact,
        summary: null,
        participants: [{ role: 'buyer' }],
        regarding: { dealId: 'd' },
        labels: { 'a.b': '' },
      }),
    ).toEqual([]);
    expect(faults('win-deal', { ...win, cost: { minor: 0, currency: 'EUR' } })).toEqual([]);
  });
  it.each([
    ['correct-details', { field: 'displayName' }, 'to'],
    ['correct-curator-details', { field: 'team' }, 'to'],
    ['register-customer', { customerId: 'c', kind: 'person' }, 'displayName'],
    ['register-curator', { curatorId: 'c' }, 'displayName'],
    ['add-identifier', { kind: 'phone' }, 'value'],
  ])('of %s has no blank where something must be said', (name, body, member) => {
    for (const blank of ['', ' \t'])
      expect(faults(name, { ...body, [member]: blank })).toContain(`${member}: ${member} must be a string that is not blank`);
    expect(faults(name, { ...body, [member]: ' x' })).toEqual([]);
  });
  it('names each member that is missing', () => {
    const found = faults('record-contact', {});
    for (const member of ['contactId', 'channel', 'direction', 'purpose'])
      expect(found.some((fault) => fault.startsWith(`${member}:`))).toBe(true);
  });
  it('rejects a member that it does not know, at any depth', () => {
    expect(faults('record-contact', { ...contact, mood: 'good' })).toEqual(['mood: unknown']);
    expect(faults('record-contact', { ...contact, regarding: { mood: 'good' } })).toEqual(['regarding.mood: unknown']);
    expect(faults('record-contact', { ...contact, participants: [{ role: 'a' }, { role: 'b', mood: 1 }] })).toEqual([
      'participants.1.mood: unknown',
    ]);
  });
  it.each(Object.getOwnPropertyNames(Object.prototype))('rejects a member named %s, and takes a label of that name for a label', (name) => {
    const withOwn = (members: object) => Object.defineProperty({ ...members }, name, { value: 'x', enumerable: true });
    for (const { body } of commandCatalogue) expect(unknownMembers(body, withOwn({}))).toEqual([`/${name}`]);
    expect(faults('record-contact', { ...contact, regarding: withOwn({}) })).toEqual([`regarding.${name}: unknown`]);
    const labelled = faults('record-contact', { ...contact, labels: withOwn({}) });
    expect(labelled).toEqual(name === '__proto__' ? [expect.stringMatching(/^labels: .* are not __proto__/)] : []);
  });
  it.each(commandCatalogue.map(({ name, body }) => [name, body] as const))('of %s knows all its members', (_, body) => {
    const ruled = getMetadataStorage().getTargetValidationMetadatas(body, '', false, false);
    expect(unknownMembers(body, Object.fromEntries(ruled.map(({ propertyName }) => [propertyName, 1])))).toEqual([]);
  });
  it('says which values there are', () => {
    expect(faults('record-contact', { ...contact, direction: 'sideways' })).toEqual([
      'direction: direction must be one of inbound, outbound, internal',
    ]);
  });
  it('looks into lists', () => {
    expect(faults('record-contact', { ...contact, participants: [{ role: 'a' }, { role: '' }] })).toEqual([
      'participants.1.role: role must be a string of 1 to 100 characters',
    ]);
    expect(faults('record-contact', { ...contact, participants: 'Bea' })).toContain('participants: participants must be a list');
    expect(faults('record-contact', { ...contact, participants: ['Bea'] })).not.toEqual([]);
    expect(faults('record-contact', { ...contact, participants: [null] })).not.toEqual([]);
    expect(faults('record-contact', { ...contact, participants: Array.from({ length: 51 }, () => ({ role: 'a' })) })).toEqual([
      'participants: participants must be a list of at most 50',
    ]);
  });
  it('rejects objects where there are none', () => {
    for (const regarding of ['d', 1, ['d'], true]) expect(faults('record-contact', { ...contact, regarding })).not.toEqual([]);
    for (const labels of ['d', ['d'], { 'a b': 'x' }, { a: 1 }, { a: 'x'.repeat(201) }])
      expect(faults('record-contact', { ...contact, labels })).toHaveLength(1);
    for (const amount of [5, 'five', [], null, undefined]) expect(faults('win-deal', { ...win, amount })).not.toEqual([]);
  });
  it('counts characters as JSON Schema does', () => {
    expect(faults('record-contact', { ...contact, result: '😀'.repeat(500) })).toEqual([]);
    expect(faults('record-contact', { ...contact, result: 'x'.repeat(501) })).toEqual([
      'result: result must be a string of 0 to 500 characters',
    ]);
    expect(faults('record-contact', { ...contact, result: `${'x'.repeat(500)}\uFE0F` })).toHaveLength(1);
    expect(faults('record-contact', { ...contact, contactId: 'x'.repeat(129) })).toEqual([
      'contactId: contactId must be a string of 1 to 128 characters',
    ]);
  });
});

describe('money in a body', () => {
  it('has an ISO 4217 code', () => {
    for (const currency of ['eur', 'EURO', 'ZZZ', '', 978, undefined])
      expect(faults('win-deal', { ...win, amount: { minor: 1, currency } })).toEqual([
        'amount.currency: currency must be an ISO 4217 code of three capital letters, such as EUR',
      ]);
  });
  it('has whole minor units that can be kept exactly', () => {
    for (const minor of [0.5, '1', Number.NaN, 2 ** 53, null])
      expect(faults('win-deal', { ...win, amount: { minor, currency: 'EUR' } })).not.toEqual([]);
  });
});

describe('instants in a body', () => {
  const plan = { ...contact, plannedFor: '2026-11-23T12:00:00+01:00' };
  it('have a zone and exist', () => {
    expect(faults('plan-contact', plan)).toEqual([]);
    for (const plannedFor of ['2026-02-30T12:00:00Z', '2026-11-23T12:00:00', '2026-11-23', 1, undefined])
      expect(faults('plan-contact', { ...plan, plannedFor })).toEqual([
        'plannedFor: plannedFor must be an existing instant in ISO 8601 with a zone, such as 2026-11-22T21:14:47Z',
      ]);
  });
});

describe('numbers in a body', () => {
  const purchase = { purchaseId: 'p', item: 'pen', quantity: 1 };
  it('are quantities above zero', () => {
    expect(faults('record-purchase', { ...purchase, quantity: 0.5 })).toEqual([]);
    for (const quantity of [0, -1, '1', Number.POSITIVE_INFINITY, Number.NaN])
      expect(faults('record-purchase', { ...purchase, quantity })).not.toEqual([]);
  });
  it('are durations of zero and more', () => {
    expect(faults('record-contact', { ...contact, durationSeconds: 0 })).toEqual([]);
    expect(faults('record-contact', { ...contact, durationSeconds: -1 })).toEqual(['durationSeconds: durationSeconds must be at least 0']);
  });
});
