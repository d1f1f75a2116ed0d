import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { evolveAccess, helpersOf, isScoped, mayOpen, noAccess, responsibilityOf } from './access.js';
import { reliefsOf } from './curation/state.js';
import type { Acted } from './kernel/aggregate.js';
import { idEntries } from './kernel/id-map.js';
import type { RelationshipEvent } from './slices.js';

const at = (day: string) => `2026-${day}T00:00:00.000Z`;
const now = at('11-22');
const registered: RelationshipEvent = { type: 'customer-registered', data: { kind: 'person', role: 'customer' } };
const assigned = (curatorId: string, day: string): RelationshipEvent => ({ type: 'curator-assigned', data: { curatorId, from: at(day) } });
const by =
  (kind: string, id: string) =>
  (event: RelationshipEvent): Acted<RelationshipEvent> => ({ ...event, occurredAt: now, actor: { kind, id } });
const service = by('service', 'crm');

const accessOf = (...events: readonly (RelationshipEvent | Acted<RelationshipEvent>)[]) =>
  events.map((event) => ('occurredAt' in event ? event : service(event))).reduce(evolveAccess, noAccess);
const opens = (access: ReturnType<typeof accessOf>, curatorId: string, instant = now) =>
  mayOpen(access, { kind: 'curator', id: curatorId }, { id: 'c', now: instant });

const contact = { contactId: 'k', channel: 'phone', direction: 'outbound', purpose: 'service' } as const;
const planned = (curatorId?: string): RelationshipEvent => ({
  type: 'contact-planned',
  data: { ...contact, plannedFor: at('12-01'), ...(curatorId && { curatorId }) },
});
const promised = (curatorId: string): RelationshipEvent => ({
  type: 'promise-made',
  data: { promiseId: 'k', text: 't', dueAt: at('12-01'), curatorId },
});
const dealt = (curatorId: string): RelationshipEvent => ({
  type: 'deal-opened',
  data: { dealId: 'k', funnelVersion: 1, stage: 'lead', curatorId },
});
const won: RelationshipEvent = { type: 'deal-won', data: { dealId: 'k', from: 'lead', amount: { minor: 1, currency: 'EUR' } } };
const lost: RelationshipEvent = { type: 'deal-lost', data: { dealId: 'k', reason: 'price', reasonsVersion: 1, stage: 'lead' } };
const reopened: RelationshipEvent = { type: 'deal-reopened', data: { dealId: 'k', stage: 'lead' } };

