import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { arbitraryLife } from '#testing/arbitrary-relationship.js';
import { eur, usd, usualContext } from '#testing/relationship-specification.js';
import { commandByName } from '../aggregates.js';
import { evolveRelationship, initialRelationship } from '../evolve-relationship.js';
import { type DecisionContext, type HistoryEvent, Rejection } from '../kernel/decider.js';
import { effectiveEvents } from '../kernel/retractions.js';
import { applyPolicyEvent } from '../policies/events.js';
import { inForceThroughout } from '../policies/policy.js';
import { decideRelationship } from '../relationship.js';
import type { Relationship } from '../relationship-state.js';
import { type RelationshipCommand, relationshipEvents } from '../slices.js';
import { correctedIn } from './returned-work.js';

const folded = (events: readonly HistoryEvent[]): Relationship => events.reduce<Relationship>(evolveRelationship, initialRelationship);
const counting = (history: readonly HistoryEvent[]) => [...effectiveEvents(history)];

/** The ids of events are `e<revision>`. */
const customer = () => {
  const history: HistoryEvent[] = [];
  const decide = (command: RelationshipCommand, over: Partial<DecisionContext> = {}) => {
    const context = { ...usualContext, newEventId: `e${history.length + 1}`, ...over };
    const decided = decideRelationship(folded(counting(history)), command, context, history);
    const { now: recordedAt, actor } = context;
    return decided.map((event, n): HistoryEvent => {
      const revision = history.length + n;
      return { id: `e${revision}`, occurredAt: context.occurredAt, ...event, recordedAt, actor, revision };
    });
  };
  const append = (events: readonly HistoryEvent[]) => {
    history.push(...events);
    return events;
  };
  return {
    history,
    decide,
    does: (command: RelationshipCommand, over?: Partial<DecisionContext>) => append(decide(command, over)),
    /** The answer, or the rejection. */
    tries(command: RelationshipCommand, over?: Partial<DecisionContext>): readonly HistoryEvent[] | Rejection {
      try {
        return append(decide(command, over));
      } catch (error) {
        if (error instanceof Rejection) return error;
        throw error;
      }
    },
    state: () => folded(counting(history)),
  };
};

const registered = () => {
  const one = customer();
  one.does({ name: 'register-customer', body: { customerId: 'c', kind: 'person' } });
  return one;
};
const retract = (eventId: string): RelationshipCommand => ({ name: 'retract-event', body: { eventId, reason: 'by mistake' } });
const correct = (eventId: string, data: object): RelationshipCommand => ({
  name: 'correct-event',
  body: { eventId, data: { ...data }, reason: 'misread' },
});
const bought = (amount = eur(1000), more: object = {}): RelationshipCommand => ({
  name: 'record-purchase',
  body: { purchaseId: 'b', item: 'roof', quantity: 2, amount, ...more },
});
const returned = (minor: number): RelationshipCommand => ({ name: 'return-purchase', body: { purchaseId: 'b', amount: eur(minor) } });
const opened = (more: object = {}): RelationshipCommand => ({ name: 'open-deal', body: { dealId: 'd', ...more } });
const rejectedWith = (code: string, details: object = {}) =>
  expect.objectContaining({
    name: 'Rejection',
    code,
    details: expect.objectContaining(details),
    message: expect.stringMatching(/^\S.*\.$/),
  });

