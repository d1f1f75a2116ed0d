import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type DomainEvent, EventLogUnavailable } from '#event-log';
import { appendAtHead, newEvent } from '#testing';
import { ProcessRig, type RunningProcess } from '#testing/process-rig.js';
import { overdue } from './overdue.js';

const at = (time: string) => `2026-11-30T${time}:00.000Z`;
const way = { channel: 'phone', direction: 'outbound', purpose: 'service' };
let rig: ProcessRig;
let process: RunningProcess;

beforeEach(async () => {
  rig = await ProcessRig.open(at('08:00'));
  for (const curatorId of ['ann', 'bea']) await rig.tell('register-curator', undefined, { curatorId });
  await register('c');
});
afterEach(async () => {
  await process?.stop();
  await rig.close();
});

const register = (customerId: string) => rig.tell('register-customer', undefined, { customerId, kind: 'person' });
const promise = (promiseId: string, dueAt: string, customerId = 'c') =>
  rig.tell('make-promise', customerId, { promiseId, text: 't', dueAt, curatorId: 'ann' });
const plan = (contactId: string, plannedFor: string) => rig.tell('plan-contact', 'c', { contactId, ...way, plannedFor });
const start = async () => {
  process = rig.run(overdue);
  await process.quiet();
};
const advance = async (time: string) => {
  rig.clock.advance(at(time));
  await process.quiet();
};
/** As `<type> <id>`. */
const marked = async () =>
  (await rig.events('relationship-'))
    .filter(({ type }) => type.endsWith('-overdue'))
    .map(({ type, data, stream }) => {
      const { promiseId, contactId } = data as Readonly<Record<string, string>>;
      return `${type} ${promiseId ?? contactId}${stream === 'relationship-c' ? '' : ` of ${stream}`}`;
    });
const recorded = async () => (await rig.events('process-')).map(({ stream, type }) => [stream, type]);
const BEGUN = ['process-overdue', 'process-begun'];
const DONE = [
  ['process-overdue-c', 'process-commands-issued'],
  ['process-overdue-c', 'process-commands-answered'],
];

describe('what was retracted or corrected', () => {
  const retract = (eventId: string) => rig.tell('retract-event', 'c', { eventId, reason: 'by mistake' });
  const only = ({ events }: { readonly events: readonly string[] }) => events[0]!;
  const again = async () => {
    await process.stop();
    await start();
  };

  it('is not marked', async () => {
    await start();
    await promise('kept', at('10:00'));
    const [wrong, planned] = [only(await promise('p', at('10:00'))), only(await plan('k', at('10:00')))];
    for (const id of [wrong, planned]) await retract(id);
    await advance('11:30');
    expect(await marked()).toEqual(['promise-overdue kept']);
  });

  it('is marked where it was not kept after all, whether the retraction came before it was due or later', async () => {
    await start();
    for (const promiseId of ['p', 'q']) await promise(promiseId, at('10:00'));
    const [kept, other] = [
      only(await rig.tell('keep-promise', 'c', { promiseId: 'p' })),
      only(await rig.tell('keep-promise', 'c', { promiseId: 'q' })),
    ];
    await retract(kept);
    await advance('11:30');
    expect(await marked()).toEqual(['promise-overdue p']);
    await retract(other);
    await process.quiet();
    expect(await marked()).toEqual(['promise-overdue p', 'promise-overdue q']);
    await again();
    expect(await marked()).toHaveLength(2);
  });

  it('is marked by what is right, once, also by one that reads all of it at its start', async () => {
    await start();
    const made = only(await promise('p', at('10:00')));
    await rig.tell('correct-event', 'c', { eventId: made, data: { text: 't', dueAt: at('12:00') }, reason: 'misread' });
    await advance('12:30');
    expect(await marked()).toEqual([]);
    await again();
    await advance('13:00');
    expect(await marked()).toEqual(['promise-overdue p']);
    await again();
    expect(await marked()).toHaveLength(1);
  });

  it('is read once at a start, however much was retracted', async () => {
    await start();
    for (const promiseId of ['p', 'q', 'r']) await retract(only(await promise(promiseId, at('10:00'))));
    const made = only(await promise('kept', at('10:00')));
    await rig.tell('correct-event', 'c', { eventId: made, data: { text: 't', dueAt: at('12:00') }, reason: 'misread' });
    await process.stop();
    const { readStream } = rig.log;
    const read: string[] = [];
    rig.log.readStream = (stream, options) => {
      read.push(stream);
      return readStream.call(rig.log, stream, options);
    };
    await start();
    expect(read.filter((stream) => stream === 'relationship-c')).toHaveLength(1);
    await advance('13:00');
    expect(await marked()).toEqual(['promise-overdue kept']);
  });

  it('is marked again where it was overdue and became due later by a correction', async () => {
    await start();
    const [made, planned] = [only(await promise('p', at('10:00'))), only(await plan('k', at('10:00')))];
    await advance('11:00');
    expect(await marked()).toHaveLength(2);
    await rig.tell('correct-event', 'c', { eventId: made, data: { text: 't', dueAt: at('14:00') }, reason: 'misread' });
    await rig.tell('correct-event', 'c', { eventId: planned, data: { ...way, plannedFor: at('14:00') }, reason: 'misread' });
    await advance('14:59');
    expect(await marked()).toHaveLength(2);
    await advance('15:00');
    expect((await marked()).slice(2).toSorted()).toEqual(['contact-overdue k', 'promise-overdue p']);
  });

  it('is not marked again where that it was overdue is retracted', async () => {
    await start();
    await promise('p', at('10:00'));
    await advance('11:00');
    const [mark] = (await rig.events('relationship-')).filter(({ type }) => type === 'promise-overdue');
    await retract(mark!.id);
    await process.quiet();
    await again();
    await advance('14:00');
    expect([await marked(), await recorded()]).toEqual([['promise-overdue p'], [BEGUN, ...DONE]]);
  });
});

