import { defaultPolicies, type LadderPolicy, type PolicyHistory } from '#relationship';
import { type StoryEvent, storyOf } from '#testing/customer-story.js';
import { plusDays } from '../days.js';
import { contributionsOf } from '../derived.js';
import { foldCustomer } from '../fold.js';
import { ladderAt } from './ladder-at.js';
import { ladderProjection } from './projection.js';
import { rungTimeline } from './rung-timeline.js';
import { rungName } from './rungs.js';

const folded = (story: readonly StoryEvent[], asOf?: string) =>
  foldCustomer(ladderProjection, storyOf('anna', story), asOf === undefined ? {} : { asOf })!;
const midnight = (day: string) => `${day}T00:00:00.000Z`;
/** As of the end of a day. */
const on = (day: string, story: readonly StoryEvent[], policies = defaultPolicies) => {
  const end = `${day}T23:59:59.999Z`;
  return ladderAt(folded(story, end), policies, end)!;
};
const withLadder = (change: Partial<LadderPolicy>): PolicyHistory => {
  const [first] = defaultPolicies.ladder;
  return { ...defaultPolicies, ladder: [{ ...first!, document: { ...first!.document, ...change } }] };
};

const registered: StoryEvent = { type: 'customer-registered', at: '2020-01-01', id: 'reg', data: { kind: 'person', role: 'customer' } };
const bought = (at: string, id: string): StoryEvent => ({
  type: 'purchase-recorded',
  at,
  id,
  data: { purchaseId: id, item: 'x', quantity: 1, amount: { minor: 100, currency: 'EUR' } },
});
const returned = (at: string, purchaseId: string): StoryEvent => ({
  type: 'purchase-returned',
  at,
  id: `${purchaseId}-back`,
  data: { purchaseId, amount: { minor: 100, currency: 'EUR' }, whole: true },
});
const answered = (at: string, metric: string, score: number, id: string): StoryEvent => ({
  type: 'satisfaction-answered',
  at,
  id,
  data: { answerId: id, metric, score },
});
const recommended = (at: string): StoryEvent => ({ type: 'recommendation-made', at, id: 'act', data: { recommendationId: 'r' } });
const agreed = (at: string, from: string, until?: string): StoryEvent => ({
  type: 'partnership-agreed',
  at,
  id: 'agreed',
  data: { agreementId: 'a', activeFrom: midnight(from), ...(until && { activeUntil: midnight(until) }) },
});
const signed = (at: string, from: string, until?: string): StoryEvent => ({
  type: 'contract-signed',
  at,
  id: 'signed',
  data: { dealId: 'd', contractId: 'k', activeFrom: midnight(from), ...(until && { activeUntil: midnight(until) }) },
});

const client = [registered, bought('2020-02-01', 'p1'), bought('2020-03-01', 'p2')];
const supporter = [...client, answered('2020-03-02', 'csat', 4, 'csat')];
const partner = [...supporter, recommended('2020-03-03'), agreed('2020-03-04', '2020-03-04')];