describe('retracting an event', () => {
  it('appends that it was a mistake, dated by when that was recorded', () => {
    const one = registered();
    one.does(bought());
    const occurredAt = '2026-11-01T00:00:00.000Z';
    expect(one.does(retract('e1'), { occurredAt })).toEqual([
      expect.objectContaining({ type: 'event-retracted', data: { eventId: 'e1', reason: 'by mistake' }, occurredAt: usualContext.now }),
    ]);
    expect(one.state()).toEqual(registered().state());
  });

  it('is rejected for an event that the customer has not, or that only says that a command was answered', () => {
    const one = registered();
    one.history.push({ ...one.history[0]!, id: 'e1', type: 'command-remembered', data: {} });
    for (const id of ['e1', 'e7']) expect(one.tries(retract(id))).toEqual(rejectedWith('event-unknown', { eventId: id }));
  });

  it('is rejected for a second time, with what retracted and what replaced it', () => {
    const one = registered();
    one.does(bought());
    one.does(bought(eur(5), { purchaseId: 'b2' }));
    one.does(retract('e1'));
    one.does(correct('e2', { item: 'door', quantity: 1, amount: eur(6) }));
    expect(one.tries(retract('e1'))).toEqual(rejectedWith('event-already-retracted', { retractedBy: 'e3' }));
    expect(one.tries(retract('e1'))).toMatchObject({ message: 'Event e1 is already retracted.' });
    expect(one.tries(retract('e2'))).toMatchObject({ message: 'Event e2 is already retracted and replaced by event e5.' });
    for (const again of [retract('e2'), correct('e2', {})])
      expect(one.tries(again)).toEqual(rejectedWith('event-already-retracted', { retractedBy: 'e4', replacedBy: 'e5' }));
    one.does(retract('e5'));
    expect(one.state()).toEqual(registered().state());
  });

  it('is rejected for what is not to be taken back, a retraction included', () => {
    const one = registered();
    one.does({ name: 'grant-consent', body: { channel: 'email', via: 'form' } });
    one.does({ name: 'assign-curator', body: { curatorId: 'ann' } });
    one.does(bought());
    one.does(retract('e3'));
    for (const id of ['e0', 'e1', 'e2', 'e4']) {
      const { type } = one.history.find((event) => event.id === id)!;
      expect(one.tries(retract(id))).toEqual(rejectedWith('event-not-retractable', { eventId: id, type }));
      expect(one.tries(correct(id, {}))).toEqual(rejectedWith('event-not-retractable', { eventId: id, type }));
    }
  });

  it('is rejected with the events that refer to what it created, and to nothing else', () => {
    const one = registered();
    one.does(opened());
    one.does({ name: 'enter-stage', body: { dealId: 'd', stage: 'proposal' } });
    one.does(bought(eur(7), { dealId: 'd' }));
    one.does({
      name: 'record-contact',
      body: { contactId: 'k', channel: 'phone', direction: 'inbound', purpose: 'service', regarding: { dealId: 'd' } },
    });
    one.does({ name: 'record-contact', body: { contactId: 'd', channel: 'phone', direction: 'inbound', purpose: 'service' } });
    expect(one.tries(retract('e1'))).toEqual(rejectedWith('event-has-dependants', { dependants: ['e2', 'e3', 'e4'] }));
    // A stage that is entered from it copies what was so then.
    one.does({ name: 'enter-stage', body: { dealId: 'd', stage: 'contract' } });
    one.does(retract('e2'));
    for (const id of ['e3', 'e4', 'e6']) one.does(retract(id));
    one.does(retract('e1'));
    expect(counting(one.history).map(({ id }) => id)).toEqual(['e0', 'e5']);
  });

  it('makes the id of the item free again', () => {
    const one = registered();
    one.does(bought());
    expect(one.tries(bought())).toEqual(rejectedWith('purchase-id-taken'));
    one.does(retract('e1'));
    expect(one.does(bought(eur(3)))).toHaveLength(1);
  });

  it('is not for customers', () => {
    const one = registered();
    one.does(bought());
    for (const command of [retract('e1'), correct('e1', {})])
      expect(one.tries(command, { actor: { kind: 'customer', id: 'c' } })).toEqual(rejectedWith('not-for-customers'));
  });
});

