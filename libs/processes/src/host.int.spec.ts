import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { customerIdOf } from '#relationship';
import { ProcessRig, type RunningProcess } from '#testing/process-rig.js';
import type { Process } from './process.js';

interface Invited {
  readonly asked: number;
}

/** Whoever buys is to be called: the call is planned, and once more for a day later where that is rejected. */
const invitation: Process<Invited> = {
  name: 'invitation',
  handles: ['purchase-recorded', 'contact-planned'],
  idOf: ({ stream }) => customerIdOf(stream),
  evolve(state, { type }) {
    if (type === 'contact-planned') return undefined;
    return type === 'purchase-recorded' ? { asked: (state?.asked ?? 0) + 1 } : state;
  },
  timers: () => [],
  decide(state, input, customerId) {
    if (input.kind === 'timer' || state === undefined) return [];
    const { type, data } = input.event;
    const plan = (contactId: string, plannedFor: string) => ({
      name: 'plan-contact',
      targetId: customerId,
      body: { contactId, channel: 'phone', direction: 'outbound', purpose: 'relationship', plannedFor },
    });
    if (type === 'purchase-recorded') return [plan('call', '2026-11-30T07:00:00.000Z')];
    const { outcomes } = data as { readonly outcomes: readonly { readonly rejectedWith?: string }[] };
    return outcomes[0]?.rejectedWith === 'planned-in-past' ? [plan('call', '2026-12-01T09:00:00.000Z')] : [];
  },
};

let rig: ProcessRig;
let process: RunningProcess;
beforeEach(async () => {
  rig = await ProcessRig.open('2026-11-30T08:00:00.000Z');
  await rig.tell('register-customer', undefined, { customerId: 'c', kind: 'person' });
});
afterEach(async () => {
  await process.stop();
  await rig.close();
});

const buy = () => rig.tell('record-purchase', 'c', { purchaseId: 'b', item: 'x', quantity: 1, amount: { minor: 1, currency: 'EUR' } });
const ISSUED = 'process-commands-issued';
const ANSWERED = 'process-commands-answered';
const done = async () =>
  (await rig.events('process-invitation-c')).map(({ type, data }) => [type, (data as { readonly outcomes?: unknown }).outcomes]);
const expected = [
  [ISSUED, undefined],
  [ANSWERED, [{ rejectedWith: 'planned-in-past' }]],
  [ISSUED, undefined],
  [ANSWERED, [{}]],
];

describe('a process that is asked by events', () => {
  it('issues commands for them, and for what came of those', async () => {
    process = rig.run(invitation);
    await buy();
    await process.quiet();
    expect(await done()).toEqual(expected);
    const events = await rig.events();
    const of = (type: string) => events.filter((event) => event.type === type);
    const [first, second] = of(ISSUED);
    const [answer] = of(ANSWERED);
    expect([first?.causationId, answer?.causationId, second?.causationId, of('contact-planned')[0]?.causationId]).toEqual([
      of('purchase-recorded')[0]?.id,
      first?.id,
      answer?.id,
      second?.id,
    ]);
    expect(
      new Set(events.filter(({ type }) => type !== 'customer-registered' && type !== 'process-begun').map((event) => event.correlationId))
        .size,
    ).toBe(1);
    expect(process.health()).toMatchObject({ state: 'running', open: 0, stuck: 0 });
  });
  it('tells how far it is once it has read the log, which it reads again at each start', async () => {
    await buy();
    const { subscribe } = rig.log;
    const [held, isRead] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    rig.log.subscribe = async function* (options) {
      for await (const item of subscribe.call(rig.log, options)) {
        if (item.kind === 'caughtUp') {
          isRead.resolve();
          await held.promise;
        }
        yield item;
      }
    };
    process = rig.run(invitation);
    await isRead.promise;
    expect(process.health()).toEqual({ name: 'invitation', state: 'starting', open: 1, stuck: 0 });
    held.resolve();
    await process.quiet();
    expect(process.health()).toMatchObject({ state: 'running', position: await rig.log.head() });
  });
  it('decides at a start on what counted at each event, without what was retracted before it', async () => {
    const second: Process<Invited> = {
      ...invitation,
      decide: (state, input, ...rest) => (state?.asked === 2 ? invitation.decide(state, input, ...rest) : []),
    };
    const { events } = await buy();
    await rig.tell('retract-event', 'c', { eventId: events[0], reason: 'not sold' });
    await buy();
    process = rig.run(second);
    await process.quiet();
    expect(await done()).toEqual([]);
  });
  it('is done with what came back by the log before it was told that it is recorded', async () => {
    const { execute } = rig.service;
    let answered = 0;
    rig.service.execute = async (request) => {
      const answer = await execute(request);
      if (request.name === 'answer-process-commands' && ++answered === 2) while (process.health().open > 0) await nextTurn();
      return answer;
    };
    process = rig.run(invitation);
    await buy();
    await process.quiet();
    expect([await done(), process.health().open]).toEqual([expected, 0]);
  });
  it.each([0, 1, 2, 3, 4, 5, 6, 7])('goes on where it was cut off after %i commands, and does nothing twice', async (commands) => {
    const { execute } = rig.service;
    let left = commands;
    const cut = Promise.withResolvers<void>();
    rig.service.execute = async (request) => {
      if (request.actor.kind !== 'system') return execute(request);
      if (left-- > 0) return execute(request);
      cut.resolve();
      return new Promise(() => undefined);
    };
    process = rig.run(invitation);
    await buy();
    await Promise.race([cut.promise, process.quiet()]);
    // What was under way in the process that is no more never ends.
    void process.stop();
    rig.service.execute = execute;
    process = rig.run(invitation);
    await process.quiet();
    expect(await done()).toEqual(expected);
    expect((await rig.events('relationship-')).filter(({ type }) => type === 'contact-planned').length).toBe(1);
  });
});
