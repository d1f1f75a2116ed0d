import fc from 'fast-check';
import type { DomainEvent } from '#event-log';
import { applyPolicyEvent, customerRoles, defaultPolicies, type LadderPolicy, type PolicyHistory } from '#relationship';
import { type StoryEvent, storyOf } from '#testing/customer-story.js';
import { plusDays } from '../days.js';
import { contributionsOf } from '../derived.js';
import { foldCustomer } from '../fold.js';
import type { LadderDocument } from './evidence.js';
import { ladderAt } from './ladder-at.js';
import { ladderProjection } from './projection.js';
import { rungTimeline } from './rung-timeline.js';
import { rungName } from './rungs.js';

const { init, apply } = ladderProjection.document!;
const fold = (story: readonly StoryEvent[]): LadderDocument => storyOf('anna', story).reduce(apply, init('anna'));
const at = (story: readonly StoryEvent[], time: string, policies = defaultPolicies) => {
  const document = foldCustomer(ladderProjection, storyOf('anna', story), { asOf: time });
  return document && ladderAt(document, policies, time);
};
const rungAt = (story: readonly StoryEvent[], time: string, policies = defaultPolicies) => at(story, time, policies)?.rung;

const registered: StoryEvent = { type: 'customer-registered', at: '2020-01-01', data: { kind: 'person', role: 'customer' } };
const corrected = (at: string, role: string): StoryEvent => ({ type: 'customer-details-corrected', at, data: { field: 'role', to: role } });
const bought = (when: string, id = when, minor = 100): StoryEvent => ({
  type: 'purchase-recorded',
  at: when,
  data: { purchaseId: id, item: 'x', quantity: 1, amount: { minor, currency: 'EUR' } },
});
const returned = (when: string, id: string, whole = true, minor = 100): StoryEvent => ({
  type: 'purchase-returned',
  at: when,
  data: { purchaseId: id, amount: { minor, currency: 'EUR' }, whole },
});
const answered = (when: string, metric: string, score: number): StoryEvent => ({
  type: 'satisfaction-answered',
  at: when,
  data: { answerId: when, metric, score },
});
const complained = (when: string): StoryEvent => ({ type: 'complaint-raised', at: when, data: { complaintId: 'm' } });
const settled = (when: string): StoryEvent => ({ type: 'complaint-resolved', at: when, data: { complaintId: 'm' } });
const recommended = (when: string): StoryEvent => ({ type: 'recommendation-made', at: when, data: { recommendationId: when } });
const agreed = (when: string, until?: string): StoryEvent => ({
  type: 'partnership-agreed',
  at: when,
  data: { agreementId: 'a', activeFrom: `${when}T00:00:00.000Z`, ...(until && { activeUntil: `${until}T00:00:00.000Z` }) },
});
const signed = (when: string, until?: string): StoryEvent => ({
  type: 'contract-signed',
  at: when,
  data: { dealId: 'd', contractId: 'k', activeFrom: `${when}T00:00:00.000Z`, ...(until && { activeUntil: `${until}T00:00:00.000Z` }) },
});
const withLadder = (effectiveFrom: string, change: Partial<LadderPolicy>, before = defaultPolicies): PolicyHistory =>
  applyPolicyEvent(before, {
    type: 'policy-published',
    data: {
      name: 'ladder',
      version: before.ladder.length + 1,
      effectiveFrom,
      document: { ...defaultPolicies.ladder[0]!.document, ...change },
    },
  });

const client = [registered, bought('2020-02-01'), bought('2020-03-01')];
const supporter = [...client, answered('2020-03-02', 'csat', 5)];
const advocate = [...supporter, recommended('2020-03-03')];
const partner = [...advocate, agreed('2020-03-04')];

