import { describe, expect, it } from '@jest/globals';
import { commandByName, commandCatalogue } from '#relationship';
import type { Problem } from '../problems/problem.js';
import { readCommandBody, rejectOversized } from './command-body.js';

const rejection = (name: string, body: object) => {
  try {
    readCommandBody(commandByName(name)!.body, body as Readonly<Record<string, unknown>>);
    return undefined;
  } catch (error) {
    return (error as Problem).members.errors;
  }
};
const named = (count: number, value: unknown = 'x') => Object.fromEntries(Array.from({ length: count }, (_, i) => [`m${i}`, value]));
/** Whoever looks at a member of it fails. */
const unread = (count: number) =>
  new Proxy(named(count), {
    get: () => {
      throw new Error('was looked into');
    },
  });
const contact = { contactId: 'k', channel: 'phone', direction: 'inbound', purpose: 'service' };

describe('a body that is larger than is looked into', () => {
  it('is rejected for every command by the number of its members, none of which is looked at', () => {
    for (const { body } of commandCatalogue)
      expect(() => rejectOversized(body, unread(1_050))).toThrow(
        expect.objectContaining({ members: { errors: [{ pointer: '', detail: 'has 1050 members; at most 64 are allowed' }] } }),
      );
  });

  it('is rejected by the number of labels, attributes, identifiers, participants, and of what stands in unknown members', () => {
    expect(rejection('record-contact', { ...contact, labels: unread(6_000) })).toEqual([
      { pointer: '/labels', detail: 'has 6000 members; at most 5000 are allowed' },
    ]);
    expect(rejection('record-profile', { attributes: unread(5_001) })).toEqual([
      { pointer: '/attributes', detail: 'has 5001 members; at most 5000 are allowed' },
    ]);
    expect(rejection('register-customer', { profile: { attributes: unread(5_001) } })).toEqual([
      { pointer: '/profile/attributes', detail: 'has 5001 members; at most 5000 are allowed' },
    ]);
    expect(rejection('register-customer', { identifiers: Array(101).fill(unread(1)) })).toEqual([
      { pointer: '/identifiers', detail: 'has 101 items; at most 100 are allowed' },
    ]);
    expect(rejection('record-contact', { ...contact, participants: Array(51).fill(unread(1)) })).toEqual([
      { pointer: '/participants', detail: 'has 51 items; at most 50 are allowed' },
    ]);
    expect(rejection('record-contact', { ...contact, participants: [unread(65)] })).toEqual([
      { pointer: '/participants/0', detail: 'has 65 members; at most 64 are allowed' },
    ]);
    expect(rejection('record-contact', { ...contact, 'a/b': [unread(5_001)] })).toEqual([
      { pointer: '/a~1b/0', detail: 'has 5001 members; at most 5000 are allowed' },
    ]);
    expect(rejection('publish-policy', { document: unread(5_001) })).toEqual([
      { pointer: '/document', detail: 'has 5001 members; at most 5000 are allowed' },
    ]);
  });

  it('is rejected by all that it holds together, and by its depth', () => {
    expect(rejection('publish-policy', { document: named(60, Array(200).fill(1)) })).toEqual([
      { pointer: '', detail: 'contains more than 10000 values in total; send fewer in one request' },
    ]);
    let deep: object = {};
    for (let depth = 0; depth < 40; depth++) deep = { deep };
    expect(rejection('publish-policy', { document: deep })).toEqual([
      expect.objectContaining({ detail: 'is nested deeper than 32 levels' }),
    ]);
  });

  it('is none that is as large as the bounds', () => {
    expect(
      rejection('record-contact', { ...contact, labels: named(5_000), participants: Array(50).fill({ role: 'guest' }) }),
    ).toBeUndefined();
  });
});

describe('the reason of a correction', () => {
  it('says something', () => {
    for (const [name, more] of [
      ['retract-event', {}],
      ['correct-event', { data: {} }],
    ] as const) {
      for (const reason of ['', ' \n'])
        expect(rejection(name, { eventId: 'e', reason, ...more })).toEqual([
          { pointer: '/reason', detail: 'must be a string that is not blank' },
        ]);
      expect(rejection(name, { eventId: 'e', reason: ' x ', ...more })).toBeUndefined();
    }
  });
});

describe('a body', () => {
  it('names a time zone only by its name', () => {
    const begun = (zone: unknown) => rejection('begin-import', { number: 1, name: 'a'.repeat(32), hashes: 'hmac', zone });
    for (const zone of ['Europe/Berlin', 'UTC', 'Etc/GMT-2']) expect([zone, begun(zone)]).toEqual([zone, undefined]);
    for (const zone of ['+02:00', 'Mars/Olympus', '', 5])
      expect(begun(zone)).toEqual([{ pointer: '/zone', detail: 'must be an IANA time zone such as Europe/Berlin' }]);
  });

  it('of a command that says nothing but its name is empty', () => {
    class Nothing {}
    expect(readCommandBody(Nothing, {})).toEqual({});
    expect(() => readCommandBody(Nothing, { 'a/b': 1 })).toThrow(
      expect.objectContaining({ members: { errors: [{ pointer: '/a~1b', detail: 'unknown property' }] } }),
    );
  });
});
