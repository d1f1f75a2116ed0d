import { Type } from 'typebox';
import { newEvent } from '#testing';
import type { EventDefinition, FormerVersion } from '../event-definition.js';
import { ORIGIN, type StoredEvent } from '../event-log.js';
import { InvalidEvent } from '../invalid-event.js';
import { createEventRegistry } from './event-registry.js';
import { personalFields } from './personal-fields.js';

const schema = Type.Object(
  {
    name: Type.String({ maxLength: 20 }),
    amount: Type.Optional(Type.Integer()),
    people: Type.Optional(Type.Array(Type.Object({ email: Type.String() }, { additionalProperties: false }))),
  },
  { additionalProperties: false },
);

function definition(over: Partial<EventDefinition> = {}): EventDefinition {
  return { type: 'thing-noted', version: 1, schema, personal: ['/name'], published: null, description: 'A thing was noted.', ...over };
}

function problemsOf(event: ReturnType<typeof newEvent>, ...definitions: EventDefinition[]) {
  try {
    createEventRegistry(definitions.length > 0 ? definitions : [definition()]).validate(event);
    return [];
  } catch (error) {
    if (error instanceof InvalidEvent) return error.problems.map(({ pointer }) => pointer);
    throw error;
  }
}

describe('building the event registry', () => {
  it('rejects two entries of one name', () => {
    expect(() => createEventRegistry([definition(), definition()])).toThrow('thing-noted: is defined twice');
  });

  it.each(['ThingNoted', 'thing_noted', '', 'thing-', '1-thing'])('rejects the name %p, which is not kebab-case', (type) => {
    expect(() => createEventRegistry([definition({ type })])).toThrow('not kebab-case');
  });

  it.each([0, -1, 1.5])('rejects version %p', (version) => {
    expect(() => createEventRegistry([definition({ version })])).toThrow('its version');
  });

  it.each([
    [3, 1],
    [1, 1],
  ])('rejects version %i with %i former versions: each has its upcaster', (version, count) => {
    expect(() => createEventRegistry([definition({ version, former: Array(count).fill(same) })])).toThrow(
      `of version ${version} and has ${count} former versions`,
    );
  });

  it.each(['/nmae', 'name', '/people/0/mail'])('rejects the personal field %p, which is not in the schema', (pointer) => {
    expect(() => createEventRegistry([definition({ personal: [pointer] })])).toThrow(`the personal field ${pointer}`);
  });

  it('follows personal fields into lists', () => {
    expect(() => createEventRegistry([definition({ personal: ['/people/*/email'] })])).not.toThrow();
  });

  it.each([
    [['/people/*'], 'the personal field /people/* is an item of a list or record: name the whole'],
    [['/people', '/people/*/email'], 'the personal field /people/*/email is within another'],
  ])('rejects the personal fields %j', (personal, problem) => {
    expect(() => createEventRegistry([definition({ personal })])).toThrow(problem);
  });

  it('rejects a condition on a field that is not personal', () => {
    const personalWhere = { '/amount': () => true };
    expect(() => createEventRegistry([definition({ personalWhere })])).toThrow(
      'it says where /amount is personal, which is no personal field',
    );
  });

  it('tells all that is wrong, not only the first', () => {
    const build = () => createEventRegistry([definition({ type: 'Bad' }), definition({ version: 0 })]);
    expect(build).toThrow(/Bad.*\n.*thing-noted/);
  });
});

const same: FormerVersion = { personal: [], upcast: (data) => data };