describe('what is still open after its period of grace', () => {
  it('gets an event as of then, linked by what issued it to what was promised', async () => {
    await start();
    const { events } = await promise('p', at('10:00'), 'c');
    await advance('10:59');
    expect([await marked(), await recorded()]).toEqual([[], [BEGUN]]);
    rig.clock.advance('2026-11-30T11:00:00.123Z');
    await process.quiet();
    const all = await rig.events();
    const of = (type: string) => all.find((each) => each.type === type) as DomainEvent;
    const { id, ...issued } = of('process-commands-issued');
    const made = of('promise-made');
    expect(of('promise-overdue')).toMatchObject({
      data: { promiseId: 'p', dueAt: at('10:00'), curatorId: 'ann', overdueVersion: 1 },
      occurredAt: at('11:00'),
      recordedAt: '2026-11-30T11:00:00.123Z',
      actor: { kind: 'system', id: 'process-overdue' },
      causationId: id,
      correlationId: made.correlationId,
    });
    expect(issued).toMatchObject({ causationId: events[0], correlationId: made.correlationId });
    expect(of('process-commands-answered')).toMatchObject({ causationId: id, correlationId: made.correlationId, data: { outcomes: [{}] } });
    expect(await recorded()).toEqual([BEGUN, ...DONE]);
    expect(process.health()).toMatchObject({ state: 'running', open: 0, stuck: 0 });
  });
  it('gets one in its turn, of many at once', async () => {
    await start();
    await promise('late', at('10:00'));
    await plan('k', at('09:00'));
    await promise('early', at('08:30'));
    await advance('12:00');
    expect(await marked()).toEqual(['promise-overdue early', 'contact-overdue k', 'promise-overdue late']);
    expect(await recorded()).toEqual([BEGUN, ...DONE, ...DONE, ...DONE]);
  });
  it('is no more where it was kept, broken, completed, missed or cancelled, and leaves nothing behind', async () => {
    await start();
    for (const id of ['kept', 'broken']) await promise(id, at('10:00'));
    for (const id of ['completed', 'missed', 'cancelled']) await plan(id, at('10:00'));
    await rig.tell('keep-promise', 'c', { promiseId: 'kept' });
    await rig.tell('break-promise', 'c', { promiseId: 'broken' });
    await rig.tell('complete-contact', 'c', { contactId: 'completed' });
    await rig.tell('miss-contact', 'c', { contactId: 'missed' });
    await rig.tell('cancel-contact', 'c', { contactId: 'cancelled' });
    await process.quiet();
    expect(process.health().open).toBe(0);
    await advance('23:00');
    expect([await marked(), await recorded()]).toEqual([[], [BEGUN]]);
  });
  it('goes by the time to which it was moved last, and by whose work it is then', async () => {
    await start();
    await plan('k', at('10:00'));
    await rig.tell('reschedule-contact', 'c', { contactId: 'k', to: at('12:00') });
    await advance('12:59');
    expect(await marked()).toEqual([]);
    await rig.tell('reassign-contact', 'c', { contactId: 'k', curatorId: 'bea' });
    await advance('13:00');
    await rig.tell('reschedule-contact', 'c', { contactId: 'k', to: at('15:00') });
    await advance('16:00');
    const events = (await rig.events('relationship-')).filter(({ type }) => type === 'contact-overdue');
    expect(events.map(({ data, occurredAt }) => ({ ...(data as object), occurredAt }))).toEqual([
      { contactId: 'k', plannedFor: at('12:00'), curatorId: 'bea', overdueVersion: 1, occurredAt: at('13:00') },
      { contactId: 'k', plannedFor: at('15:00'), curatorId: 'bea', overdueVersion: 1, occurredAt: at('16:00') },
    ]);
  });
  it('uses the policy that was in force when it was due, though it was published since', async () => {
    await start();
    await promise('p', at('10:00'));
    await plan('k', at('10:00'));
    const document = { promiseGraceMinutes: 120, contactGraceMinutes: 0 };
    rig.clock.advance(at('10:30'));
    await rig.tell('publish-policy', 'overdue', { document, effectiveFrom: at('09:00') }, { actor: { kind: 'supervisor', id: 's' } });
    // Whatever happens next, the process looks at its timers again.
    await register('another');
    await promise('other', at('20:00'), 'another');
    await process.quiet();
    expect(await marked()).toEqual(['contact-overdue k']);
    await advance('11:59');
    expect(await marked()).toEqual(['contact-overdue k']);
    await advance('12:00');
    expect(await marked()).toEqual(['contact-overdue k', 'promise-overdue p']);
  });
});