describe('what carries a rung', () => {
  it('are the first purchase, the latest purchase days near one another, and the last purchase of all', () => {
    const story = [
      registered,
      bought('2020-01-10', 'first'),
      bought('2021-06-01', 'alone'),
      bought('2023-02-01', 'near'),
      bought('2023-03-01', 'nearer'),
      bought('2023-03-01', 'same-day'),
      bought('2023-03-01', 'last'),
    ];
    expect(on('2023-03-02', story).because).toEqual(['first', 'near', 'nearer', 'last']);
    expect(on('2024-12-01', [...story, bought('2024-12-01', 'late')]).because).toEqual(['first', 'near', 'nearer', 'late']);
    expect(on('2020-01-05', story).because).toEqual(['reg']);
  });

  it('is the contract where the purchases alone no longer make a client', () => {
    const story = [...client, signed('2020-04-01', '2020-04-01')];
    expect(on('2021-03-01', story)).toMatchObject({ rung: 'client', because: ['p1', 'p2'] });
    expect(on('2021-03-02', story)).toMatchObject({ rung: 'client', because: ['p1', 'signed'] });
  });

  it('is the positive answer, CSAT of 4 or NPS of 7 at least; one that is fresh before one that is not', () => {
    const nps = (score: number) => on('2020-03-03', [...client, answered('2020-03-02', 'nps', score, 'nps')]);
    const csat = (score: number) => on('2020-03-03', [...client, answered('2020-03-02', 'csat', score, 'csat')]);
    expect([nps(6).rung, csat(3).rung]).toEqual(['client', 'client']);
    expect(nps(7)).toMatchObject({ rung: 'supporter', because: ['p1', 'p2', 'nps'] });
    expect(csat(4)).toMatchObject({ rung: 'supporter', because: ['p1', 'p2', 'csat'] });
    const both = (csat: number, score: number, day: string) =>
      on(day, [
        ...client,
        answered('2020-03-02', 'csat', csat, 'csat'),
        answered('2020-09-01', 'nps', score, 'nps'),
        bought('2021-02-01', 'p3'),
      ]).because;
    expect(both(5, 9, '2021-03-02')).toEqual(['p1', 'p2', 'p3', 'csat']);
    expect(both(5, 9, '2021-03-03').at(-1)).toBe('nps');
    expect(both(2, 9, '2020-09-02').at(-1)).toBe('nps');
    expect(both(5, 2, '2020-09-02').at(-1)).toBe('csat');
  });

  it('is every rung in its turn up to a partner', () => {
    expect(on('2020-03-05', partner).steps).toEqual(
      [
        ['2020-01-01', 'prospect', 'event', ['reg']],
        ['2020-02-01', 'purchaser', 'event', ['p1']],
        ['2020-03-01', 'client', 'event', ['p1', 'p2']],
        ['2020-03-02', 'supporter', 'event', ['p1', 'p2', 'csat']],
        ['2020-03-03', 'advocate', 'event', ['p1', 'p2', 'csat', 'act']],
        ['2020-03-04', 'partner', 'event', ['p1', 'p2', 'csat', 'act', 'agreed']],
        ['2021-03-02', 'advocate', 'time', ['p1', 'p2', 'csat', 'act']],
        ['2021-05-31', 'supporter', 'time', ['p1', 'p2', 'csat']],
        ['2021-08-29', 'client', 'time', ['p1', 'p2']],
        ['2021-11-27', 'purchaser', 'time', ['p1']],
      ].map(([from, rung, cause, because]) => ({ from: midnight(from as string), rung, cause, because })),
    );
  });
});