describe('correcting an event', () => {
  it('appends the retraction and, named by it, the right event, of when the wrong one was true', () => {
    const one = registered();
    one.does(bought(), { occurredAt: '2026-11-01T00:00:00.000Z' });
    const [retraction, right] = one.does(correct('e1', { item: 'roof', quantity: 1, amount: eur(900), payment: null }));
    expect(retraction).toMatchObject({
      type: 'event-retracted',
      data: { eventId: 'e1', reason: 'misread', replacedBy: right!.id },
      occurredAt: usualContext.now,
    });
    expect(right).toMatchObject({
      type: 'purchase-recorded',
      occurredAt: '2026-11-01T00:00:00.000Z',
      data: { purchaseId: 'b', item: 'roof', quantity: 1, amount: eur(900) },
    });
  });

  it('takes another instant where one is given, which is judged as of the recording', () => {
    const one = registered();
    one.does(bought());
    const data = { item: 'roof', quantity: 2, amount: eur(1000) };
    const [, right] = one.does(correct('e1', data), { occurredAt: '2026-10-01T00:00:00.000Z' });
    expect(right).toMatchObject({ occurredAt: '2026-10-01T00:00:00.000Z' });
    const later = { now: '2026-12-24T00:00:00.000Z', occurredAt: '2026-12-01T00:00:00.000Z' };
    expect(one.tries(correct(right!.id, data), later)).toEqual(rejectedWith('occurred-in-future'));
  });

  it('takes the data of the event as they were read, mended in one place, but not what the decider derives', () => {
    const one = registered();
    one.does(opened({ title: 'roof', expectedValue: eur(5) }));
    const { data } = one.history[1]!;
    expect(one.does(correct('e1', { ...(data as object), title: 'the roof' }))[1]).toMatchObject({
      data: { ...(data as object), title: 'the roof' },
    });
    const seen: object[] = [];
    one.tries(correct('e3', { ...(data as object), funnelVersion: 2 }), {
      readBody: (shape, given) => {
        seen.push(given);
        return Object.assign(new shape(), given);
      },
    });
    expect(seen).toEqual([expect.objectContaining({ funnelVersion: 2 })]);
  });

  it('decides nothing where the event says so already', () => {
    const one = registered();
    one.does(bought());
    expect(one.does(correct('e1', { item: 'roof', quantity: 2, amount: eur(1000) }))).toEqual([]);
  });

  it('cannot change the id of the item, but what else is referred to', () => {
    const one = registered();
    one.does(opened());
    one.does(bought());
    one.does(returned(5));
    const data = { item: 'roof', quantity: 2, amount: eur(1000) };
    for (const [id, other] of [
      ['e2', { ...data, purchaseId: 'b2' }],
      ['e3', { purchaseId: 'b2', amount: eur(5) }],
    ] as const)
      expect(one.tries(correct(id, other))).toEqual(rejectedWith('item-id-changed', { eventId: id, purchaseId: 'b' }));
    expect(one.tries(correct('e2', { ...data, dealId: 'd9' }))).toEqual(rejectedWith('deal-unknown'));
    one.does(correct('e2', { ...data, dealId: 'd' }));
    expect(one.tries(retract('e1'))).toEqual(rejectedWith('event-has-dependants', { dependants: [one.history.at(-1)!.id] }));
  });

  it('is rejected as the command of the event would have been in its place', () => {
    const one = registered();
    one.does({ name: 'answer-satisfaction', body: { answerId: 'a', metric: 'csat', score: 5 } });
    one.does(opened());
    expect(one.tries(correct('e1', { metric: 'csat', score: 9 }))).toEqual(rejectedWith('score-out-of-scale'));
    // It was opened later.
    expect(one.tries(correct('e1', { metric: 'csat', score: 4, dealId: 'd' }))).toEqual(rejectedWith('deal-unknown'));
  });

  it('is rejected where what came later would not have been possible, with that event', () => {
    const one = registered();
    one.does(bought(eur(1000)));
    one.does(returned(600));
    one.does(returned(300));
    expect(one.tries(correct('e1', { item: 'roof', quantity: 2, amount: eur(899) }))).toEqual(
      rejectedWith('refund-exceeds-purchase', { eventId: 'e3', remaining: 299 }),
    );
    expect(one.tries(correct('e1', { item: 'roof', quantity: 2, amount: usd(1000) }))).toEqual(
      rejectedWith('currency-mixed', { eventId: 'e2' }),
    );
    expect(one.tries(correct('e2', { amount: eur(701) }))).toEqual(rejectedWith('refund-exceeds-purchase', { eventId: 'e3' }));
    expect(one.does(correct('e1', { item: 'roof', quantity: 2, amount: eur(901) }))).toHaveLength(2);
    expect(one.tries(returned(2))).toEqual(rejectedWith('refund-exceeds-purchase'));
  });

  it('is not rejected for a rule that came after what it rejects', () => {
    const one = registered();
    one.does(opened());
    one.does({ name: 'record-contact', body: { contactId: 'k', channel: 'phone', direction: 'inbound', purpose: 'service' } });
    const policies = published('channels', { channels: ['email'], purposes: ['service'] });
    const { recordedAt: _, ...channels } = policies.channels.at(-1)!;
    const always = { ...policies, channels: [...usualContext.policies.channels, channels] };
    expect(one.does(correct('e1', { title: 'roof' }), { policies: always })).toHaveLength(2);
    const right = correct('e2', { channel: 'phone', direction: 'inbound', purpose: 'service', summary: 's' });
    expect(one.tries(right, { policies: always })).toEqual(rejectedWith('channel-unknown'));
    expect(one.does(right, { policies })).toHaveLength(2);
  });

  it('keeps the version of a policy that the event names', () => {
    const one = registered();
    one.does(opened());
    one.does(opened({ dealId: 'd2' }));
    one.does({ name: 'lose-deal', body: { dealId: 'd2', reason: 'price' } });
    let policies = published('funnel', { stages: ['new', 'contract'], mayGoBack: true, maySkip: true });
    policies = published('loss-reasons', { reasons: [{ code: 'other', needsNote: true }] }, policies);
    expect(one.does(correct('e1', { title: 'roof' }), { policies })[1]).toMatchObject({ data: { funnelVersion: 1, stage: 'lead' } });
    expect(one.does(correct('e3', { reason: 'price', competitor: 'x' }), { policies })[1]).toMatchObject({ data: { reasonsVersion: 1 } });
    one.does(opened({ dealId: 'd3' }), { policies });
    const wrong = one.history.at(-1)!;
    expect(wrong).toMatchObject({ data: { funnelVersion: 2, stage: 'new' } });
    // Also where it is dated before the version was effective.
    const occurredAt = '2019-01-01T00:00:00.000Z';
    expect(one.does(correct(wrong.id, { title: 'roof' }), { policies, occurredAt })[1]).toMatchObject({
      data: { funnelVersion: 2, stage: 'new' },
      occurredAt,
    });
  });

  it('is rejected where a later return would be of the whole purchase, or no longer', () => {
    const paid = (minor: number) => ({ item: 'roof', quantity: 2, amount: eur(minor) });
    const [part, whole] = [registered(), registered()];
    part.does(bought(eur(500)));
    part.does(returned(400));
    expect(part.tries(correct('e1', paid(400)))).toEqual(rejectedWith('later-event-differs', { eventId: 'e2', member: 'whole' }));
    expect(part.does(correct('e1', paid(401)))).toHaveLength(2);
    whole.does(bought(eur(400)));
    whole.does(returned(100));
    whole.does(returned(300));
    for (const correction of [correct('e1', paid(500)), correct('e2', { amount: eur(50) })])
      expect(whole.tries(correction)).toEqual(rejectedWith('later-event-differs', { eventId: 'e3', member: 'whole' }));
    expect(whole.tries(retract('e2'))).toEqual(rejectedWith('event-has-dependants', { dependants: ['e3'] }));
    whole.does(retract('e3'));
    whole.does(correct('e1', paid(500)));
    whole.does(returned(300));
    expect(whole.does(returned(100))).toEqual([expect.objectContaining({ data: expect.objectContaining({ whole: true }) })]);
  });

  it('leaves a return that was said to be of the whole for a part of the money', () => {
    const one = registered();
    one.does(bought(eur(500)));
    one.does({ name: 'return-purchase', body: { purchaseId: 'b', amount: eur(300), whole: true } });
    expect(one.does(correct('e1', { item: 'roof', quantity: 2, amount: eur(400) }))).toHaveLength(2);
    expect(one.tries(returned(1))).toEqual(rejectedWith('purchase-already-returned'));
  });

  it('takes null for the id of the item as left out', () => {
    const one = registered();
    one.does(bought());
    expect(one.does(correct('e1', { purchaseId: null, item: 'door', quantity: 2, amount: eur(1) }))[1]).toMatchObject({
      data: { purchaseId: 'b', item: 'door' },
    });
  });

  it('is judged by who corrects where a customer recorded the event, and by the import where it was imported', () => {
    const one = registered();
    const contact = { channel: 'phone', direction: 'inbound', purpose: 'service' } as const;
    one.does({ name: 'record-contact', body: { contactId: 'k', ...contact } }, { actor: { kind: 'customer', id: 'c' } });
    expect(one.does(correct('e1', { ...contact, direction: 'outbound' }))[1]).toMatchObject({ data: { direction: 'outbound' } });
    const past = { ...contact, plannedFor: '2026-01-01T00:00:00.000Z' };
    one.does({ name: 'plan-contact', body: { contactId: 'k2', ...past } }, { actor: { kind: 'import', id: 'i' } });
    expect(one.does(correct(one.history.at(-1)!.id, { ...past, channel: 'email' }))).toHaveLength(2);
  });

  it('is judged by the other customer that its data name', () => {
    const one = registered();
    one.does({ name: 'convert-referral', body: { referralId: 'r', referredCustomerId: 'x' } });
    expect(commandByName('correct-event')!.otherCustomer).toBe(commandByName('convert-referral')!.otherCustomer);
    for (const otherCustomer of ['same', 'unknown'] as const)
      expect(one.tries(correct('e1', { referredCustomerId: 'y' }), { otherCustomer })).toBeInstanceOf(Rejection);
    expect(one.does(correct('e1', { referredCustomerId: 'y' }), { otherCustomer: 'registered' })).toHaveLength(2);
  });

  it('is rejected where nothing would have been recorded in its place', () => {
    const one = registered();
    one.does(opened());
    one.does({ name: 'enter-stage', body: { dealId: 'd', stage: 'proposal' } });
    expect(one.tries(correct('e2', { stage: 'lead' }))).toEqual(rejectedWith('nothing-recorded', { eventId: 'e2' }));
  });
});

