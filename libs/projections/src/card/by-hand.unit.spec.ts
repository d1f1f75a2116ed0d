import { defaultPolicies } from '#relationship';
import { type StoryEvent, storyOf } from '#testing/customer-story.js';
import { NEVER } from '../days.js';
import { rowsOf } from '../derived.js';
import { foldCustomer } from '../fold.js';
import { cardOf } from './answer.js';
import { dealsOf } from './deals.js';
import { detailsOf } from './details.js';
import { identifierIntervals } from './identifiers.js';
import { cardProjection } from './projection.js';

const folded = (story: readonly StoryEvent[]) => foldCustomer(cardProjection, storyOf('anna', story))!;
const at = (n: number) => `2026-01-${String(n).padStart(2, '0')}T00:00:00.000Z`;
const card = (story: readonly StoryEvent[], asOf = '2026-02-01T00:00:00.000Z') => cardOf(folded(story), asOf);
const event = (type: string, n: number, data: object, id = `${type}-${n}`): StoryEvent => ({ type, at: at(n), id, data });
const registered = (n: number, data: object = {}) => event('customer-registered', n, { kind: 'person', role: 'customer', ...data }, 'reg');
const assigned = (curatorId: string, n: number) => event('curator-assigned', n, { curatorId, from: at(n) }, `to-${curatorId}`);
const met = (n: number, channel: string, direction: string) =>
  event('contact-recorded', n, { contactId: `${n}`, channel, direction, purpose: 'other' });
const planned = (n: number, contactId: string, due: number, more: object = {}) =>
  event(
    'contact-planned',
    n,
    { contactId, channel: 'phone', direction: 'outbound', purpose: 'other', plannedFor: at(due), ...more },
    contactId,
  );
const promised = (n: number, promiseId: string, due: number) =>
  event('promise-made', n, { promiseId, text: 't', dueAt: at(due) }, promiseId);
const identified = (n: number, kind: string, value: string, label?: string) =>
  event('customer-identifier-added', n, { kind, value, ...(label && { label }) });
const corrected = (n: number, field: string, to: string | undefined) =>
  event('customer-details-corrected', n, { field, ...(to && { to }) });
const erased = (n: number) => event('customer-erased', n, { reason: 'asked' });