describe('validating an event', () => {
  it.each([
    ['that does not compile', { type: 'strnig' }, 'thing-noted: its schema does not compile'],
    ['with a word that JSON Schema does not know', { type: 'object', additionalPropertys: false }, 'additionalPropertys'],
  ])('rejects every event of a schema %s, and no other', (_, wrong, expected) => {
    const registry = createEventRegistry([definition({ schema: wrong, personal: [] }), definition({ type: 'other-noted' })]);
    const event = newEvent({ data: { name: 'x' } });
    for (let again = 0; again < 2; again++) expect(() => registry.validate(event)).toThrow(expected);
    expect(() => registry.validate({ ...event, type: 'other-noted' })).not.toThrow();
  });

  it('accepts one that fits', () => {
    expect(problemsOf(newEvent({ data: { name: 'x', amount: 1 } }))).toEqual([]);
  });

  it('rejects an unknown type', () => {
    expect(problemsOf(newEvent({ type: 'unheard-of' }))).toEqual(['/type']);
  });

  it('rejects an earlier version and one to come', () => {
    const second = definition({ version: 2, former: [same] });
    expect(problemsOf(newEvent({ schemaVersion: 1, data: { name: 'x' } }), second)).toEqual(['/schemaVersion']);
    expect(problemsOf(newEvent({ schemaVersion: 3, data: { name: 'x' } }), second)).toEqual(['/schemaVersion']);
  });

  it('rejects members that the schema does not know', () => {
    expect(problemsOf(newEvent({ data: { name: 'x', nickname: 'y' } }))).toEqual(['/data']);
  });

  it('names every place that is wrong', () => {
    expect(problemsOf(newEvent({ data: { name: 5, amount: 1.5, people: [{ email: 1 }] } }))).toEqual([
      '/data/name',
      '/data/amount',
      '/data/people/0/email',
    ]);
  });

  it.each([
    ['/occurredAt', { occurredAt: '2026-11-22' }],
    ['/recordedAt', { recordedAt: '2026-11-22T21:14:47Z' }],
    ['/actor/kind', { actor: { kind: 'robot' as 'system', id: 'r-1' } }],
    ['/id', { id: '' }],
    ['/source', { source: { system: 'erp' } as never }],
  ])('rejects a wrong %s', (pointer, over) => {
    expect(problemsOf(newEvent({ data: { name: 'x' }, ...over }))).toEqual([pointer]);
  });

  it('never names a value, which may be personal', () => {
    const registry = createEventRegistry([definition()]);
    const event = newEvent({ data: { name: 'Ada Lovelace of a very long name', amount: 'Ada' } });
    expect(() => registry.validate(event)).toThrow(/event thing-noted is not valid: \/data\/name .*; \/data\/amount/);
    expect(() => registry.validate(event)).toThrow(expect.not.objectContaining({ message: expect.stringContaining('Ada') }));
  });
});

describe('upcasting an event', () => {
  const registry = createEventRegistry([
    definition({
      version: 3,
      former: [
        { personal: ['/title'], upcast: ({ title, ...rest }: { title: string }) => ({ ...rest, name: title }) },
        { personal: ['/name'], upcast: (data: object) => ({ ...data, amount: 0 }) },
      ],
      personal: ['/name', '/people/*/email'],
    }),
  ]);
  const recorded = (over: object) =>
    ({ ...newEvent(), stream: 's-1', revision: 0, position: ORIGIN, hash: 'h', ...over }) as unknown as StoredEvent;

  it('runs the whole chain from an old version', () => {
    expect(registry.upcast(recorded({ data: { title: 'x' } }))).toMatchObject({ schemaVersion: 3, data: { name: 'x', amount: 0 } });
  });

  it('runs the rest of the chain from a version between', () => {
    expect(registry.upcast(recorded({ schemaVersion: 2, data: { name: 'x' } })).data).toEqual({ name: 'x', amount: 0 });
  });

  it('answers an event of the current version as it is, and marks one of an unknown type', () => {
    const current = recorded({ schemaVersion: 3 });
    const unknown = recorded({ type: 'unheard-of' });
    expect(registry.upcast(current)).toBe(current);
    expect(registry.upcast(unknown)).toEqual({ ...unknown, notUnderstood: 'unknown-type' });
  });

  it('leaves the event that it was given untouched', () => {
    const old = recorded({ data: { title: 'x' } });
    registry.upcast(old);
    expect(old).toMatchObject({ schemaVersion: 1, data: { title: 'x' } });
  });

  it('has the personal fields of the version that the data is of', () => {
    const { get } = registry;
    const data = { title: 'x', name: 'y', people: [{ email: 'z', role: 'r' }, { role: 's' }, { email: 'z' }] };
    expect([1, 2, 3].map((version) => personalFields(get('thing-noted')!, version, data))).toEqual([
      ['/title'],
      ['/name'],
      ['/name', '/people/0/email', '/people/2/email'],
    ]);
  });
});