/** Effective long before, but known only afterwards. */
const published = (name: 'channels' | 'funnel' | 'loss-reasons', document: object, before = usualContext.policies) =>
  applyPolicyEvent(before, {
    type: 'policy-published',
    data: { name, version: 2, effectiveFrom: '2020-01-01T00:00:00.000Z', document },
    recordedAt: usualContext.now.replace('.000Z', '.001Z'),
  });

describe('work that is open because of a correction', () => {
  const may = { occurredAt: '2026-05-01T00:00:00.000Z', now: '2026-05-01T00:00:00.000Z' };
  const promised = (curatorId: string) => {
    const one = registered();
    one.does({ name: 'make-promise', body: { promiseId: 'p', text: 't', dueAt: '2026-12-01T00:00:00.000Z', curatorId } }, may);
    return one;
  };
  const wayOut = { channel: 'phone', direction: 'outbound', purpose: 'service', plannedFor: '2026-12-01T00:00:00.000Z' } as const;

  it('is not given to a curator who has left, and to others as the answer says', () => {
    const one = promised('gone');
    one.does({ name: 'reassign-promise', body: { promiseId: 'p', curatorId: 'bea' } });
    expect(one.tries(retract('e2'))).toEqual(rejectedWith('curator-departed', { curatorId: 'gone', promiseId: 'p' }));
    one.does({ name: 'keep-promise', body: { promiseId: 'p' } });
    // It is over, so nobody has it.
    one.does(retract('e2'));
    expect(one.tries(retract('e3'))).toEqual(rejectedWith('curator-departed'));
    const data = { text: 't', dueAt: '2026-12-01T00:00:00.000Z', curatorId: 'carl' };
    one.does(correct('e1', data));
    expect(correctedIn(one.history, 'e1')).toEqual({ ids: { promiseId: 'p' }, opensTo: [] });
    one.does(retract('e3'));
    expect(correctedIn(one.history, 'e3')).toEqual({ ids: { promiseId: 'p' }, opensTo: ['carl'] });
    const now = one.history.at(-2)!.id;
    expect(one.tries(correct(now, { ...data, curatorId: 'leaving' }))).toEqual(rejectedWith('curator-departing'));
    one.does(correct(now, { ...data, curatorId: 'dora' }));
    expect(correctedIn(one.history, now)).toEqual({ ids: { promiseId: 'p' }, opensTo: ['dora'] });
    const [last] = one.history.slice(-1);
    one.does(correct(last!.id, { ...data, text: 'other', curatorId: 'dora' }));
    expect(correctedIn(one.history, last!.id)).toEqual({ ids: { promiseId: 'p' }, opensTo: [] });
  });

  it('is of a deal too, as long as it is open', () => {
    const one = registered();
    one.does(opened({ curatorId: 'gone' }), may);
    one.does({ name: 'reassign-deal', body: { dealId: 'd', curatorId: 'bea' } });
    one.does({ name: 'lose-deal', body: { dealId: 'd', reason: 'price' } });
    expect(correctedIn(one.history, 'e1')).toEqual({ ids: { dealId: 'd' }, opensTo: [] });
    // It is closed, so nobody has it.
    one.does(retract('e2'));
    expect(one.tries(retract('e3'))).toEqual(rejectedWith('curator-departed', { curatorId: 'gone', dealId: 'd' }));
    one.does(correct('e1', { curatorId: 'carl' }));
    one.does(retract('e3'));
    expect(correctedIn(one.history, 'e3')).toEqual({ ids: { dealId: 'd' }, opensTo: ['carl'] });
  });

  it('is not judged where it was planned for a time that has passed', () => {
    const one = registered();
    one.does({ name: 'plan-contact', body: { contactId: 'k', ...wayOut, plannedFor: '2026-05-02T00:00:00.000Z' } }, may);
    one.does({ name: 'cancel-contact', body: { contactId: 'k' } });
    one.does({ name: 'withdraw-consent', body: { channel: 'phone', via: 'call' } });
    expect(one.does(retract('e2'))).toHaveLength(1);
    expect(one.does(correct('e1', { ...wayOut, plannedFor: '2026-05-03T00:00:00.000Z' }))).toHaveLength(2);
  });

  it('is none of a purchase, of an event that was not corrected and of none at all', () => {
    const one = registered();
    one.does(bought());
    expect(correctedIn(one.history, 'e1')).toEqual({ ids: { purchaseId: 'b' }, opensTo: [] });
    one.does(retract('e1'));
    expect(correctedIn(one.history, 'e1')).toEqual({ ids: { purchaseId: 'b' }, opensTo: [] });
    expect(correctedIn(one.history, 'e0')).toEqual({ ids: {}, opensTo: [] });
    expect(correctedIn(one.history, 'nothing')).toEqual({ ids: {}, opensTo: [] });
  });

  it('may stay with whoever has it', () => {
    const one = promised('gone');
    expect(one.does(correct('e1', { text: 'more', dueAt: '2026-12-02T00:00:00.000Z', curatorId: 'gone' }))).toHaveLength(2);
  });

  it('is not a contact that is planned although consent was withdrawn since', () => {
    const one = registered();
    one.does({ name: 'plan-contact', body: { contactId: 'k', ...wayOut } }, may);
    one.does({ name: 'cancel-contact', body: { contactId: 'k' } });
    one.does({ name: 'withdraw-consent', body: { channel: 'phone', via: 'call' } });
    expect(one.tries(retract('e2'))).toEqual(rejectedWith('consent-withdrawn', { contactId: 'k' }));
    one.does(correct('e1', { ...wayOut, channel: 'email' }));
    one.does(retract('e2'));
    expect(one.tries(correct(one.history.at(-2)!.id, wayOut))).toEqual(rejectedWith('consent-withdrawn'));
  });

  it('loses the marks of a process that it would not have got', () => {
    const one = registered();
    one.does({ name: 'make-promise', body: { promiseId: 'p', text: 't', dueAt: may.now } }, may);
    one.does({ name: 'plan-contact', body: { contactId: 'k', ...wayOut, plannedFor: '2026-05-02T00:00:00.000Z' } }, may);
    const system = { kind: 'system', id: 'process-overdue' };
    const marked = (command: RelationshipCommand, at: string) => one.does(command, { actor: system, occurredAt: at });
    marked({ name: 'mark-promise-overdue', body: { promiseId: 'p' } }, '2026-05-01T01:00:00.000Z');
    marked({ name: 'mark-contact-overdue', body: { contactId: 'k', plannedFor: '2026-05-02T00:00:00.000Z' } }, '2026-05-02T01:00:00.000Z');
    const retracting = (eventId: string) =>
      expect.objectContaining({ type: 'event-retracted', data: expect.objectContaining({ eventId }) });
    expect(one.does(correct('e1', { text: 'more', dueAt: may.now }))).toHaveLength(2);
    const promise = one.history.at(-1)!;
    expect(one.does(correct(promise.id, { text: 'more', dueAt: wayOut.plannedFor }))).toEqual([
      retracting(promise.id),
      expect.objectContaining({ type: 'promise-made' }),
      retracting('e3'),
    ]);
    expect(one.does(retract('e2'))).toEqual([retracting('e2'), retracting('e4')]);
    expect(counting(one.history).map(({ type }) => type)).toEqual(['customer-registered', 'promise-made']);
  });
});

