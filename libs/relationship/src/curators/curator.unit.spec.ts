import { describe, expect, it } from '@jest/globals';
import { specification } from '#testing/given-when-then.js';
import { now, usualContext } from '#testing/relationship-specification.js';
import type { DecisionContext } from '../kernel/decider.js';
import type { Dated } from '../kernel/event.js';
import type { CuratorCommand } from './commands.js';
import { decideCurator } from './curator.js';
import type { CuratorEvent } from './events.js';
import { type Curator, detailAt, evolveCurator, shownAt, statusAt, unknownCurator } from './state.js';

const { given } = specification<Curator, CuratorCommand, CuratorEvent, Dated<CuratorEvent>, DecisionContext>(
  { initialState: unknownCurator('ann'), evolve: evolveCurator, decide: decideCurator },
  usualContext,
);
const on = (day: string) => `2026-${day}T00:00:00.000Z`;
const registered: CuratorEvent = { type: 'curator-registered', data: { curatorId: 'ann' } };
const departed: CuratorEvent = { type: 'curator-departed', data: { curatorId: 'ann' } };
const registeredOn = (day: string, displayName?: string): Dated<CuratorEvent> => ({
  type: 'curator-registered',
  data: { curatorId: 'ann', ...(displayName && { displayName }) },
  occurredAt: on(day),
});
const departedOn = (day: string): Dated<CuratorEvent> => ({ ...departed, occurredAt: on(day) });
const register = { name: 'register-curator', body: { curatorId: 'ann' } } as const;
const depart = { name: 'depart-curator', body: {} } as const;

describe('a curator', () => {
  it('is registered', () => {
    const said = { displayName: 'Ann', supervisorId: 'sue', team: 'north' };
    given()
      .when({ name: 'register-curator', body: { curatorId: 'ann', ...said } })
      .decides({ type: 'curator-registered', data: { curatorId: 'ann', ...said } });
  });
  it('has another id than the word for no curator', () =>
    given()
      .when({ name: 'register-curator', body: { curatorId: 'none' } })
      .isRejected('curator-id-reserved', { curatorId: 'none' }));
  it('is not registered twice', () =>
    given(registeredOn('01-01')).when(register).isRejected('curator-already-registered', { curatorId: 'ann' }));
  it('has details corrected, from an instant on, until registered again', () => {
    const corrected = (to: string, from?: string, field: 'displayName' | 'team' = 'displayName'): CuratorEvent => ({
      type: 'curator-details-corrected',
      data: { curatorId: 'ann', field, ...(from && { from }), to },
    });
    const correct = (to: string, field: 'displayName' | 'team' = 'displayName') =>
      ({ name: 'correct-curator-details', body: { field, to } }) as const;
    const on01 = registeredOn('01-01', 'An');
    given().when(correct('Ann')).isRejected('curator-unknown');
    given(on01).when(correct('Ann')).decides(corrected('Ann', 'An'));
    given(on01)
      .when(correct('north', 'team'))
      .decides(corrected('north', undefined, 'team'));
    given(on01).when(correct('An')).decidesNothing();
    const history = [on01, { ...corrected('Ann', 'An'), occurredAt: on('03-01') }, { ...corrected('Anne', 'An'), occurredAt: on('02-01') }];
    given(...history)
      .when(correct('Ann'))
      .decidesNothing();
    // What was true of one field says nothing of another, and what was said of one who was registered again since says nothing any more.
    const since = (field: 'displayName' | 'team', day: string, events: readonly Dated<CuratorEvent>[]) =>
      detailAt(events.reduce(evolveCurator, unknownCurator('ann')), field, on(day));
    const both = [...history, { ...corrected('north', undefined, 'team'), occurredAt: on('04-01') }];
    expect(since('displayName', '06-01', both)).toEqual({ at: on('03-01'), value: 'Ann' });
    expect(since('displayName', '02-01', both)).toEqual({ at: on('02-01'), value: 'Anne' });
    expect(since('displayName', '01-31', both)).toEqual({ at: '', value: 'An' });
    expect(since('team', '03-31', both)).toEqual({ at: '', value: undefined });
    expect(since('team', '04-01', both)).toEqual({ at: on('04-01'), value: 'north' });
    const again = [...both, departedOn('05-01'), registeredOn('05-02', 'Anna')];
    expect(since('displayName', '06-01', again)).toEqual({ at: on('05-02'), value: 'Anna' });
    expect(since('team', '06-01', again)).toEqual({ at: on('05-02'), value: undefined });
    expect(since('team', '06-01', [])).toBeUndefined();
    // Of an earlier time, it holds until what was true later.
    const names = (events: readonly Dated<CuratorEvent>[]) => {
      const curator = events.reduce(evolveCurator, unknownCurator('ann'));
      return ['01-15', '02-15', '03-15', '06-15'].map((day) => shownAt(curator, on(day))?.displayName);
    };
    expect(names(history)).toEqual(['An', 'Anne', 'Ann', 'Ann']);
    expect(names([...history, departedOn('05-01'), registeredOn('06-01', 'Anna')])).toEqual(['An', 'Anne', 'Ann', 'Anna']);
  });
  it('departs', () => {
    given(registeredOn('01-01'))
      .when({ name: 'depart-curator', body: { reason: 'moved' } })
      .decides({ type: 'curator-departed', data: { curatorId: 'ann', reason: 'moved' } });
  });
  it('begins to depart with a successor, and has departed without', () => {
    const begun: CuratorEvent = { type: 'curator-departure-begun', data: { curatorId: 'ann', to: 'bea', reason: 'moved' } };
    const begunOn = (day: string): Dated<CuratorEvent> => ({ ...begun, occurredAt: on(day) });
    const to = (to: string) => ({ name: 'depart-curator', body: { to, reason: 'moved' } }) as const;
    const leaving = given(registeredOn('01-01'), begunOn('03-01'));
    given(registeredOn('01-01')).when(to('bea')).decides(begun);
    leaving.when(to('bea')).decidesNothing();
    leaving.when(to('cleo')).decides({ ...begun, data: { ...begun.data, to: 'cleo' } } as CuratorEvent);
    leaving.when(depart).decides(departed);
    leaving.when(register).isRejected('curator-already-registered');
    given(registeredOn('01-01'), begunOn('03-01'), departedOn('04-01')).when(to('bea')).decidesNothing();
    given(registeredOn('01-01'), begunOn('03-01'), departedOn('04-01'), registeredOn('05-01')).when(to('bea')).decides(begun);
  });
  it('hands over to nobody who is unknown, has left, is leaving or is the curator', () => {
    const to = (to: string) => ({ name: 'depart-curator', body: { to } }) as const;
    given(registeredOn('01-01')).when(to('nobody')).isRejected('curator-unknown', { curatorId: 'nobody' });
    given(registeredOn('01-01'))
      .when(to('gone'), { occurredAt: '2026-01-01T00:00:00.000Z' })
      .isRejected('curator-departed', { curatorId: 'gone' });
    for (const id of ['leaving', 'ann']) given(registeredOn('01-01')).when(to(id)).isRejected('curator-departing', { curatorId: id });
  });
  it('departs once', () => given(registeredOn('01-01'), departedOn('03-01')).when(depart).decidesNothing());
  it('may come back', () => given(registeredOn('01-01'), departedOn('03-01')).when(register).decides(registered));
  it('that is unknown does not depart', () => given().when(depart).isRejected('curator-unknown'));
  it('does not depart in the future', () =>
    given(registeredOn('01-01')).when(depart, { occurredAt: '2027-01-01T00:00:00.000Z' }).isRejected('occurred-in-future'));
  it('is no business of customers', () =>
    given()
      .when(register, { actor: { kind: 'customer', id: 'c' } })
      .isRejected('not-for-customers', { command: 'register-curator' }));
});