describe('the card, by hand', () => {
  it('names the curators one after the other, and the one of the instant', () => {
    const story = [assigned('maria', 5), assigned('oleg', 10)];
    expect(card(story).curators).toEqual([
      { curatorId: 'maria', from: at(5), to: at(10), because: 'to-maria' },
      { curatorId: 'oleg', from: at(10), to: NEVER, because: 'to-oleg' },
    ]);
    const curator = (n: number) => card(story, at(n)).curator;
    expect([curator(4), curator(5), curator(9), curator(10)]).toEqual([
      null,
      { curatorId: 'maria', since: at(5), because: 'to-maria' },
      { curatorId: 'maria', since: at(5), because: 'to-maria' },
      { curatorId: 'oleg', since: at(10), because: 'to-oleg' },
    ]);
  });

  it('counts contacts with the outside, the most used channel first, and remembers the last', () => {
    const story = [
      met(1, 'phone', 'outbound'),
      met(2, 'email', 'inbound'),
      met(3, 'email', 'inbound'),
      met(4, 'visit', 'inbound'),
      met(5, 'visit', 'outbound'),
      met(6, 'fax', 'outbound'),
      met(7, 'fax', 'outbound'),
      met(8, 'phone', 'internal'),
    ];
    const { contacts, channels, lastContact } = card(story);
    expect([contacts, channels.observed.map(({ channel }) => channel)]).toEqual([7, ['email', 'visit', 'fax', 'phone']]);
    expect(channels.observed[3]).toEqual({ channel: 'phone', inbound: 0, outbound: 1, internal: 1, missed: 0 });
    expect(lastContact).toEqual({ at: at(7), channel: 'fax', direction: 'outbound', event: 'contact-recorded-7' });
  });

  it('lists what is open by its date, and says what is overdue', () => {
    const story = [
      planned(1, 'later', 20),
      planned(2, 'sooner', 10, { summary: 'the roof', curatorId: 'oleg' }),
      promised(3, 'late', 20),
      promised(3, 'soon', 10),
      event('complaint-raised', 6, { complaintId: 'second', summary: 'it leaks', severity: 'high' }, 'second'),
      { ...event('complaint-raised', 5, { complaintId: 'first' }, 'first'), known: at(7) },
    ];
    const sooner = {
      contactId: 'sooner',
      channel: 'phone',
      purpose: 'other',
      summary: 'the roof',
      curatorId: 'oleg',
      plannedFor: at(10),
      event: 'sooner',
    };
    const shown = (n: number) => {
      const { nextPlannedContact, overdueContacts, openPromises } = card(story, at(n));
      return [nextPlannedContact?.contactId, overdueContacts.map(({ contactId }) => contactId), openPromises.map(({ overdue }) => overdue)];
    };
    expect(card(story, at(10)).nextPlannedContact).toEqual(sooner);
    expect([shown(10), shown(11), shown(21)]).toEqual([
      ['sooner', [], [false, false]],
      ['later', ['sooner'], [true, false]],
      [undefined, ['sooner', 'later'], [true, true]],
    ]);
    expect(card(story).openPromises.map(({ promiseId }) => promiseId)).toEqual(['soon', 'late']);
    expect(card(story).openComplaints).toEqual([
      { complaintId: 'first', raisedAt: at(5), event: 'first' },
      { complaintId: 'second', raisedAt: at(6), summary: 'it leaks', severity: 'high', event: 'second' },
    ]);
  });

  it('lists deals by their opening, and shows none before it', () => {
    const deal = (n: number, dealId: string, data: object = {}) =>
      event('deal-opened', n, { dealId, funnelVersion: 1, stage: 'lead', ...data }, dealId);
    const story = [
      deal(5, 'second'),
      { ...deal(3, 'first', { title: 'the roof' }), known: at(6) },
      event('deal-stage-entered', 4, { dealId: 'alone', stage: 'lead' }),
    ];
    const listed = (n: number) => dealsOf(folded(story), at(n)).map(({ dealId }) => dealId);
    expect([listed(2), listed(3), listed(5), listed(9)]).toEqual([[], ['first'], ['first', 'second'], ['first', 'second']]);
    expect(card(story).openDeals).toEqual([
      {
        dealId: 'first',
        title: 'the roof',
        stage: 'lead',
        stageSince: at(3),
        state: 'open',
        openedAt: at(3),
        events: { opened: 'first', stage: 'first' },
      },
      { dealId: 'second', stage: 'lead', stageSince: at(5), state: 'open', openedAt: at(5), events: { opened: 'second', stage: 'second' } },
    ]);
  });

  it('says into whom the customer was merged, by which methods acquired, and what was agreed for all purposes', () => {
    const acquired = (n: number, data: object) => event('acquisition-recorded', n, data);
    const consent = (n: number, channel: string, granted: boolean, purpose?: string) =>
      event(granted ? 'consent-granted' : 'consent-withdrawn', n, { channel, via: 'call', ...(purpose && { purpose }) });
    const story = [
      registered(1, { segment: 'sme', language: 'de' }),
      acquired(2, { source: 'fair' }),
      acquired(3, { source: 'fair' }),
      acquired(4, { source: 'fair', medium: 'stand' }),
      consent(6, 'sms', true),
      consent(5, 'phone', false),
      consent(7, 'email', true, 'service'),
      consent(8, 'sms', false, 'service'),
      consent(9, 'sms', false, 'payment'),
      event('customer-merged', 10, { into: 'other' }),
    ];
    const shown = card(story);
    expect(shown).toMatchObject({
      segment: 'sme',
      language: 'de',
      displayName: null,
      mergedInto: { customerId: 'other', at: at(10), event: 'customer-merged-10' },
    });
    expect(card(story.slice(0, -1)).mergedInto).toBeNull();
    expect(shown.acquisition.map(({ source, medium, event }) => [source, medium, event])).toEqual([
      ['fair', undefined, 'acquisition-recorded-2'],
      ['fair', 'stand', 'acquisition-recorded-4'],
    ]);
    expect(shown.consents.map(({ channel, purpose, granted }) => [channel, purpose, granted])).toEqual([
      ['phone', null, false],
      ['sms', null, true],
      ['sms', 'payment', false],
      ['sms', 'service', false],
      ['email', 'service', true],
    ]);
    expect(shown.channels.declared).toEqual({ agreed: ['sms'], refused: ['phone'], preferences: [] });
  });
});