describe('whatever was recorded of a customer', () => {
  const retractable = new Set(relationshipEvents.filter(({ retraction }) => retraction).map(({ type }) => type as string));
  /** All work may be given to anybody, and lies in the past. */
  const whenever = { now: '2100-01-01T00:00:00.000Z', occurredAt: '2100-01-01T00:00:00.000Z', curator: () => 'active' as const };
  const lived = (life: readonly (readonly [RelationshipCommand, DecisionContext])[]) => {
    const one = customer();
    for (const [command, { newEventId: _, ...context }] of life) one.tries(command, context);
    // While processing is restricted nothing is retracted.
    one.tries({ name: 'lift-restriction', body: {} });
    return one;
  };

  it('is decided on, once all that can be is taken back from the last on, as though that had never been recorded', () => {
    fc.assert(
      fc.property(arbitraryLife, (life) => {
        const one = lived(life);
        const rest = one.history.filter(({ type }) => !retractable.has(type));
        for (const { id, type } of one.history.toReversed()) if (retractable.has(type)) one.does(retract(id), whenever);
        expect(counting(one.history)).toEqual(rest);
        expect(one.state()).toEqual(folded(rest));
      }),
      { numRuns: 15, endOnFailure: true },
    );
  });

  it('is taken back in any order as far as nothing refers to it, and then is as though it had never been recorded', () => {
    fc.assert(
      fc.property(arbitraryLife, fc.infiniteStream(fc.nat()), (life, picks) => {
        const one = lived(life);
        const recorded = [...one.history];
        const gone = new Set<string>();
        for (const pick of picks.take(25)) {
          const event = recorded[pick % recorded.length]!;
          const answer = one.tries(retract(event.id), whenever);
          // With the marks of processes that go with it.
          if (!(answer instanceof Rejection)) for (const { data } of answer) gone.add((data as { eventId: string }).eventId);
          else if (answer.code === 'event-has-dependants') {
            const dependants = answer.details.dependants as readonly string[];
            expect(dependants.every((id) => recorded.some((other) => other.id === id) && !gone.has(id))).toBe(true);
          } else expect(gone.has(event.id) || !retractable.has(event.type)).toBe(true);
        }
        expect(one.state()).toEqual(folded(recorded.filter(({ id }) => !gone.has(id))));
      }),
      { numRuns: 15, endOnFailure: true },
    );
  });

  it('is after a correction as though it had been recorded right, and money is given back only as far as it was paid', () => {
    let corrected = 0;
    fc.assert(
      fc.property(arbitraryLife, arbitraryLife, fc.infiniteStream(fc.nat()), (life, others, picks) => {
        const one = lived(life);
        const { policies } = life[0]![1];
        for (const pick of picks.take(20)) {
          const before = counting(one.history);
          const place = pick % before.length;
          const wrong = before[place]!;
          const command = relationshipEvents.find(({ type }) => type === wrong.type)?.retraction?.command;
          const alike = others.filter(([{ name }]) => name === command);
          if (alike.length === 0) continue;
          const [{ body }, { occurredAt }] = alike[pick % alike.length]!;
          const { purchaseId: _, ...data } = body as { purchaseId?: string };
          const answer = one.tries(correct(wrong.id, withoutItem(data, wrong)), { occurredAt, policies });
          if (answer instanceof Rejection) {
            expect(commandByName('correct-event')!.rejections).toContain(answer.code);
            expect(counting(one.history)).toEqual(before);
            continue;
          }
          if (answer.length === 0) continue;
          corrected++;
          const marks = new Set(answer.slice(2).map(({ data }) => (data as { eventId: string }).eventId));
          const at = occurredAt === usualContext.now ? wrong.occurredAt : occurredAt;
          const { funnelVersion } = wrong.data as { funnelVersion?: number };
          const then = funnelVersion === undefined ? policies : inForceThroughout(policies, 'funnel', funnelVersion);
          const context = {
            ...usualContext,
            policies: then,
            now: wrong.recordedAt,
            occurredAt: at,
            actor: wrong.actor.kind === 'customer' ? usualContext.actor : wrong.actor,
          };
          const right = { name: command, body: { ...data, ...itemOf(wrong) } } as RelationshipCommand;
          const [first] = decideRelationship(folded(before.slice(0, place)), right, context);
          const expected = before.with(place, { ...wrong, ...first, id: answer[1]!.id, occurredAt: at }).filter(({ id }) => !marks.has(id));
          expect(one.state()).toEqual(folded(expected));
          mustNotOverpay(counting(one.history));
        }
      }),
      { numRuns: 15, endOnFailure: true },
    );
    expect(corrected).toBeGreaterThan(10);
  });
});

/** The ids that a correction leaves as they are. */
const itemOf = ({ type, data }: HistoryEvent): object => {
  const { creates, refersTo } = relationshipEvents.find((each) => each.type === type)!.retraction!;
  const [pointer] = Object.values(creates ?? refersTo ?? {});
  return pointer === undefined ? {} : { [pointer.slice(1)]: (data as Record<string, unknown>)[pointer.slice(1)] };
};
const withoutItem = (data: object, event: HistoryEvent): object =>
  Object.fromEntries(Object.entries(data).filter(([name]) => !(name in itemOf(event))));

const mustNotOverpay = (history: readonly HistoryEvent[]): void => {
  const left = new Map<string, { minor: number; currency: string }>();
  for (const { type, data } of history) {
    const { purchaseId, amount } = data as { purchaseId: string; amount: { minor: number; currency: string } };
    if (type === 'purchase-recorded') left.set(purchaseId, { ...amount });
    if (type !== 'purchase-returned') continue;
    const purchase = left.get(purchaseId)!;
    expect(purchase.currency).toBe(amount.currency);
    purchase.minor -= amount.minor;
    expect(purchase.minor).toBeGreaterThanOrEqual(0);
  }
};