describe('the ladder', () => {
  it('begins at the registration, on the lowest rung', () => {
    expect(at([registered], '2019-12-31T00:00:00.000Z')).toBeUndefined();
    expect(at([registered], '2020-06-01T00:00:00.000Z')).toMatchObject({
      rung: 'prospect',
      because: ['anna-0'],
      lapsesAt: null,
      missing: [{ code: 'purchase', rung: 'purchaser', lapsed: false }],
      policyVersion: 1,
    });
    expect(at([bought('2020-02-01')], '2020-06-01T00:00:00.000Z')).toBeUndefined();
  });

  it('climbs one condition after another, each because of events', () => {
    const rungs = ['2020-01-15', '2020-02-02', '2020-03-01', '2020-03-02', '2020-03-03', '2020-03-04'].map(
      (day) => at(partner, `${day}T12:00:00.000Z`)!,
    );
    expect(rungs.map(({ rung }) => rung)).toEqual(['prospect', 'purchaser', 'client', 'supporter', 'advocate', 'partner']);
    expect(rungs[2]!.because).toEqual(['anna-1', 'anna-2']);
    expect(rungs[5]!.because).toEqual(['anna-1', 'anna-2', 'anna-3', 'anna-4', 'anna-5']);
    expect(rungs.map(({ missing }) => missing.map(({ code }) => code))).toEqual([
      ['purchase'],
      ['purchase-days'],
      ['positive-attitude'],
      ['observed-act'],
      ['agreement-in-force'],
      [],
    ]);
    expect(rungs[1]!.missing[0]).toMatchObject({ facts: { have: 1, need: 2, withinDays: 365 }, instead: 'active-contract' });
  });

  it('needs every rung below: a recommendation makes no advocate of a prospect', () => {
    expect(rungAt([registered, recommended('2020-02-01'), agreed('2020-02-01')], '2020-03-01T00:00:00.000Z')).toBe('prospect');
  });

  it('counts purchase days, not purchases, and only those that are near one another', () => {
    expect(rungAt([registered, bought('2020-02-01', 'a'), bought('2020-02-01', 'b')], '2020-03-01T00:00:00.000Z')).toBe('purchaser');
    expect(rungAt([registered, bought('2020-02-01'), bought('2021-01-31')], '2021-03-01T00:00:00.000Z')).toBe('client');
    expect(rungAt([registered, bought('2020-02-01'), bought('2021-02-01')], '2021-03-01T00:00:00.000Z')).toBe('purchaser');
  });

  it('takes a client for one year after the last purchase, the last day included', () => {
    const { lapsesAt, lapsesTo } = at(client, '2020-06-01T00:00:00.000Z')!;
    expect([lapsesAt, lapsesTo]).toEqual(['2021-03-02T00:00:00.000Z', 'purchaser']);
    expect(rungAt(client, '2021-03-01T23:59:59.999Z')).toBe('client');
    expect(rungAt(client, '2021-03-02T00:00:00.000Z')).toBe('purchaser');
    expect(at(client, '2021-06-01T00:00:00.000Z')!.missing).toMatchObject([{ code: 'recent-purchase', facts: { notMoreThan: 365 } }]);
  });

  it('gives rare buyers twice their median interval', () => {
    const rare = [registered, bought('2020-01-01'), bought('2020-12-01'), bought('2021-11-01')];
    expect(at(rare, '2021-12-01T00:00:00.000Z')!.lapsesAt).toBe(plusDays('2021-11-02T00:00:00.000Z', 335 * 2));
  });

  it('takes an active contract for purchases, while it is active', () => {
    const contracted = [registered, bought('2020-02-01'), signed('2020-03-01', '2020-09-01')];
    expect(rungAt(contracted, '2020-08-31T23:59:59.999Z')).toBe('client');
    expect(at(contracted, '2020-04-01T00:00:00.000Z')).toMatchObject({
      because: ['anna-1', 'anna-2'],
      lapsesAt: '2020-09-01T00:00:00.000Z',
    });
    expect(rungAt(contracted, '2020-09-01T00:00:00.000Z')).toBe('purchaser');
    expect(rungAt([registered, signed('2020-03-01')], '2020-04-01T00:00:00.000Z')).toBe('prospect');
  });

  it('takes the last answer of each metric, and no unresolved complaint', () => {
    expect(rungAt([...supporter, answered('2020-04-01', 'csat', 2)], '2020-04-02T00:00:00.000Z')).toBe('client');
    expect(rungAt([...client, answered('2020-04-01', 'nps', 7)], '2020-04-02T00:00:00.000Z')).toBe('supporter');
    const angry = [...partner, complained('2020-05-01')];
    expect(at(angry, '2020-05-02T00:00:00.000Z')).toMatchObject({
      rung: 'client',
      missing: [{ code: 'complaint-resolved', facts: { complaints: ['m'] } }],
    });
    expect(rungAt([...angry, settled('2020-05-03')], '2020-05-04T00:00:00.000Z')).toBe('partner');
  });

  it('falls at once when events take the evidence away', () => {
    expect(rungAt([...partner, returned('2020-06-01', '2020-02-01')], '2020-06-02T00:00:00.000Z')).toBe('purchaser');
    expect(
      rungAt([...partner, returned('2020-06-01', '2020-02-01'), returned('2020-06-02', '2020-03-01')], '2020-06-03T00:00:00.000Z'),
    ).toBe('prospect');
    const ended: StoryEvent = { type: 'partnership-ended', at: '2020-06-01', data: { agreementId: 'a' } };
    expect(rungAt([...partner, ended], '2020-06-02T00:00:00.000Z')).toBe('advocate');
  });

  it('lets an end that is dated before its beginning take effect with it: clocks differ', () => {
    const noon = '2020-05-01T12:00:00.000Z';
    const angry = [...supporter, complained(noon), settled('2020-05-01T11:59:00.000Z')];
    expect(at(angry, noon)).toMatchObject({ rung: 'supporter', missing: [{ code: 'observed-act' }] });
    const ended: StoryEvent = { type: 'partnership-ended', at: '2020-03-03', data: { agreementId: 'a' } };
    expect(rungAt([...partner, ended], '2020-03-05T00:00:00.000Z')).toBe('advocate');
    const merged: StoryEvent = { type: 'customer-merged', at: noon, data: { into: 'b' } };
    const unmerged: StoryEvent = { type: 'customer-unmerged', at: '2020-05-01T11:59:00.000Z', data: { from: 'b' } };
    expect(rungAt([...client, merged, unmerged], noon)).toBe('client');
    expect(rungAt([...client, merged, unmerged, { ...merged, at: '2020-06-01' }], '2020-06-02T00:00:00.000Z')).toBeUndefined();
  });

  it('keeps a purchase active until all of it was returned', () => {
    const part = [...client, returned('2020-06-01', '2020-03-01', false, 60)];
    expect(rungAt(part, '2020-06-02T00:00:00.000Z')).toBe('client');
    const rest = [...part, returned('2020-07-01', '2020-03-01', true, 40)];
    expect(rungAt(rest, '2020-06-30T00:00:00.000Z')).toBe('client');
    expect(rungAt(rest, '2020-07-01T00:00:00.000Z')).toBe('purchaser');
  });

  it('lowers a partner who falls silent by one rung in ninety days', () => {
    const { steps } = at(partner, '2020-03-05T00:00:00.000Z')!;
    expect(steps.filter(({ cause }) => cause === 'time').map(({ from, rung }) => [from.slice(0, 10), rung])).toEqual([
      ['2021-03-02', 'advocate'],
      ['2021-05-31', 'supporter'],
      ['2021-08-29', 'client'],
      ['2021-11-27', 'purchaser'],
    ]);
    expect(at(partner, '2021-06-15T00:00:00.000Z')!.missing.map(({ code, lapsed }) => [code, lapsed])).toEqual([
      ['recent-purchase', true],
      ['positive-attitude', true],
    ]);
  });

  it('holds a rung again as soon as the evidence is renewed', () => {
    expect(rungAt([...partner, answered('2021-09-01', 'nps', 9), bought('2021-09-01')], '2021-09-01T00:00:00.000Z')).toBe('partner');
  });

  it('uses the policy in force then, from the instant that it says', () => {
    const stricter = withLadder('2020-06-01T00:00:00.000Z', { clientPurchaseDays: 3 });
    expect(rungAt(client, '2020-05-31T23:59:59.999Z', stricter)).toBe('client');
    expect(at(client, '2020-06-01T00:00:00.000Z', stricter)).toMatchObject({ rung: 'purchaser', policyVersion: 2 });
  });

  it('uses the higher version where it begins before one that was scheduled earlier', () => {
    const scheduled = withLadder('2020-09-01T00:00:00.000Z', { clientPurchaseDays: 3 });
    const mended = withLadder('2020-06-01T00:00:00.000Z', { clientPurchaseDays: 2 }, scheduled);
    expect(at(client, '2020-10-01T00:00:00.000Z', scheduled)).toMatchObject({ rung: 'purchaser', policyVersion: 2 });
    expect(at(client, '2020-10-01T00:00:00.000Z', mended)).toMatchObject({ rung: 'client', policyVersion: 3 });
  });

  it('takes a merge and its undoing for nothing, and a merge or an erasure for the end', () => {
    const merged: StoryEvent = { type: 'customer-merged', at: '2020-05-01', data: { into: 'b' } };
    const unmerged: StoryEvent = { type: 'customer-unmerged', at: '2020-06-01', data: { from: 'b' } };
    const erased: StoryEvent = { type: 'customer-erased', at: '2020-07-01', data: { reason: 'asked' } };
    const numbers = (story: readonly StoryEvent[]) =>
      contributionsOf(ladderProjection, fold(story.map((each, n) => ({ ...each, id: `${n}` }))), defaultPolicies);
    expect(numbers([...client, merged, unmerged])).toEqual(numbers(client));
    expect(rungAt([...client, merged], '2020-05-15T00:00:00.000Z')).toBeUndefined();
    expect(rungAt([...client, merged, unmerged], '2020-05-15T00:00:00.000Z')).toBeUndefined();
    expect(rungAt([...client, merged, unmerged], '2020-06-15T00:00:00.000Z')).toBe('client');
    expect(numbers([...client, erased]).reduce((sum, { series, amount }) => (series.measure === 'on-rung' ? sum + amount : sum), 0)).toBe(
      0,
    );
  });
});

