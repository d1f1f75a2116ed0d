import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { Type } from 'typebox';
import { createEventCatalogue, type DomainEvent, type EventDefinition, ORIGIN } from '#event-log';
import { newEvent } from '#testing/new-event.js';
import { newPublishingKey, openedEvent } from '#testing/published-values.js';
import { eventMessages } from './asyncapi/event-messages.js';
import { eventRecordOf } from './cloud-event.js';
import { publishedSchema } from './published-schema.js';

const noted: EventDefinition = {
  type: 'thing-noted',
  version: 2,
  schema: Type.Object(
    {
      people: Type.Array(Type.Object({ email: Type.String(), role: Type.String() }, { additionalProperties: false })),
      tags: Type.Array(Type.String()),
      labels: Type.Record(Type.String({ pattern: '^[a-z]$' }), Type.String()),
      note: Type.String(),
    },
    { additionalProperties: false },
  ),
  personal: ['/people/*/email', '/tags', '/labels', '/note'],
  personalWhere: { '/note': ({ tags }: { tags?: readonly string[] }) => tags?.includes('private') ?? false },
  former: [{ personal: ['/whole'], upcast: () => ({ people: [], tags: [], labels: {}, note: '' }) }],
  published: 'thing-noted',
  description: '',
};
const recorded = (data: object, schemaVersion = 2): DomainEvent => ({
  ...newEvent({ type: 'thing-noted', schemaVersion, data }),
  ...{ stream: 's-1', revision: 0, position: ORIGIN, hash: 'h' },
});
const data = { people: [{ email: 'ada@example.org', role: 'buyer' }], tags: ['private'], labels: { a: 'b' }, note: 'n' };
const key = newPublishingKey();
const sentOf = (event: DomainEvent, personal: boolean) => JSON.parse(eventRecordOf(event, noted, personal ? key : undefined)!.value!);

describe('the record of an event', () => {
  it('has personal fields as ciphertext that decrypts for this event and under this key only', () => {
    const record = eventRecordOf(recorded(data), noted, key)!;
    expect(record.value).not.toMatch(/ada@example|private|"a":"b"|"n"/);
    expect(JSON.parse(openedEvent(record, key)!)).toEqual(data);
    for (const [header, other] of Object.entries({ ce_subject: 's-2', ce_id: 'x', ce_type: 'other', ce_schemaversion: '3' }))
      expect(() => openedEvent({ ...record, headers: { ...record.headers, [header]: other } }, key)).toThrow();
    expect(() => openedEvent(record, { ...key, id: 'other' })).toThrow();
    expect(() => openedEvent(record, { ...newPublishingKey(), id: key.id })).toThrow();
  });

  it('goes without what is personal, in lists and records too, and is of the schema that is published', () => {
    createEventCatalogue([noted]);
    const sent = { people: [{ role: 'buyer' }] };
    expect(sentOf(recorded(data), false)).toEqual(sent);
    const encrypted = sentOf(recorded(data), true);
    expect(encrypted).toEqual({ ...sent, sealed: expect.anything() });
    const valid = (personal: boolean) => new Ajv2020({ strict: false }).compile(publishedSchema(noted, { personal }));
    expect([valid(false)(sent), valid(false)(data), valid(true)(data), valid(true)(encrypted), valid(false)(encrypted)]).toEqual([
      ...[true, false, false, true, false],
    ]);
    for (const each of [{ tags: ['x'] }, { labels: { a: 'b' } }]) expect(valid(false)({ ...sent, ...each })).toBe(false);
  });

  it('may go without what is personal where that goes along: of an erased customer', () => {
    const valid = new Ajv2020({ strict: false }).compile(publishedSchema(noted, { personal: true }));
    expect([valid({ people: [{ role: 'buyer' }] }), valid({ people: [{ email: 'ada@example.org' }] }), valid({})]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('goes with a member that is personal in other data only, which the schema allows and does not ask for', () => {
    const open = { ...data, tags: ['open'] };
    const sent = { people: [{ role: 'buyer' }], note: 'n' };
    expect(sentOf(recorded(open), false)).toEqual(sent);
    expect(new Ajv2020({ strict: false }).compile(publishedSchema(noted, { personal: false }))(sent)).toBe(true);
  });

  it('is described with the versions that its topic may hold, and the shape of the current one', () => {
    const described = (version: number, former: EventDefinition['former'] = []) =>
      eventMessages([{ ...noted, version, former }], { personal: true }).map(({ headers, extensions }) => [
        (headers as { allOf: { properties: Record<string, object> }[] }).allOf[1]!.properties.ce_schemaversion,
        extensions?.['x-schema-version'],
      ]);
    expect(described(1)).toEqual([[{ const: '1' }, 1]]);
    expect(described(2, noted.former)).toEqual([
      [{ type: 'string', enum: ['1', '2'], description: expect.stringContaining('of version 2') }, 2],
    ]);
  });

  it('goes without what is personal in the version that it is of', () => {
    const event = recorded({ whole: 'Ada', part: 'x' }, 1);
    expect(sentOf(event, false)).toEqual({ part: 'x' });
    expect(eventRecordOf(event, noted, undefined)!.headers.ce_schemaversion).toBe('1');
  });
});
