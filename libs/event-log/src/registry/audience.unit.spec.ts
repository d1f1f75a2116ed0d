import { Type } from 'typebox';
import { newEvent } from '#testing/new-event.js';
import type { Disclosure, EventDefinition } from '../event-definition.js';
import { ORIGIN } from '../event-log.js';
import { createAudience, type Withdrawals } from './audience.js';
import { createEventCatalogue } from './event-registry.js';

const money = Type.Object({ minor: Type.Integer(), currency: Type.String() });
const schema = Type.Object({
  id: Type.String(),
  secret: Type.Optional(Type.String()),
  amount: Type.Optional(money),
  people: Type.Optional(Type.Array(Type.Object({ name: Type.String(), role: Type.String() }))),
  tags: Type.Optional(Type.Array(Type.String())),
  labels: Type.Optional(Type.Record(Type.String(), Type.String())),
});
const defined = (type: string, guest?: Disclosure<never>): EventDefinition => ({
  type,
  version: 1,
  schema,
  personal: [],
  published: null,
  description: '',
  audiences: { guest },
});
const recorded = (type: string, data: object, at = '2026-01-01') => ({
  ...newEvent({ type, data, occurredAt: `${at}T00:00:00.000Z` }),
  stream: 's-1',
  revision: 0,
  position: ORIGIN,
  hash: 'h',
});

/** What a guest sees of the data of each of these events of one stream. */
const seen = (definitions: readonly EventDefinition[], ...events: ReturnType<typeof recorded>[]) => {
  createEventCatalogue(definitions);
  const audience = createAudience('guest', definitions);
  const withdrawals: Withdrawals = new Map();
  const changed = events.map((event) => audience.note(withdrawals, event));
  return { data: events.map((event) => audience.shown(withdrawals, event)?.data), changed };
};