describe('history', () => {
  it('that was over when it was recorded sets off nothing, and what of it lies ahead is timed', async () => {
    await start();
    const imported = { actor: { kind: 'import', id: 'crm' }, occurredAt: '2026-01-01T00:00:00.000Z' } as const;
    for (let n = 0; n < 50; n++) {
      await rig.tell('make-promise', 'c', { promiseId: `p${n}`, text: 't', dueAt: '2026-02-01T00:00:00.000Z' }, imported);
      await rig.tell('plan-contact', 'c', { contactId: `k${n}`, ...way, plannedFor: '2026-02-01T00:00:00.000Z' }, imported);
    }
    await process.quiet();
    expect(process.health().open).toBe(0);
    await rig.tell('plan-contact', 'c', { contactId: 'ahead', ...way, plannedFor: at('10:00') }, imported);
    await rig.tell('reschedule-contact', 'c', { contactId: 'k7', to: at('09:00') });
    await advance('23:00');
    expect(await marked()).toEqual(['contact-overdue k7', 'contact-overdue ahead']);
    expect(await recorded()).toEqual([BEGUN, ...DONE, ...DONE]);
  });
  it('that fell due before the process was started for the first time sets off nothing, whenever it is started again', async () => {
    await promise('before', at('08:30'));
    await promise('within', at('08:45'));
    await promise('after', at('09:30'));
    rig.clock.advance(at('09:00'));
    await start();
    await advance('10:29');
    expect(await marked()).toEqual([]);
    await process.stop();
    await start();
    await advance('23:00');
    expect(await marked()).toEqual(['promise-overdue after']);
    expect((await recorded()).filter(([, type]) => type === 'process-begun')).toEqual([BEGUN]);
  });
  it('of while the process was down is made up for at the next start', async () => {
    await start();
    await promise('p', at('10:00'));
    await process.quiet();
    await process.stop();
    await plan('made meanwhile', at('11:00'));
    await promise('kept meanwhile', at('11:00'));
    await rig.tell('keep-promise', 'c', { promiseId: 'kept meanwhile' });
    rig.clock.advance(at('20:00'));
    await start();
    expect(await marked()).toEqual(['promise-overdue p', 'contact-overdue made meanwhile']);
    const [first] = (await rig.events('relationship-')).filter(({ type }) => type === 'promise-overdue');
    expect([first?.occurredAt, first?.recordedAt]).toEqual([at('11:00'), at('20:00')]);
  });
});