describe('a curator of whom something is learned late', () => {
  const wasAway = given(registeredOn('01-01'), departedOn('03-01'), registeredOn('06-01'));

  it('is judged as of then', () => {
    wasAway.when(register, { occurredAt: on('04-01') }).decides(registered);
    wasAway.when(register, { occurredAt: on('02-01') }).isRejected('curator-already-registered');
    wasAway.when(depart, { occurredAt: on('02-01') }).decides(departed);
    wasAway.when(depart, { occurredAt: on('03-01') }).decidesNothing();
  });
  it('had left in an absence that is confirmed of a day before now, for a return in between may yet be learned', () =>
    wasAway.when(depart, { occurredAt: on('04-01') }).decides(departed));
  it('left before the registration where a departure of that time is recorded, as histories are told before those who made them', () => {
    const left = given(registeredOn('06-01'), departedOn('03-01'));
    left.when(depart).decidesNothing();
    left.when(register).decides(registered);
  });
  it('goes on to leave where an earlier return or absence is learned meanwhile, and has come back where a return is learned after', () => {
    const to = (to: string) => ({ name: 'depart-curator', body: { to } }) as const;
    const begun: CuratorEvent = { type: 'curator-departure-begun', data: { curatorId: 'ann', to: 'bea' } };
    const begunOn = (occurred: string, recorded = occurred) => ({ ...begun, occurredAt: on(occurred), recordedAt: on(recorded) });
    const late = (event: Dated<CuratorEvent>, day: string) => ({ ...event, recordedAt: on(day) });
    const leaving = [registeredOn('01-01'), departedOn('02-01'), registeredOn('03-01'), begunOn('06-01')];
    given(...leaving, late(registeredOn('02-15'), '06-02'))
      .when(to('bea'))
      .decidesNothing();
    given(...leaving, late(departedOn('02-20'), '06-02'))
      .when(to('bea'))
      .decidesNothing();
    const left = [registeredOn('01-01'), begunOn('04-01', '06-01'), late(departedOn('04-01'), '06-01')];
    given(...left, late(registeredOn('05-01'), '06-02'))
      .when(to('bea'))
      .decides(begun);
  });
  it('works here until a departure that is dated ahead', () => {
    const ahead = '2026-11-22T12:03:00.000Z';
    const leaving = given(registeredOn('01-01'), { ...departed, occurredAt: ahead });
    leaving.when(register).isRejected('curator-already-registered');
    leaving.when(register, { now: ahead, occurredAt: ahead }).decides(registered);
    leaving.when(depart).decides(departed);
    leaving.when(depart, { now: ahead, occurredAt: ahead }).decidesNothing();
  });
});