describe('who may open a customer', () => {
  it('is nobody among curators before one is assigned, and the curator who registered the customer until then', () => {
    expect(opens(noAccess, 'ann')).toBe(false);
    expect(opens(accessOf(registered), 'ann')).toBe(false);
    const mine = by('curator', 'ann')(registered);
    expect(opens(accessOf(mine), 'ann')).toBe(true);
    const given = accessOf(mine, assigned('bea', '01-01'));
    expect([opens(given, 'ann'), opens(given, 'bea')]).toEqual([false, true]);
  });

  it('is the curator by valid time: an assignment of former days recorded late changes nothing today, one to come not yet', () => {
    const access = accessOf(registered, assigned('bea', '03-01'), assigned('ann', '01-10'), assigned('cleo', '11-23'));
    expect(['ann', 'bea', 'cleo'].map((id) => opens(access, id))).toEqual([false, true, false]);
    expect(['ann', 'bea', 'cleo'].map((id) => opens(access, id, at('11-23')))).toEqual([false, false, true]);
  });

  it('is a supervisor of a team for customers of its curators, of nobody, and with work for one of them; without a team for all', () => {
    const supervisor = { kind: 'supervisor', id: 'sue' };
    const ofTeam = { ...supervisor, leads: (id: string) => id === 'ann' };
    expect([isScoped(supervisor), isScoped(ofTeam)]).toEqual([false, true]);
    const cases = [
      [accessOf(registered), true],
      [accessOf(registered, assigned('ann', '01-01')), true],
      [accessOf(registered, assigned('ann', '01-01'), assigned('bea', '03-01')), false],
      [accessOf(registered, assigned('bea', '01-01'), assigned('ann', '03-01')), true],
      [accessOf(registered, assigned('bea', '01-01'), planned('ann')), true],
      [accessOf(registered, assigned('bea', '01-01'), planned('cleo')), false],
    ] as const;
    for (const [access, expected] of cases)
      expect([mayOpen(access, ofTeam, { id: 'c', now }), mayOpen(access, supervisor, { id: 'c', now })]).toEqual([expected, true]);
  });

  it.each<readonly [string, RelationshipEvent, readonly RelationshipEvent[]]>([
    [
      'a planned contact',
      planned('ann'),
      [
        { type: 'contact-completed', data: contact },
        { type: 'contact-missed', data: { contactId: 'k' } },
        { type: 'contact-cancelled', data: { contactId: 'k' } },
      ],
    ],
    [
      'a promise',
      promised('ann'),
      [
        { type: 'promise-kept', data: { promiseId: 'k' } },
        { type: 'promise-broken', data: { promiseId: 'k' } },
      ],
    ],
    ['a deal', dealt('ann'), [won, lost]],
  ])('is whoever was given %s, while it is open', (_, given, ends) => {
    const access = accessOf(registered, assigned('bea', '01-01'), given);
    expect([opens(access, 'ann'), opens(access, 'bea'), opens(access, 'cleo')]).toEqual([true, true, false]);
    for (const end of ends) expect(opens(evolveAccess(access, service(end)), 'ann')).toBe(false);
  });

  describe('by work in the own name', () => {
    const on = (day: string, event: RelationshipEvent): Acted<RelationshipEvent> => ({ ...service(event), occurredAt: at(day) });
    const ann = (access: ReturnType<typeof accessOf>, instant = now) => opens(access, 'ann', instant);
    const anns = assigned('ann', '01-01');

    it.each([
      ['a planned contact', planned('ann')],
      ['a promise', promised('ann')],
      ['a deal', dealt('ann')],
    ])('is nobody who was relieved of the customer after %s was given, as it passes on, from then on', (_, given) => {
      const access = accessOf(anns, on('02-01', given), assigned('bea', '03-01'));
      expect([ann(access), opens(access, 'bea')]).toEqual([false, true]);
      expect([ann(access, at('02-28')), opens(access, 'bea', at('02-28'))]).toEqual([true, false]);
      const onwards = accessOf(anns, on('02-01', given), assigned('bea', '03-01'), assigned('cleo', '04-01'));
      expect(['ann', 'bea', 'cleo'].map((id) => opens(onwards, id))).toEqual([false, false, true]);
    });

    it('is nobody by a deal of former days that is reopened after the customer had passed on', () => {
      expect(ann(accessOf(anns, on('02-01', dealt('ann')), on('02-02', lost), assigned('bea', '03-01'), on('04-01', reopened)))).toBe(
        false,
      );
    });

    it('is a helper who never had the customer, whoever has it, and a former curator whom work was given to since', () => {
      expect(ann(accessOf(assigned('bea', '01-01'), on('02-01', dealt('ann')), assigned('cleo', '03-01')))).toBe(true);
      expect(ann(accessOf(anns, assigned('bea', '03-01'), on('04-01', dealt('ann'))))).toBe(true);
      const helpsAgain = [anns, on('02-01', dealt('ann')), assigned('bea', '03-01'), on('04-01', promised('ann'))];
      expect(ann(accessOf(...helpsAgain))).toBe(true);
      expect(ann(accessOf(...helpsAgain, { type: 'promise-kept', data: { promiseId: 'k' } }))).toBe(false);
    });

    it('goes by when an assignment holds, not by when it was recorded, and one of the same curator again relieves nobody', () => {
      expect(ann(accessOf(on('02-01', dealt('ann')), assigned('bea', '03-01'), anns))).toBe(false);
      expect(ann(accessOf(anns, on('02-01', dealt('ann')), assigned('bea', '11-23')))).toBe(true);
      expect(
        reliefsOf(
          ['01-01', '02-01'].map((day) => ({ at: at(day), curatorId: 'ann' })),
          'ann',
        ),
      ).toEqual([]);
    });

    it('passes on from whoever registered the customer as from any curator', () => {
      const mine = { ...by('curator', 'ann')(registered), occurredAt: at('01-01') };
      const access = accessOf(mine, on('02-01', dealt('ann')), assigned('bea', '03-01'));
      expect([ann(access), opens(access, 'bea')]).toEqual([false, true]);
    });
  });

  describe('by work that was given to another curator since', () => {
    const on = (day: string, event: RelationshipEvent): Acted<RelationshipEvent> => ({ ...service(event), occurredAt: at(day) });
    const who = (access: ReturnType<typeof accessOf>, instant = now) => ['ann', 'bea', 'cleo'].filter((id) => opens(access, id, instant));
    const works: readonly (readonly [
      string,
      (curatorId?: string) => RelationshipEvent,
      (curatorId: string) => RelationshipEvent,
      RelationshipEvent,
    ])[] = [
      [
        'a planned contact',
        planned,
        (curatorId) => ({ type: 'contact-reassigned', data: { contactId: 'k', curatorId } }),
        { type: 'contact-missed', data: { contactId: 'k' } },
      ],
      [
        'a promise',
        (curatorId) => ({ type: 'promise-made', data: { promiseId: 'k', text: 't', dueAt: at('12-01'), ...(curatorId && { curatorId }) } }),
        (curatorId) => ({ type: 'promise-reassigned', data: { promiseId: 'k', curatorId } }),
        { type: 'promise-kept', data: { promiseId: 'k' } },
      ],
      [
        'a deal',
        (curatorId) => ({ type: 'deal-opened', data: { dealId: 'k', funnelVersion: 1, stage: 'lead', ...(curatorId && { curatorId }) } }),
        (curatorId) => ({ type: 'deal-reassigned', data: { dealId: 'k', curatorId } }),
        won,
      ],
    ];
    it.each(works)('is for %s whoever has it by valid time, until it is over', (_, open, give, end) => {
      const access = accessOf(on('01-01', open('ann')), on('03-01', give('bea')), on('02-01', give('cleo')));
      expect(['01-15', '02-15', '03-15'].map((day) => who(access, at(day)))).toEqual([['ann'], ['cleo'], ['bea']]);
      const over = evolveAccess(access, on('04-01', end));
      expect(who(over)).toEqual([]);
      expect(helpersOf(over, now)).toEqual([]);
    });
    it.each(works)('is for %s that named nobody whoever it is given to', (_, open, give, end) => {
      const access = accessOf(on('01-01', open()), on('03-01', give('bea')), on('02-01', give('ann')));
      expect([who(access, at('02-15')), who(access)]).toEqual([['ann'], ['bea']]);
      expect(who(evolveAccess(access, on('04-01', end)))).toEqual([]);
    });
    it.each(works)('is for %s nobody who was relieved of the customer after it was given', (_, open, give) => {
      const access = accessOf(assigned('ann', '01-01'), on('01-02', open('cleo')), on('02-01', give('ann')), assigned('bea', '03-01'));
      expect(who(access, at('02-15'))).toEqual(['ann']);
      expect(who(access)).toEqual(['bea']);
      expect(who(evolveAccess(access, on('04-01', give('ann'))))).toEqual(['ann', 'bea']);
    });
    it.each(works)(
      'before %s that named nobody was opened holds from its opening on, so that it passed on to nobody before',
      (_, open, give) => {
        const curators = [assigned('ann', '01-01'), assigned('bea', '02-01')];
        const access = accessOf(...curators, on('03-01', open()), on('01-15', give('ann')));
        expect([who(access), helpersOf(access, now)]).toEqual([['ann', 'bea'], ['ann']]);
        expect(responsibilityOf(access, 'ann', now).work).toHaveLength(1);
      },
    );
    it.each(works)('is for %s whoever was given it from an opening that is dated ahead on, until an end that is', (_, open, __, end) => {
      const ahead = (day: string, event: RelationshipEvent) => ({ ...on(day, event), recordedAt: now });
      const opening = accessOf(ahead('11-23', open('ann')));
      expect([who(opening), who(opening, at('11-23'))]).toEqual([[], ['ann']]);
      const ending = accessOf(on('01-01', open('ann')), ahead('11-23', end));
      expect([who(ending), who(ending, at('11-23'))]).toEqual([['ann'], []]);
      expect([helpersOf(ending, now), helpersOf(ending, at('11-23'))]).toEqual([['ann'], []]);
      // Commands are decided on all that is recorded.
      expect(responsibilityOf(opening, 'ann', now).work).toHaveLength(1);
      expect(responsibilityOf(ending, 'ann', now).work).toEqual([]);
    });
    it('is for a deal that is reopened ahead whoever has it, from then on', () => {
      const closed = accessOf(on('01-01', dealt('ann')), on('02-01', lost));
      const again = evolveAccess(closed, { ...on('11-23', reopened), recordedAt: now });
      expect([who(again), who(again, at('11-23'))]).toEqual([[], ['ann']]);
    });
    it('dated before the work was opened holds from its opening on', () => {
      const access = accessOf(on('02-01', promised('ann')), on('01-01', works[1]![2]('bea')));
      expect(who(access)).toEqual(['bea']);
    });
  });

  it('is named: helpers in order, and all that a curator is responsible for', () => {
    const access = accessOf(assigned('ann', '01-01'), planned('bea'), promised('ann'), dealt('cleo'));
    expect(helpersOf(access, now)).toEqual(['bea', 'cleo']);
    expect(responsibilityOf(access, 'ann', now)).toEqual({ customerSince: at('01-01'), work: [{ kind: 'promise', id: 'k', at: now }] });
    const registering = accessOf({ ...by('curator', 'ann')(registered), occurredAt: at('01-01') });
    expect(responsibilityOf(registering, 'ann', now)).toEqual({ customerSince: at('01-01'), work: [] });
    expect(responsibilityOf(access, 'cleo', now)).toEqual({ customerSince: undefined, work: [{ kind: 'deal', id: 'k', at: now }] });
    const merged = evolveAccess(access, service({ type: 'customer-merged', data: { into: 'other' } }));
    expect(responsibilityOf(merged, 'ann', now)).toEqual({ customerSince: undefined, work: [] });
    const unmerged = evolveAccess(merged, service({ type: 'customer-unmerged', data: { from: 'other' } }));
    expect(responsibilityOf(unmerged, 'ann', now)).toEqual(responsibilityOf(access, 'ann', now));
  });

  it('is no former curator, and nobody once the customer is erased or merged again', () => {
    const nothing = { customerSince: undefined, work: [] };
    const given = accessOf(assigned('ann', '01-01'), assigned('bea', '03-01'), planned('bea'));
    expect(responsibilityOf(given, 'ann', now)).toEqual(nothing);
    const away: RelationshipEvent = { type: 'customer-merged', data: { into: 'other' } };
    const back: RelationshipEvent = { type: 'customer-unmerged', data: { from: 'other' } };
    for (const [ends, work] of [
      [[away, back], 1],
      [[away, back, away], 0],
      [[{ type: 'customer-erased', data: {} } as RelationshipEvent], 0],
    ] as const)
      expect(responsibilityOf(ends.map(service).reduce(evolveAccess, given), 'bea', now)).toEqual(
        work === 0 ? nothing : { customerSince: at('03-01'), work: [{ kind: 'contact', id: 'k', at: now }] },
      );
  });

  it('lists work by its kind and id, in whatever order it was opened', () => {
    const promise = (promiseId: string): RelationshipEvent => ({
      type: 'promise-made',
      data: { promiseId, text: 't', dueAt: at('12-01'), curatorId: 'ann' },
    });
    const opened = [promise('b'), dealt('ann'), promise('c'), planned('ann'), promise('a')];
    for (const events of [opened, opened.toReversed()])
      expect(responsibilityOf(accessOf(...events), 'ann', now).work.map(({ kind, id }) => `${kind} ${id}`)).toEqual([
        'contact k',
        'deal k',
        'promise a',
        'promise b',
        'promise c',
      ]);
  });

  it('keeps nothing of work that is over for good, and counts what is open', () => {
    const kept = (...events: readonly RelationshipEvent[]) => {
      const { items, open } = accessOf(...events);
      return [idEntries(items).length, Object.fromEntries(idEntries(open))];
    };
    const keptPromise: RelationshipEvent = { type: 'promise-kept', data: { promiseId: 'k' } };
    expect(kept(promised('ann'), planned('ann'), dealt('bea'))).toEqual([3, { ann: 2, bea: 1 }]);
    expect(kept(promised('ann'), planned('ann'), keptPromise)).toEqual([1, { ann: 1 }]);
    expect(kept(promised('ann'), keptPromise, dealt('bea'), won)).toEqual([1, {}]);
  });

  it('counts what a curator was given ahead, until another curator has it from then on', () => {
    const ahead = { ...service({ type: 'promise-reassigned', data: { promiseId: 'k', curatorId: 'ann' } }), occurredAt: at('11-23') };
    const access = accessOf(assigned('bea', '01-01'), promised('bea'), assigned('ann', '11-23'), ahead);
    const since = at('11-23');
    expect(responsibilityOf(access, 'ann', now)).toEqual({ customerSince: since, work: [{ kind: 'promise', id: 'k', at: since }] });
    const moved = [service(assigned('cleo', '11-23')), { ...ahead, data: { promiseId: 'k', curatorId: 'cleo' } }].reduce(
      evolveAccess,
      access,
    );
    expect(responsibilityOf(moved, 'ann', now)).toEqual({ customerSince: undefined, work: [] });
  });

  it('is whoever was given a deal again when it is reopened', () => {
    expect(opens(accessOf(registered, dealt('ann'), lost, reopened), 'ann')).toBe(true);
    expect(opens(accessOf(registered, dealt('ann'), lost, lost, reopened, won), 'ann')).toBe(false);
  });

  it('goes by when a deal was closed and reopened, however it was recorded', () => {
    const on = (day: string, event: RelationshipEvent): Acted<RelationshipEvent> => ({ ...service(event), occurredAt: at(day) });
    const [given, end, again] = [on('02-01', dealt('ann')), on('04-01', won), on('03-01', reopened)];
    expect([opens(accessOf(given, end, again), 'ann'), opens(accessOf(given, again, end), 'ann')]).toEqual([false, false]);
    const later = on('05-01', reopened);
    expect([opens(accessOf(given, end, later), 'ann'), opens(accessOf(given, later, end), 'ann')]).toEqual([true, true]);
  });

  it('is a helper until the last item is over, items of one id and several kinds told apart', () => {
    const access = accessOf(
      registered,
      planned('ann'),
      promised('ann'),
      dealt('ann'),
      { type: 'promise-kept', data: { promiseId: 'k' } },
      won,
    );
    expect(opens(access, 'ann')).toBe(true);
    expect(opens(accessOf(registered, planned('ann'), { type: 'contact-missed', data: { contactId: 'k' } }, won), 'ann')).toBe(false);
  });

  it('is nobody by work that names nobody, nor by work of a customer who was erased', () => {
    const unnamed = accessOf(registered, planned());
    expect([helpersOf(unnamed, now), unnamed.open]).toEqual([[], noAccess.open]);
    expect(evolveAccess(unnamed, service({ type: 'contact-missed', data: { contactId: 'k' } }))).toEqual(noAccess);
    const erased = accessOf(
      registered,
      assigned('bea', '01-01'),
      dealt('ann'),
      { type: 'customer-erased', data: { code: 'unstated' } },
      reopened,
    );
    expect([opens(erased, 'ann'), opens(erased, 'bea')]).toEqual([false, true]);
  });

  it('is told of ids that objects have members of', () => {
    for (const id of ['__proto__', 'constructor']) {
      expect(opens(accessOf(registered), id)).toBe(false);
      expect(opens(accessOf(registered, dealt(id)), id)).toBe(true);
      expect(opens(accessOf(registered, dealt(id), lost), id)).toBe(false);
    }
  });

  it('is a customer for the own record alone, and everyone else for all', () => {
    const open = (kind: string, id: string) => mayOpen(noAccess, { kind, id }, { id: 'c', now });
    expect([open('customer', 'c'), open('customer', 'd'), open('supervisor', 's'), open('service', 'x')]).toEqual([
      true,
      false,
      true,
      true,
    ]);
    expect(['customer', 'curator', 'supervisor', 'import', 'system'].filter((kind) => isScoped({ kind, id: 'c' }))).toEqual([
      'customer',
      'curator',
    ]);
  });

  it('is the same after it was stored, and as by looking at every item, whatever happens', () => {
    const id = fc.constantFrom('1', '2', '3');
    const curator = fc.constantFrom('ann', 'bea');
    const step = fc.oneof(
      fc.record({ kind: fc.constant('open' as const), id, curator }),
      fc.record({ kind: fc.constantFrom('won' as const, 'lost' as const, 'again' as const), id }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const deals = new Map<string, { curator: string; open: boolean }>();
        let access = accessOf(registered);
        for (const each of steps) {
          const known = deals.get(each.id);
          if (each.kind === 'open') {
            if (known) continue;
            deals.set(each.id, { curator: each.curator, open: true });
          } else if (known) known.open = each.kind === 'again';
          const of = { open: dealt('curator' in each ? each.curator : 'ann'), won, lost, again: reopened }[each.kind];
          access = JSON.parse(
            JSON.stringify(evolveAccess(access, service({ ...of, data: { ...of.data, dealId: each.id } } as RelationshipEvent))),
          );
        }
        const having = (who: string) => [...deals.values()].some(({ curator, open }) => open && curator === who);
        for (const who of ['ann', 'bea']) expect(opens(access, who)).toBe(having(who));
        expect(helpersOf(access, now)).toEqual(['ann', 'bea'].filter(having));
      }),
    );
  });
});