describe('a customer who is not there any more', () => {
  const happens = (type: string, data: object) =>
    appendAtHead(rig.log, 'relationship-c', [newEvent({ type, data, occurredAt: rig.clock.now(), recordedAt: rig.clock.now() })]);

  it('for being merged away has nothing that is overdue until the merge is taken back', async () => {
    await start();
    await promise('p', at('10:00'));
    await happens('customer-merged', { into: 'other' });
    await advance('12:00');
    expect([await marked(), await recorded()]).toEqual([[], [BEGUN]]);
    await happens('customer-unmerged', { from: 'other' });
    await process.quiet();
    expect(await marked()).toEqual(['promise-overdue p']);
  });
  it('for being merged away before that was seen is marked once the merge is taken back', async () => {
    await start();
    await promise('p', at('10:00'));
    await process.quiet();
    // Between the look at the state and the decision.
    const { execute } = rig.service;
    rig.service.execute = async (request) => {
      if (request.name === 'mark-promise-overdue') {
        rig.service.execute = execute;
        await happens('customer-merged', { into: 'other' });
      }
      return execute(request);
    };
    await advance('12:00');
    const answered = async () =>
      (await rig.events('process-')).filter(({ type }) => type === 'process-commands-answered').map(({ data }) => data);
    expect(await answered()).toMatchObject([{ outcomes: [{ rejectedWith: 'customer-merged' }] }]);
    await process.stop();
    await start();
    expect(await recorded()).toEqual([BEGUN, ...DONE]);
    await happens('customer-unmerged', { from: 'other' });
    await process.quiet();
    expect(await marked()).toEqual(['promise-overdue p']);
    expect(await recorded()).toEqual([BEGUN, ...DONE, ...DONE]);
  });
  it('for being merged away is not open, nor after the merge was taken back, where nothing was promised or planned', async () => {
    await start();
    await happens('customer-merged', { into: 'other' });
    await process.quiet();
    expect(process.health().open).toBe(0);
    await happens('customer-unmerged', { from: 'other' });
    await process.quiet();
    expect(process.health().open).toBe(0);
    await promise('p', at('10:00'));
    await happens('customer-merged', { into: 'other' });
    await advance('12:00');
    expect([await marked(), process.health().open]).toEqual([[], 1]);
    await happens('customer-unmerged', { from: 'other' });
    await process.quiet();
    expect([await marked(), process.health().open]).toEqual([['promise-overdue p'], 0]);
  });
  it('for being erased has nothing that is overdue', async () => {
    await start();
    await promise('p', at('10:00'));
    await happens('customer-erased', {});
    await advance('12:00');
    expect([await marked(), await recorded(), process.health().open]).toEqual([[], [BEGUN], 0]);
  });
});

describe('what stands in the way', () => {
  it.each(['promise-kept', 'of-a-newer-version'])(
    'of one customer, an event %s that is not understood, holds up nobody else',
    async (type) => {
      await start();
      await register('other');
      await promise('p', at('10:00'));
      await promise('q', at('10:00'), 'other');
      await appendAtHead(rig.log, 'relationship-c', [
        newEvent({ type, schemaVersion: 99, data: { promiseId: 'p' }, recordedAt: at('08:00') }),
      ]);
      await advance('12:00');
      expect(await marked()).toEqual(['promise-overdue q of relationship-other']);
      expect(process.health().stuck).toBe(1);
      expect(rig.problems).toMatchObject([{ process: 'overdue', id: 'c' }]);
      await promise('r', at('13:00'), 'other');
      await advance('14:00');
      expect((await marked()).length).toBe(2);
    },
  );
  it('of all, an engine that is away, is waited for', async () => {
    rig.faults.push(new EventLogUnavailable('disk full'));
    await start();
    await promise('p', at('10:00'));
    await process.quiet();
    rig.faults.push(new EventLogUnavailable('disk full'), new EventLogUnavailable('disk full'));
    await advance('11:00');
    expect(await marked()).toEqual(['promise-overdue p']);
    expect(process.states).toEqual(['restarting engine-unavailable', 'starting', 'running', 'restarting engine-unavailable', 'running']);
  });
});

describe('a clock that is set back', () => {
  it('between what is issued and what is done has it done when the time has come again', async () => {
    await start();
    await promise('p', at('10:00'));
    await process.quiet();
    const { execute } = rig.service;
    rig.service.execute = async (request) => {
      const answer = await execute(request);
      if (request.name === 'issue-process-commands') rig.clock.advance(at('09:00'));
      return answer;
    };
    await advance('11:00');
    expect([await marked(), await recorded()]).toEqual([[], [BEGUN, DONE[0]]]);
    await advance('11:00');
    expect([await marked(), await recorded()]).toEqual([['promise-overdue p'], [BEGUN, ...DONE]]);
  });
});

describe('two that run at once', () => {
  it('do everything once', async () => {
    await start();
    const second = rig.run(overdue);
    await second.quiet();
    for (const id of ['d', 'e']) await register(id);
    for (const id of ['c', 'd', 'e']) for (const n of [1, 2]) await promise(`${id}${n}`, at('10:00'), id);
    await Promise.all([process.quiet(), second.quiet()]);
    rig.clock.advance(at('11:00'));
    await Promise.all([process.quiet(), second.quiet()]);
    expect((await marked()).length).toBe(6);
    const streams = Map.groupBy(await rig.events('process-overdue-'), ({ stream }) => stream);
    expect([...streams.values()].map((events) => events.map(({ type }) => type))).toEqual(
      Array.from({ length: 3 }, () => [...DONE, ...DONE].map(([, type]) => type)),
    );
    await second.stop();
  });
});