describe('what is known of a curator', () => {
  const told = [registeredOn('01-01', 'Ann'), departedOn('03-01'), registeredOn('06-01', 'Ann B.'), departedOn('09-01')];
  const fold = (events: readonly Dated<CuratorEvent>[]) => events.reduce(evolveCurator, unknownCurator('ann'));
  const days = ['01-01', '02-28', '03-01', '05-31', '06-01', '08-31', '09-01', '11-22'].map(on);
  const orders = told.flatMap((first, a) =>
    told.flatMap((second, b) => (a === b ? [] : [[first, second, ...told.filter((each) => each !== first && each !== second)]])),
  );

  it.each(orders.map((events) => [events.map(({ type, occurredAt }) => `${type} ${occurredAt.slice(5, 10)}`).join(', '), events] as const))(
    'goes by when it was true, however it was recorded: %s',
    (_, events) => {
      const curator = fold(events);
      expect(days.map((day) => statusAt(curator, day))).toEqual([
        'active',
        'active',
        'departed',
        'departed',
        'active',
        'active',
        'departed',
        'departed',
      ]);
      expect([on('02-01'), on('04-01'), on('07-01'), now].map((instant) => shownAt(curator, instant))).toEqual([
        { curatorId: 'ann', displayName: 'Ann', registeredAt: on('01-01') },
        { curatorId: 'ann', displayName: 'Ann', registeredAt: on('01-01'), departedAt: on('03-01') },
        { curatorId: 'ann', displayName: 'Ann B.', registeredAt: on('06-01') },
        { curatorId: 'ann', displayName: 'Ann B.', registeredAt: on('06-01'), departedAt: on('09-01') },
      ]);
    },
  );
  it('is what was said later of the same employment, which began when it was first registered', () => {
    const curator = fold([registeredOn('06-01', 'Ann B.'), registeredOn('02-01', 'Ann')]);
    expect(shownAt(curator, now)).toEqual({ curatorId: 'ann', displayName: 'Ann B.', registeredAt: on('02-01') });
  });
  it('names the successor while the curator is leaving and when the curator has left, and not after a return', () => {
    const begunOn = (day: string, to: string): Dated<CuratorEvent> => ({
      type: 'curator-departure-begun',
      data: { curatorId: 'ann', to },
      occurredAt: on(day),
    });
    const curator = fold([
      registeredOn('01-01'),
      begunOn('03-01', 'bea'),
      departedOn('04-01'),
      registeredOn('05-01'),
      begunOn('05-01', 'dora'),
      begunOn('06-01', 'cleo'),
    ]);
    const shown = ['02-28', '03-01', '03-31', '04-01', '04-30', '05-01', '05-31', '06-01'].map((day) => {
      const { departingSince, departedAt, to } = shownAt(curator, on(day))!;
      return [to, departingSince?.slice(5, 10), departedAt?.slice(5, 10)];
    });
    expect(shown).toEqual([
      [undefined, undefined, undefined],
      ['bea', '03-01', undefined],
      ['bea', '03-01', undefined],
      ['bea', undefined, '04-01'],
      ['bea', undefined, '04-01'],
      ['dora', '05-01', undefined],
      ['dora', '05-01', undefined],
      ['cleo', '06-01', undefined],
    ]);
    expect(['04-01', '05-01', '06-01'].map((day) => statusAt(curator, on(day)))).toEqual(['departed', 'departing', 'departing']);
  });
  it('is nothing of one who was never registered', () => {
    expect([shownAt(unknownCurator('ann'), now), statusAt(unknownCurator('ann'), now)]).toEqual([undefined, 'unknown']);
    expect([shownAt(fold([departedOn('01-01')]), now), statusAt(fold([departedOn('01-01')]), now)]).toEqual([undefined, 'unknown']);
  });
});