describe('the ladder of a supplier', () => {
  const supplier: StoryEvent = { ...registered, data: { kind: 'organisation', role: 'supplier' } };
  const counts = (story: readonly StoryEvent[], until: string, policies = defaultPolicies) => {
    const found: Record<string, number> = {};
    for (const { series, day, amount } of contributionsOf(ladderProjection, fold(story), policies)) {
      const key = Object.values(series).join(' ');
      if (day <= until) found[key] = (found[key] ?? 0) + amount;
    }
    return Object.fromEntries(Object.entries(found).filter(([, amount]) => amount !== 0));
  };

  it('has no rung and no totals', () => {
    const story = [supplier, bought('2020-02-01'), bought('2020-03-01')];
    expect(at(story, '2020-06-01')).toBeUndefined();
    expect(counts(story, '2030-01-01')).toEqual({});
  });

  it('begins when the role becomes one of the policy, on the rung of all evidence, and ends when it is none any more', () => {
    const story = [
      supplier,
      bought('2020-02-01'),
      corrected('2020-02-15', 'public-body'),
      bought('2020-03-01'),
      corrected('2020-04-01', 'partner'),
    ];
    expect(rungAt(story, '2020-02-14T00:00:00.000Z')).toBeUndefined();
    expect(at(story, '2020-02-15T00:00:00.000Z')).toMatchObject({
      rung: 'purchaser',
      since: '2020-02-15T00:00:00.000Z',
      steps: [{ from: '2020-02-15T00:00:00.000Z', rung: 'purchaser', cause: 'event', because: ['anna-1', 'anna-2'] }],
    });
    expect(rungAt(story, '2020-03-31T00:00:00.000Z')).toBe('client');
    expect(rungAt(story, '2020-04-01T00:00:00.000Z')).toBeUndefined();
    expect(counts(story, '2020-02-14')).toEqual({});
    expect(counts(story, '2020-02-29')).toEqual({ 'on-rung purchaser': 1 });
    expect(counts(story, '2020-03-31')).toEqual({ 'on-rung client': 1, 'move purchaser client': 1 });
    expect(counts(story, '2020-04-01')).toEqual({ 'move purchaser client': 1 });
  });

  it('begins and ends with a version of the policy that lists the role or does not', () => {
    const partners = withLadder('2021-01-01T00:00:00.000Z', { roles: ['supplier'] });
    expect(counts([supplier], '2020-12-31', partners)).toEqual({});
    expect(counts([supplier], '2021-01-01', partners)).toEqual({ 'on-rung prospect': 1 });
    expect(counts([registered], '2020-12-31', partners)).toEqual({ 'on-rung prospect': 1 });
    expect(counts([registered], '2021-01-01', partners)).toEqual({});
    expect(rungAt([registered], '2021-01-01T00:00:00.000Z', partners)).toBeUndefined();
  });

  it('is that of a customer where a version says nothing of roles', () => {
    const { roles: _, ...former } = defaultPolicies.ladder[0]!.document;
    const history = { ...defaultPolicies, ladder: [{ ...defaultPolicies.ladder[0]!, document: former }] };
    expect(counts([supplier], '2021-01-01', history)).toEqual({});
    expect(counts([registered], '2021-01-01', history)).toEqual({ 'on-rung prospect': 1 });
  });
});