describe('what is missing', () => {
  const missing = (day: string, story: readonly StoryEvent[]) => on(day, story).missing;

  it('says how far one is from the next rung', () => {
    expect(missing('2020-01-02', [registered])).toEqual([
      { code: 'purchase', rung: 'purchaser', lapsed: false, facts: { have: 0, need: 1 } },
    ]);
    const days = { rung: 'client', code: 'purchase-days', lapsed: false, instead: 'active-contract' };
    const once = [registered, bought('2020-02-01', 'p1')];
    expect(missing('2021-01-31', once)).toEqual([{ ...days, facts: { have: 1, need: 2, withinDays: 365 } }]);
    expect(missing('2021-02-01', once)).toEqual([{ ...days, facts: { have: 0, need: 2, withinDays: 365 } }]);
    expect(missing('2020-03-05', partner.slice(0, 4))).toEqual([
      {
        code: 'observed-act',
        rung: 'advocate',
        lapsed: false,
        facts: { need: 'a referral that converted, a recommendation or a published review' },
      },
    ]);
    expect(missing('2020-03-05', partner)).toEqual([]);
  });

  it('names the last answers and what is asked of them', () => {
    const attitude = (answers: readonly StoryEvent[]) => missing('2020-03-05', [...client, ...answers]);
    const asked = { csatAtLeast: 4, npsAtLeast: 7, withinDays: 365 };
    expect(attitude([])).toEqual([
      { code: 'positive-attitude', rung: 'supporter', lapsed: false, facts: { ...asked, lastCsat: null, lastNps: null } },
    ]);
    expect(attitude([answered('2020-03-02', 'csat', 3, 'csat'), answered('2020-03-02', 'nps', 6, 'nps')])).toMatchObject([
      { facts: { ...asked, lastCsat: 3, lastNps: 6 } },
    ]);
    const angry: StoryEvent = { type: 'complaint-raised', at: '2020-03-04', data: { complaintId: 'm' } };
    for (const positive of [answered('2020-03-02', 'csat', 4, 'csat'), answered('2020-03-02', 'nps', 7, 'nps')])
      expect(attitude([positive, angry]).map(({ code }) => code)).toEqual(['complaint-resolved']);
  });

  it('counts the days since the last purchase, and takes a contract instead', () => {
    expect(missing('2021-03-12', client)).toEqual([
      {
        code: 'recent-purchase',
        rung: 'client',
        lapsed: true,
        facts: { daysSinceLast: 376, notMoreThan: 365 },
        instead: 'active-contract',
      },
    ]);
  });
});

