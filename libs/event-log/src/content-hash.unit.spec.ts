import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { newEvent } from '#testing';
import { canonicalJson } from './canonical-json.js';
import { canonicalEvent, contentHash, type HashedEvent } from './content-hash.js';

describe('canonical JSON', () => {
  it('writes the sample of RFC 8785, section 3.2.2, as its section 3.2.3 does', () => {
    const sample = JSON.parse(
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
    );
    expect(canonicalJson(sample)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('sorts members by UTF-16 code units as in RFC 8785, section 3.2.3', () => {
    const sample = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    const values = [...canonicalJson(sample).matchAll(/:"(.*?)"/g)].map(([, value]) => value);
    expect(values).toEqual([
      'Carriage Return',
      'One',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ]);
  });

  it.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['41b3de4355555555', '333333333.3333333'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('writes the double %s of RFC 8785, appendix B, as %s', (hex, text) => {
    expect(canonicalJson([Buffer.from(hex, 'hex').readDoubleBE()])).toBe(`[${text}]`);
  });

  it('writes whatever JSON can say just as the npm package canonicalize does', () => {
    fc.assert(fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => canonicalJson(value) === canonicalize(value)));
  });

  it('writes many members just as the npm package canonicalize does', () => {
    const many = fc.dictionary(fc.string(), fc.integer(), { minKeys: 20, maxKeys: 60, size: 'max' });
    fc.assert(fc.property(many, (value) => canonicalJson(value) === canonicalize(value)));
  });

  it('writes members in the same order however they were put in', () => {
    expect(canonicalJson({ b: 1, a: { d: 1, c: [] }, '9': 0, '10': 0 })).toBe('{"10":0,"9":0,"a":{"c":[],"d":1},"b":1}');
  });

  it('leaves undefined members out and writes undefined items as null', () => {
    expect(canonicalJson({ a: undefined, b: [undefined] })).toBe('{"b":[null]}');
  });

  it('takes what only looks like the escape of a surrogate for text', () => {
    expect(canonicalJson('\\ud800')).toBe('"\\\\ud800"');
  });

  it('rejects circles', () => {
    const circle: Record<string, unknown> = {};
    circle.again = circle;
    expect(() => canonicalJson(circle)).toThrow();
  });
});

const place = { stream: 's-1', revision: 4, previousHash: 'a'.repeat(64), envelopeVersion: 2 } as const;

describe('the content hash', () => {
  it('is the SHA-256 of the canonical JSON of the event with its place and the hash of the event before it', () => {
    const event = newEvent({ id: 'e-1', commandId: 'c-1', data: { b: 1, a: 'ä' } });
    expect(canonicalEvent({ ...event, ...place, published: 'thing-noted' })).toBe(
      '{"actor":{"id":"curator-1","kind":"curator"},"commandId":"c-1","correlationId":"correlation-1","data":{"a":"ä","b":1},' +
        '"envelopeVersion":2,"id":"e-1","occurredAt":"2026-11-22T21:14:47.000Z",' +
        `"previousHash":"${'a'.repeat(64)}","published":"thing-noted",` +
        '"recordedAt":"2026-11-22T21:14:47.000Z","revision":4,"schemaVersion":1,"stream":"s-1","type":"thing-noted"}',
    );
    expect(contentHash({ ...event, ...place })).toBe(hash('sha256', canonicalEvent({ ...event, ...place }), 'hex'));
  });

  it('of version 1 leaves out the revision, and is what earlier versions of Letopis made', () => {
    const event = newEvent({ id: 'e-1', commandId: 'c-1', data: { b: 1, a: 'ä' } });
    expect(canonicalEvent({ ...event, stream: 's-1', revision: 4 })).toBe(
      '{"actor":{"id":"curator-1","kind":"curator"},"commandId":"c-1","correlationId":"correlation-1","data":{"a":"ä","b":1},"id":"e-1",' +
        '"occurredAt":"2026-11-22T21:14:47.000Z","recordedAt":"2026-11-22T21:14:47.000Z","schemaVersion":1,"stream":"s-1","type":"thing-noted"}',
    );
    expect(contentHash({ ...event, stream: 's-1', revision: 4 })).toBe('0019d96b64af742c7918a2d1c1fc87ff68fae712351347fa8b6a39ed5bf5dc33');
  });

  it('differs by place and by any member', () => {
    const event = { ...newEvent(), ...place };
    const others: Partial<HashedEvent>[] = [
      { stream: 's-2' },
      { revision: 5 },
      { previousHash: 'b'.repeat(64) },
      { published: 'thing-noted' },
      { occurredAt: '2026-11-22T21:14:48.000Z' },
      { data: { n: -1 } },
      { commandHash: 'f00d' },
    ];
    expect(new Set([event, ...others.map((other) => ({ ...event, ...other }))].map(contentHash)).size).toBe(8);
  });

  it('names the type and never the value where there is no canonical form', () => {
    const event = { ...newEvent({ data: { name: 'Ada \ud800' } }), ...place };
    expect(() => canonicalEvent(event)).toThrow(/thing-noted.*surrogate/);
    expect(() => canonicalEvent(event)).toThrow(expect.not.objectContaining({ message: expect.stringContaining('Ada') }));
  });
});