const day = fc.integer({ min: 1, max: 1500 }).map((n) => plusDays('2020-01-01T10:00:00.000Z', n));
const life = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: day.map((when) => bought(when)) },
    fc.tuple(day, fc.boolean()).map(([when, whole]) => returned(when, when, whole, 60)),
    fc.tuple(day, day).map(([when, id]) => returned(when, id)),
    fc
      .tuple(day, fc.constantFrom('csat', 'nps'), fc.integer({ min: 1, max: 5 }))
      .map(([when, metric, score]) => answered(when, metric, metric === 'nps' ? score * 2 : score)),
    day.map(complained),
    day.map(settled),
    day.map(recommended),
    fc.tuple(day, day).map(
      ([from, until]): StoryEvent => ({
        type: 'partnership-agreed',
        at: from,
        data: { agreementId: from, activeFrom: from, activeUntil: until },
      }),
    ),
    fc.tuple(day, day).map(
      ([from, until]): StoryEvent => ({
        type: 'contract-signed',
        at: from,
        data: { dealId: 'd', contractId: from, activeFrom: from, activeUntil: until },
      }),
    ),
  ),
  { maxLength: 30 },
);
const untied = (story: readonly StoryEvent[]): readonly StoryEvent[] =>
  [...story].map((each, n) => ({
    ...each,
    at: new Date(Date.parse(each.at.length === 10 ? `${each.at}T00:00:00.000Z` : each.at) + n).toISOString(),
  }));