describe('a rung', () => {
  it('is held on the last day of the limit, whatever else happens that day', () => {
    const act = (day: string) => on(day, [...client, recommended(`${day}T12:00:00.000Z`)]).rung;
    expect([act('2021-03-01'), act('2021-03-02')]).toEqual(['client', 'purchaser']);
    const rare = [registered, bought('2020-01-01', 'p1'), bought('2020-12-01', 'p2'), bought('2021-11-01', 'p3')];
    const late = (day: string) => on(day, [...rare, recommended(`${day}T12:00:00.000Z`)]).rung;
    expect([late('2023-09-02'), late('2023-09-03')]).toEqual(['client', 'purchaser']);
  });

  it('lasts as long as the attitude is fresh, twelve months', () => {
    for (const answer of [answered('2020-03-02', 'csat', 5, 'answer'), answered('2020-03-02', 'nps', 10, 'answer')]) {
      const story = [...client, answer, bought('2021-02-01', 'p3')];
      expect(on('2021-02-02', story)).toMatchObject({ rung: 'supporter', lapsesAt: '2021-03-03T00:00:00.000Z', lapsesTo: 'client' });
      expect(on('2021-03-02', [...story, bought('2021-03-02', 'p4')]).rung).toBe('supporter');
      expect(on('2021-03-03', story)).toMatchObject({ rung: 'client', missing: [{ code: 'positive-attitude', lapsed: true }] });
    }
  });

  it('by a contract or an agreement begins when that is in force, and ends by time, one rung', () => {
    const contracted = [registered, bought('2020-02-01', 'p1'), signed('2020-03-01', '2020-04-01', '2020-09-01')];
    expect(on('2020-03-31', contracted)).toMatchObject({ rung: 'purchaser', lapsesAt: null, lapsesTo: null });
    expect(on('2020-03-31', contracted).missing).toMatchObject([{ code: 'purchase-days', lapsed: false }]);
    expect(on('2020-04-01', contracted)).toMatchObject({ rung: 'client', since: midnight('2020-04-01'), lapsesAt: midnight('2020-09-01') });
    expect(on('2020-09-01', contracted)).toMatchObject({ rung: 'purchaser', missing: [{ code: 'purchase-days', lapsed: true }] });
    const allied = [...partner.slice(0, 5), agreed('2020-03-04', '2020-05-01', '2020-08-01')];
    expect(on('2020-04-30', allied)).toMatchObject({ rung: 'advocate', missing: [{ code: 'agreement-in-force', lapsed: false }] });
    expect(on('2020-05-01', allied)).toMatchObject({ rung: 'partner', lapsesAt: midnight('2020-08-01'), lapsesTo: 'advocate' });
    expect(on('2020-08-01', allied)).toMatchObject({ rung: 'advocate', missing: [{ code: 'agreement-in-force', lapsed: true }] });
  });

  it('is still carried by what lapsed until ninety days after the fall before', () => {
    const allied = [...partner.slice(0, 5), agreed('2020-03-04', '2020-03-04', '2021-02-15')];
    // The agreement takes one rung; two weeks later purchases and attitude lapse as well.
    expect(on('2021-03-20', allied)).toMatchObject({
      rung: 'advocate',
      because: ['p1', 'p2', 'csat', 'act'],
      lapsesAt: plusDays(midnight('2021-02-15'), 90),
    });
  });

  it('falls at once and all the way when events take the evidence away', () => {
    expect(on('2020-04-01', [...partner, answered('2020-04-01', 'csat', 2, 'bad')])).toMatchObject({ rung: 'client' });
    const contracted = [registered, bought('2020-02-01', 'p1'), signed('2020-03-01', '2020-03-01'), returned('2020-04-01', 'p1')];
    expect(on('2020-04-01', contracted)).toMatchObject({ rung: 'prospect', because: ['reg'], steps: { length: 4 } });
    expect(on('2020-04-01', contracted).steps.at(-1)).toMatchObject({ cause: 'event', from: midnight('2020-04-01') });
    const ended: StoryEvent = { type: 'partnership-ended', at: '2020-04-01', data: { agreementId: 'a' } };
    expect(on('2020-04-01', [...partner, ended]).steps.find(({ from }) => from === midnight('2020-04-01'))).toMatchObject({
      rung: 'advocate',
      cause: 'event',
    });
  });

  it('needs an answer where NPS of 0 is asked for, and an act of recommending another', () => {
    expect(on('2020-04-01', client, withLadder({ supporterNps: 0 })).rung).toBe('client');
    const referral = (referredCustomerId: string): StoryEvent => ({
      type: 'referral-converted',
      at: '2020-04-01',
      data: { referralId: 'r', referredCustomerId },
    });
    expect(on('2020-04-01', [...supporter, referral('boris')]).rung).toBe('advocate');
    expect(on('2020-04-01', [...supporter, referral('anna')]).rung).toBe('supporter');
  });

  it('counts a purchase day as long as one of its purchases is not returned, and no purchase whose return is dated before it', () => {
    const twice = [...client, bought('2020-03-01', 'p3')];
    expect(on('2020-05-01', [...twice, returned('2020-04-01', 'p3')]).rung).toBe('client');
    expect(on('2020-05-01', [...twice, returned('2020-04-01', 'p2')]).because).toEqual(['p1', 'p3']);
    expect(on('2020-05-01', [...twice, returned('2020-04-01', 'p2'), returned('2020-04-02', 'p3')]).rung).toBe('purchaser');
    expect(on('2020-05-01', [registered, returned('2020-01-31', 'p1'), bought('2020-02-01', 'p1')]).rung).toBe('prospect');
  });

  it('lapses after twice the median interval, of an even number of intervals the mean of the middle two', () => {
    const lapse = (days: readonly number[]) => {
      const story = [registered, ...days.map((n) => bought(plusDays(midnight('2020-01-01'), n), `p${n}`))];
      const last = plusDays(midnight('2020-01-01'), days.at(-1)!);
      const { rung, lapsesAt } = on(last.slice(0, 10), story);
      return [rung, (Date.parse(lapsesAt!) - Date.parse(last)) / 86_400_000];
    };
    expect(lapse([0, 300, 400, 800])).toEqual(['client', 2 * 300 + 1]);
    expect(lapse([0, 400, 500, 650, 1150])).toEqual(['client', 2 * ((150 + 400) / 2) + 1]);
    expect(lapse([0, 100, 200, 300])).toEqual(['client', 365 + 1]);
  });

  it('is first shown at the registration, of one who bought before', () => {
    const story = [
      { ...bought('2020-01-15', 'early'), known: '2020-02-01' },
      { ...registered, at: '2020-02-01' },
    ];
    expect(on('2020-02-01', story).steps).toEqual([
      { from: midnight('2020-02-01'), rung: 'purchaser', cause: 'event', because: ['early'] },
    ]);
    expect(rungTimeline(folded(story.slice(0, 1)).evidence, defaultPolicies)).toEqual([]);
  });
});

