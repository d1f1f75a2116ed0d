import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeTime, ulid } from 'ulid';
import { newEvent } from '#testing';
import type { NewEvent, Position } from '../event-log.js';
import { serializeAppend } from '../serialized-append.js';
import { uuidOf } from './event-ids.js';
import { fromWire, rawEvent, revisionOf, storedEvent, toWire, type WireEvent } from './wire-events.js';

const serialized = (event: NewEvent, stream = 's-1') => serializeAppend(stream, 'none', [event], undefined).events[0]!;
const at = 'abcd0'.padEnd(44, '0') as Position;

/** As the server answers what was sent to it. */
function recorded({ id, type, data, metadata }: WireEvent, stream = 's-1', revision = '0') {
  const event = new streams.ReadResp.ReadEvent.RecordedEvent();
  const [uuid, name] = [new shared.UUID(), new shared.StreamIdentifier()];
  uuid.setString(id);
  name.setStreamName(Buffer.from(stream));
  event.setId(uuid).setStreamIdentifier(name).setStreamRevision(revision);
  event.setData(Buffer.from(data)).setCustomMetadata(Buffer.from(metadata)).getMetadataMap().set('type', type);
  return event;
}

/** Texts that look like what the canonical text is cut at. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    ',"data":',
    ',"id":"',
    '"}',
    ',"envelopeVersion":2,"id":',
    ',"hash":"',
    ',"correlationId":',
    ',"$causationId":',
    '\\',
    '$&',
  ),
  fc.string({ unit: fc.constantFrom('"', ',', '\\', ':', '{', '}', '$') }),
);
const data = fc.oneof(
  text,
  fc.jsonValue().filter((value) => value !== undefined),
  fc.dictionary(
    fc.oneof(text, fc.constantFrom('data', 'id', 'envelopeVersion', 'hash', 'correlationId')),
    fc.oneof(text, fc.constant({ id: 1, data: 2 })),
  ),
);
const events = fc
  .record({
    id: fc.oneof(fc.uuid(), fc.ulid(), text),
    correlationId: text,
    commandId: text,
    name: text,
    data,
    causationId: fc.option(text, { nil: undefined }),
    system: text,
  })
  .map(({ name, system, ...rest }) =>
    newEvent({ ...rest, actor: { kind: 'curator', id: name, name }, source: { system, id: name } } as Partial<NewEvent>),
  )
  .filter((event) => JSON.stringify(event).isWellFormed());

describe('an event on the wire', () => {
  it('comes back as the very text that was hashed, whatever it holds', () => {
    fc.assert(
      fc.property(events, (event) => {
        const before = serialized(event);
        const wire = toWire(before);
        expect(fromWire(wire)).toEqual({ text: before.text, hash: before.hash });
        expect(JSON.parse(wire.data)).toEqual(JSON.parse(JSON.stringify(event.data)));
        const { data: _, ...envelope } = JSON.parse(before.text);
        const { correlationId, causationId, ...rest } = envelope;
        expect(JSON.parse(wire.metadata)).toEqual({
          ...rest,
          $correlationId: correlationId,
          ...(causationId !== undefined && { $causationId: causationId }),
          hash: before.hash,
        });
      }),
    );
  });

  it('of version 1 of the envelope does too', () => {
    const event = JSON.parse(serialized(newEvent({ data: { id: 'x' }, causationId: 'c' })).text);
    delete event.envelopeVersion;
    delete event.previousHash;
    delete event.revision;
    const before = { type: event.type, text: JSON.stringify(event), hash: 'a'.repeat(64), command: null };
    expect(fromWire(toWire(before))).toEqual({ text: before.text, hash: before.hash });
    expect(storedEvent(recorded(toWire(before)), 's-1', at)).toEqual({ ...event, revision: 0, position: at, hash: before.hash });
  });

  it('is read at its place', () => {
    const event = newEvent();
    const { hash, text } = serialized(event);
    const read = storedEvent(recorded(toWire(serialized(event))), 's-1', at);
    expect(read).toEqual({ ...JSON.parse(text), position: at, hash });
    expect(rawEvent(recorded(toWire(serialized(event))), 's-1', at)).toMatchObject({
      stream: 's-1',
      revision: 0,
      position: at,
      hash,
      text,
    });
  });

  const ours = toWire(serialized(newEvent()));
  it.each<[string, ReturnType<typeof recorded>]>([
    ['of another program', recorded({ ...ours, metadata: '{"$correlationId":"c"}' })],
    ['without metadata', recorded({ ...ours, metadata: '' })],
    ['whose data is no JSON', recorded({ ...ours, data: 'not json' })],
    ['whose data is binary', recorded({ ...ours, data: '\u0000\ufffd' })],
    ['of another stream', recorded(ours, 's-2')],
    ['at another revision', recorded(ours, 's-1', '2')],
    ['of another type', recorded({ ...ours, type: 'other' })],
    [
      'that says that the stream was deleted',
      recorded({ ...ours, type: '$streamDeleted', data: '{}', metadata: '' }, 's-1', '9223372036854775807'),
    ],
  ])('%s is unreadable, and is answered all the same', (_, event) => {
    expect(storedEvent(event, event.getStreamIdentifier()!.getStreamName_asB64() === 'cy0y' ? 's-2' : 's-1', at)).toMatchObject({
      notUnderstood: 'unreadable',
      position: at,
    });
    expect(Number.isSafeInteger(revisionOf(event))).toBe(true);
  });
});

describe('the id of an event on the server', () => {
  it('has the bits of a ULID', () => {
    expect(uuidOf('01JDXK5Z3V8Q2W4Y6T7B9N0MCP')).toBe('01937b32-fc7b-45c5-c278-da3ad3505196');
    expect(uuidOf('7ZZZZZZZZZZZZZZZZZZZZZZZZZ')).toBe('ffffffff-ffff-ffff-ffff-ffffffffffff');
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('9999-01-01'), noInvalidDate: true }), (date) => {
        const id = ulid(date.getTime());
        expect(Number.parseInt(uuidOf(id).replace('-', '').slice(0, 12), 16)).toBe(decodeTime(id));
      }),
    );
  });

  it('is a UUID itself, and made of what is neither', () => {
    expect(uuidOf('2F6C4D0E-6c1f-4c53-9d7a-0a3f6a1d9a11')).toBe('2f6c4d0e-6c1f-4c53-9d7a-0a3f6a1d9a11');
    expect(uuidOf('event-1')).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(uuidOf('event-1')).not.toBe(uuidOf('event-2'));
  });
});