describe('any life on the ladder', () => {
  const policies = withLadder('2022-01-01T00:00:00.000Z', { clientWithinDays: 200, supporterCsat: 5 });

  it('never falls more than one rung in 90 days by time alone', () => {
    fc.assert(
      fc.property(life, (story) => {
        const steps = rungTimeline(fold([registered, ...story]).evidence, policies);
        const falls = steps.flatMap(({ cause, from, rung }, i) =>
          cause === 'time' && rung < steps[i - 1]!.rung ? [{ from, by: steps[i - 1]!.rung - rung }] : [],
        );
        for (const [i, { from, by }] of falls.entries()) {
          expect(by).toBe(1);
          if (i > 0) expect(from - falls[i - 1]!.from).toBeGreaterThanOrEqual(90 * 86_400_000);
        }
      }),
    );
  });

  it('has every registered customer on exactly one rung on every day, the one that an evaluation of that day finds', () => {
    fc.assert(
      fc.property(life, fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 5, maxLength: 5 }), (story, days) => {
        const document = fold([registered, ...untied(story)]);
        const all = contributionsOf(ladderProjection, document, policies).filter(({ series }) => series.measure === 'on-rung');
        for (const n of days) {
          const until = plusDays('2020-01-01T23:59:59.999Z', n);
          const counts = new Map<string, number>();
          for (const { series, day: from, amount } of all)
            if (from <= until) counts.set(series.rung!, (counts.get(series.rung!) ?? 0) + amount);
          const on = [...counts].filter(([, amount]) => amount !== 0);
          expect(on).toEqual([
            [rungName(rungTimeline(document.evidence, policies).findLast(({ from }) => from <= Date.parse(until))!.rung), 1],
          ]);
          expect(ladderAt(document, policies, until)!.rung).toBe(on[0]![0]);
        }
      }),
    );
  });

  it('has whoever is of a role with a ladder, and nobody else, on the rung that an evaluation of that day finds', () => {
    const byRole = withLadder('2022-01-01T00:00:00.000Z', { roles: ['customer', 'partner'] });
    const roles = fc.uniqueArray(fc.tuple(day, fc.constantFrom(...customerRoles)), { maxLength: 4, selector: ([when]) => when });
    fc.assert(
      fc.property(life, roles, fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 5, maxLength: 5 }), (story, roles, days) => {
        const all = untied([registered, ...story, ...roles.map(([when, role]) => corrected(when, role))]);
        const contributions = contributionsOf(ladderProjection, fold(all), byRole);
        for (const n of days) {
          const until = plusDays('2020-01-01T23:59:59.999Z', n);
          const counts: Record<string, number> = {};
          for (const { series, day: from, amount } of contributions)
            if (series.measure === 'on-rung' && from <= until) counts[series.rung!] = (counts[series.rung!] ?? 0) + amount;
          const role =
            roles
              .filter(([when]) => when <= until)
              .sort()
              .at(-1)?.[1] ?? 'customer';
          const isOn = (until < '2022' ? ['customer', 'public-body'] : ['customer', 'partner']).includes(role);
          const rung = rungAt(all, until, byRole);
          expect(rung !== undefined).toBe(isOn);
          expect(Object.entries(counts).filter(([, amount]) => amount !== 0)).toEqual(isOn ? [[rung, 1]] : []);
        }
      }),
    );
  });

  it('yields the same rungs in whatever order late events are learned', () => {
    fc.assert(
      fc.property(life, fc.infiniteStream(fc.nat()), (story, keys) => {
        const named = untied([registered, ...story]).map((each, n) => ({ ...each, id: `e${n}` }));
        const order = named.map((each) => ({ each, key: keys.next().value })).sort((a, b) => a.key - b.key);
        const late = order.map(({ each }) => ({ ...each, known: '2030-01-01' }));
        const timeline = (all: readonly DomainEvent[]) => rungTimeline(all.reduce(apply, init('anna')).evidence, policies);
        expect(timeline(storyOf('anna', late))).toEqual(timeline(storyOf('anna', named)));
      }),
    );
  });

  it('is the same whether purchases are taken by blocks or one by one', () => {
    const hours = fc.array(fc.oneof({ weight: 30, arbitrary: fc.nat(60) }, { weight: 1, arbitrary: fc.nat(10_000) }), {
      minLength: 300,
      maxLength: 600,
      size: 'max',
    });
    fc.assert(
      fc.property(hours, life, (gaps, story) => {
        let hour = 0;
        const purchases = gaps.map((gap, n) => {
          hour += gap;
          return bought(new Date(Date.UTC(2020, 2, 1, hour)).toISOString(), `many-${n}`);
        });
        // Returned is nothing, for then purchases are looked up one by one anyway.
        const { evidence } = fold([registered, ...story.filter(({ type }) => type !== 'purchase-returned'), ...purchases]);
        expect(evidence.length).toBeGreaterThan(2);
        expect(rungTimeline(evidence, policies)).toEqual(rungTimeline([evidence.flat()], policies));
      }),
      { numRuns: 50 },
    );
  });
});