describe('who is on a rung', () => {
  const counted = (story: readonly StoryEvent[]) =>
    contributionsOf(ladderProjection, folded(story), defaultPolicies).map(
      ({ series: { measure, rung, from, to }, day, amount, events }) =>
        [measure === 'move' ? `${from} to ${to}` : rung, day, amount, events] as const,
    );

  it('is counted from the day of the events that made the step, which the move names beside what carries the rung', () => {
    expect(counted(client).slice(0, 7)).toEqual([
      ['prospect', '2020-01-01', 1, ['reg']],
      ['purchaser', '2020-02-01', 1, ['p1']],
      ['prospect', '2020-02-01', -1, ['p1']],
      ['prospect to purchaser', '2020-02-01', 1, ['p1']],
      ['client', '2020-03-01', 1, ['p1', 'p2']],
      ['purchaser', '2020-03-01', -1, ['p2']],
      ['purchaser to client', '2020-03-01', 1, ['p2', 'p1']],
    ]);
  });

  it('is counted down with the evidence that lapsed, and by an event with that event', () => {
    expect(counted(client).slice(7)).toEqual([
      ['purchaser', '2021-03-02', 1, ['p1']],
      ['client', '2021-03-02', -1, ['p2']],
      ['client to purchaser', '2021-03-02', 1, ['p2', 'p1']],
    ]);
    expect(counted([...client, returned('2020-04-01', 'p2')]).slice(-3)).toEqual([
      ['purchaser', '2020-04-01', 1, ['p1']],
      ['client', '2020-04-01', -1, ['p2-back']],
      ['client to purchaser', '2020-04-01', 1, ['p2-back', 'p1']],
    ]);
  });

  it('is nobody from an erasure or a merge on, whatever would have lapsed or happened then', () => {
    const erased: StoryEvent = { type: 'customer-erased', at: '2020-03-01', id: 'gone', data: { reason: 'asked' } };
    expect(counted([...client, erased]).slice(-2)).toEqual([
      ['prospect to purchaser', '2020-02-01', 1, ['p1']],
      ['purchaser', '2020-03-01', -1, ['gone']],
    ]);
    expect(counted([...client, { ...erased, at: '2020-07-01' }]).slice(-2)).toEqual([
      ['purchaser to client', '2020-03-01', 1, ['p2', 'p1']],
      ['client', '2020-07-01', -1, ['gone']],
    ]);
    expect(counted([erased])).toEqual([]);
  });
});

describe('many purchases', () => {
  it('come to the same by blocks as one by one', () => {
    const days = Array.from({ length: 700 }, (_, n) => plusDays(midnight('2020-01-02'), Math.floor((n * 7) / 3) + (n > 600 ? 500 : 0)));
    const purchases = days.map((day, n) => bought(day, `p${n}`));
    for (const more of [[], [answered('2021-01-01', 'csat', 5, 'csat')], [returned('2022-01-01', 'p300')]]) {
      const { evidence } = folded([registered, ...purchases, ...more]);
      expect(evidence.length).toBeGreaterThan(2);
      const steps = rungTimeline(evidence, defaultPolicies);
      expect(steps).toEqual(rungTimeline([evidence.flat()], defaultPolicies));
      expect(steps.map(({ rung }) => rungName(rung)).slice(0, 3)).toEqual(['prospect', 'purchaser', 'client']);
    }
  });
});