describe('the details of the card, by hand', () => {
  it('hold what was true last, with every change in order of time', () => {
    const story = [
      registered(1, { displayName: 'Ann', segment: 'sme' }),
      corrected(5, 'displayName', 'Anna'),
      corrected(6, 'displayName', 'Anna'),
      corrected(3, 'segment', 'key'),
      corrected(4, 'language', 'de'),
      corrected(7, 'displayName', undefined),
      corrected(8, 'role', 'partner'),
    ];
    const { displayName, segment, language, registration, detailsHistory } = card(story);
    expect([displayName, segment, language, registration?.role]).toEqual(['Anna', 'key', 'de', 'partner']);
    expect(detailsHistory.map(({ field, from, to, at, event }) => [field, from, to, at, event])).toEqual([
      ['segment', 'sme', 'key', at(3), 'customer-details-corrected-3'],
      ['language', null, 'de', at(4), 'customer-details-corrected-4'],
      ['displayName', 'Ann', 'Anna', at(5), 'customer-details-corrected-5'],
      ['role', 'customer', 'partner', at(8), 'customer-details-corrected-8'],
    ]);
    expect(detailsOf(folded([corrected(5, 'displayName', 'Anna')]))).toEqual({ displayName: 'Anna' });
    expect(folded([corrected(5, 'role', 'partner')]).registration).toBeNull();
  });

  it('hold of one who was erased no name, and all else that was true', () => {
    const story = [
      registered(1, { displayName: 'Ann', segment: 'sme' }),
      corrected(3, 'segment', 'key'),
      corrected(4, 'role', 'partner'),
      corrected(5, 'language', 'de'),
      corrected(6, 'language', 'fr'),
      erased(9),
    ];
    const document = folded(story);
    expect(Object.fromEntries(Object.entries(document.details).map(([name, said]) => [name, said.map(({ value }) => value)]))).toEqual({
      segment: ['sme', 'key'],
      language: ['de', 'fr'],
      role: ['customer', 'partner'],
    });
    const { displayName, detailsHistory } = card(story);
    expect([displayName, detailsHistory.map(({ field, to }) => [field, to])]).toEqual([
      null,
      [
        ['segment', 'key'],
        ['role', 'partner'],
        ['language', 'de'],
        ['language', 'fr'],
      ],
    ]);
  });

  it('keep of what is open no text after an erasure', () => {
    const story = [
      planned(1, 'k', 20, { summary: 'the roof' }),
      promised(2, 'p', 20),
      event('complaint-raised', 3, { complaintId: 'm', summary: 'it leaks', severity: 'high' }, 'm'),
      erased(9),
    ];
    const { openPromises, openComplaints, nextPlannedContact } = card(story, at(10));
    expect(openPromises).toEqual([{ promiseId: 'p', dueAt: at(20), madeAt: at(2), event: 'p', overdue: false }]);
    expect(openComplaints).toEqual([{ complaintId: 'm', raisedAt: at(3), severity: 'high', event: 'm' }]);
    expect(nextPlannedContact).toEqual({ contactId: 'k', channel: 'phone', purpose: 'other', plannedFor: at(20), event: 'k' });
  });

  it('take of a profile each member that was given, of persons, organisations and others', () => {
    const profile = (n: number, data: object) => event('customer-profile-recorded', n, data);
    const story = [
      profile(1, { person: { familyStatus: 'married', income: null }, attributes: { size: 'L' } }),
      profile(2, { organisation: { industry: 'steel' } }),
      profile(3, { person: { familyStatus: null, preferences: 'post' }, attributes: { size: 'XL' } }),
    ];
    expect(card(story).profile).toEqual({
      person: { familyStatus: 'married', preferences: 'post' },
      organisation: { industry: 'steel' },
      attributes: { size: 'XL' },
    });
    expect(card(story).channels.declared.preferences).toEqual([]);
    expect(card(story.slice(0, 1)).profile).toEqual({ person: { familyStatus: 'married' }, attributes: { size: 'L' } });
  });
});

describe('the identifiers of the card, by hand', () => {
  const removed = (n: number, kind: string, value: string) => event('customer-identifier-removed', n, { kind, value });

  it('are the customer’s from when they were added until they were removed, with the last label', () => {
    const story = [
      identified(2, 'crm', '1', 'office'),
      identified(5, 'crm', '1', 'home'),
      removed(10, 'crm', '1'),
      identified(15, 'crm', '1'),
      identified(4, 'messenger', '1'),
      { ...identified(1, 'crm', '2', 'old'), known: at(20) },
    ];
    const known = folded(story).identifiers.find(({ kind, value }) => kind === 'crm' && value === '1')!;
    expect(identifierIntervals(known)).toEqual([
      { kind: 'crm', value: '1', label: 'home', since: at(2), to: at(10), event: 'customer-identifier-added-2' },
      { kind: 'crm', value: '1', since: at(15), to: NEVER, event: 'customer-identifier-added-15' },
    ]);
    expect(card(story).identifiers).toEqual([
      { kind: 'crm', value: '2', label: 'old', since: at(1), event: 'customer-identifier-added-1' },
      { kind: 'messenger', value: '1', since: at(4), event: 'customer-identifier-added-4' },
      { kind: 'crm', value: '1', since: at(15), event: 'customer-identifier-added-15' },
    ]);
    expect(
      rowsOf(cardProjection, folded(story), defaultPolicies)
        .map(({ key }) => key)
        .sort(),
    ).toEqual(['anna|customer-identifier-added-1', 'anna|customer-identifier-added-15', 'anna|customer-identifier-added-4']);
    expect(card([...story, removed(16, 'crm', '1')]).identifiers).toHaveLength(2);
    expect(card([event('customer-identifier-added', 2, { kind: 'crm' })]).identifiers).toEqual([]);
  });
});