describe('what an audience is shown', () => {
  it('is nothing of an event that says nothing of the audience, and of one that is unknown', () => {
    expect(seen([defined('noted')], recorded('noted', { id: 'a' }), recorded('unheard-of', { id: 'a' })).data).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('is the values that are named, in lists and records too, and nothing beside them', () => {
    const shows = ['/id', '/amount/minor', '/people/*/role', '/tags/*', '/labels/*'];
    const data = {
      id: 'a',
      secret: 'b',
      amount: { minor: 1, currency: 'EUR' },
      people: [{ name: 'Ada', role: 'buyer' }],
      tags: ['x', 'y'],
      labels: { one: '1', __proto__x: '2' },
      later: 'what a newer program wrote',
    };
    const { secret: _s, later: _l, ...rest } = data;
    expect(seen([defined('noted', { shows })], recorded('noted', data)).data).toEqual([
      { ...rest, amount: { minor: 1 }, people: [{ role: 'buyer' }] },
    ]);
  });

  it('leaves no trace of an object of which nothing is shown, and an event without values stays', () => {
    const event = recorded('noted', { id: 'a', amount: { currency: 'EUR' } });
    expect(seen([defined('noted', { shows: ['/amount/minor'] })], event).data).toEqual([{}]);
    expect(seen([defined('noted', { shows: [] })], event).data).toEqual([{}]);
  });

  it('takes a member named like a method or the prototype of objects for any other', () => {
    const labels = JSON.parse('{"__proto__":"1","toString":"2","constructor":"3"}');
    const [shown, hidden] = [['/labels/*'], ['/id']].map((shows) =>
      JSON.stringify(seen([defined('noted', { shows })], recorded('noted', { id: 'a', labels })).data[0]),
    );
    expect(shown).toBe('{"labels":{"__proto__":"1","toString":"2","constructor":"3"}}');
    expect(hidden).toBe('{"id":"a"}');
  });

  it('is nothing of an event that its own data hide', () => {
    const definitions = [defined('noted', { shows: ['/id'], hides: ({ secret }: { secret?: string }) => secret === 'x' })];
    const events = [recorded('noted', { id: 'a', secret: 'x' }), recorded('noted', { id: 'b', secret: 'y' })];
    expect(seen(definitions, ...events).data).toEqual([undefined, { id: 'b' }]);
  });

  describe('of events about the same', () => {
    const about = ({ id }: { id: string }) => id;
    const definitions = [
      defined('given', { shows: ['/id', '/secret'], about, withdraws: () => false, stillShows: ['/secret'] }),
      defined('withdrawn', { shows: ['/id'], about, withdraws: () => true }),
      defined('mentioned', { shows: ['/id'], about }),
    ];
    const given = (at?: string) => recorded('given', { id: 'a', secret: 's' }, at);
    const withdrawn = (at?: string) => recorded('withdrawn', { id: 'a' }, at);
    const mentioned = recorded('mentioned', { id: 'a' });

    it('a later one withdraws what earlier ones said', () => {
      expect(seen(definitions, given(), mentioned, withdrawn())).toEqual({
        data: [{ secret: 's' }, undefined, undefined],
        changed: [false, false, true],
      });
    });

    it('what is given again is shown again, in all of them', () => {
      expect(seen(definitions, given(), withdrawn(), given(), mentioned)).toEqual({
        data: [{ id: 'a', secret: 's' }, { id: 'a' }, { id: 'a', secret: 's' }, { id: 'a' }],
        changed: [false, true, true, false],
      });
    });

    it('the last by valid time counts, whichever was recorded first', () => {
      const late = seen(definitions, withdrawn('2026-01-03'), given('2026-01-01'));
      expect(late).toEqual({ data: [undefined, { secret: 's' }], changed: [false, false] });
    });

    it('what was withdrawn of one is not of another', () => {
      expect(seen(definitions, withdrawn(), recorded('given', { id: 'b' })).data).toEqual([undefined, { id: 'b' }]);
    });

    it('a mention neither withdraws nor gives', () => {
      expect(seen(definitions, mentioned, withdrawn(), mentioned)).toEqual({
        data: [undefined, undefined, undefined],
        changed: [false, true, false],
      });
    });
  });
});

describe('once a stream is to be forgotten', () => {
  it('nothing personal of any of its events is shown, nor the name of who did it', () => {
    const shows = ['/id', '/amount/minor', '/people/*/name', '/tags/*'];
    const noted = { ...defined('noted', { shows }), personal: ['/id', '/people'] };
    const event = { id: 'a', amount: { minor: 1 }, people: [{ name: 'Ada' }], tags: ['x'] };
    const definitions = [noted, defined('forgotten', { shows: [], forgets: true })];
    expect(seen(definitions, recorded('noted', event), recorded('forgotten', {}), recorded('noted', event))).toEqual({
      data: [{ amount: { minor: 1 }, tags: ['x'] }, {}, { amount: { minor: 1 }, tags: ['x'] }],
      changed: [false, true, false],
    });
    const audience = createAudience('guest', definitions);
    const withdrawals: Withdrawals = new Map();
    const named = { ...recorded('noted', event), actor: { kind: 'curator', id: 'c', name: 'Ada' } as const };
    expect(audience.shown(withdrawals, named)?.actor).toEqual(named.actor);
    audience.note(withdrawals, recorded('forgotten', {}));
    expect(audience.shown(withdrawals, named)?.actor).toEqual({ kind: 'curator', id: 'c' });
  });
});

describe('a definition must say what it shows so that nothing is shown by mistake:', () => {
  const building = (guest: Disclosure<never>) => () => createEventCatalogue([defined('noted', guest)]);

  it.each(['/idd', 'id', '/people/name', '/amount/0'])('the pointer %p leads nowhere', (pointer) => {
    expect(building({ shows: [pointer] })).toThrow(`to the audience guest it shows ${pointer}, which is not in its schema`);
  });

  it.each(['/amount', '/people', '/people/*', '/tags', '/labels'])('%p would show members that nobody has thought of', (pointer) => {
    expect(building({ shows: [pointer] })).toThrow(`it shows ${pointer} with all future members`);
  });

  it('what is still shown was shown', () => {
    expect(building({ shows: ['/id'], about: () => 'x', stillShows: ['/secret'] })).toThrow('it still shows /secret');
  });

  it('what is withdrawn has a name', () => {
    expect(building({ shows: ['/id'], withdraws: () => true })).toThrow('it withdraws something without `about`');
  });
});
