import { describe, it } from '@jest/globals';
import { customer, eur, given, happened, registered, usd, usualContext } from '#testing/relationship-specification.js';
import { applyPolicyEvent } from '../policies/events.js';
import { defaultPolicies } from '../policies/policy.js';
import type { RelationshipEvent } from '../slices.js';

const opened = (more: object = {}): RelationshipEvent => ({
  type: 'deal-opened',
  data: { dealId: 'd', funnelVersion: 1, stage: 'lead', ...more },
});
const won: RelationshipEvent = { type: 'deal-won', data: { dealId: 'd', from: 'lead', amount: eur(100) } };
const lost: RelationshipEvent = { type: 'deal-lost', data: { dealId: 'd', reason: 'price', reasonsVersion: 1, stage: 'proposal' } };
const strictFunnel = { stages: ['one', 'two', 'three'], maySkip: false, mayGoBack: false };
/** The funnel became another one in the middle of the year. */
const policies = applyPolicyEvent(defaultPolicies, {
  type: 'policy-published',
  data: { name: 'funnel', version: 2, effectiveFrom: '2026-07-01T00:00:00.000Z', document: strictFunnel },
});

const moves = [
  { name: 'enter-stage', body: { dealId: 'd', stage: 'proposal' } },
  { name: 'change-deal-value', body: { dealId: 'd', to: eur(5) } },
  { name: 'make-proposal', body: { dealId: 'd' } },
  { name: 'win-deal', body: { dealId: 'd', amount: eur(5) } },
  { name: 'lose-deal', body: { dealId: 'd', reason: 'price' } },
] as const;

describe('opening a deal', () => {
  it('begins at the first stage of the funnel in force', () => {
    customer()
      .when({ name: 'open-deal', body: { dealId: 'd' } })
      .decides(opened());
    customer()
      .when({ name: 'open-deal', body: { dealId: 'd' } }, { policies })
      .decides(opened({ funnelVersion: 2, stage: 'one' }));
  });
  it('goes by the funnel of its own day when it is recorded late', () => {
    customer()
      .when({ name: 'open-deal', body: { dealId: 'd' } }, { policies, occurredAt: '2026-03-01T00:00:00.000Z' })
      .decides(opened());
  });
  it('keeps everything that was said of it', () => {
    const said = {
      title: 't',
      stage: 'contract',
      acquisition: { source: 'fair' },
      expectedValue: eur(5),
      products: [{ product: 'p', quantity: 0.5 }],
      curatorId: 'c',
      labels: { a: 'b' },
    };
    customer()
      .when({ name: 'open-deal', body: { dealId: 'd', ...said } })
      .decides(opened(said));
  });
  it('rejects an id that is used', () =>
    customer(opened())
      .when({ name: 'open-deal', body: { dealId: 'd' } })
      .isRejected('deal-id-taken'));
  it('rejects a stage that the funnel does not have', () => {
    customer()
      .when({ name: 'open-deal', body: { dealId: 'd', stage: 'dreams' } })
      .isRejected('stage-not-allowed', { stage: 'dreams' });
  });
  it('rejects a value without a currency, or below zero', () => {
    customer()
      .when({ name: 'open-deal', body: { dealId: 'd', expectedValue: { minor: 1, currency: '' } } })
      .isRejected('currency-missing');
    customer()
      .when({ name: 'open-deal', body: { dealId: 'd', expectedValue: eur(-1) } })
      .isRejected('amount-negative', { minor: -1 });
  });
});

describe('a deal that does not exist', () => {
  it.each([
    ...moves,
    { name: 'sign-contract', body: { dealId: 'd', contractId: 'c' } },
    { name: 'reopen-deal', body: { dealId: 'd' } },
  ] as const)('rejects $name', (command) => {
    customer().when(command).isRejected('deal-unknown', { id: 'd' });
  });
});

describe('a closed deal', () => {
  it.each(moves)('rejects $name', (command) => {
    customer(opened(), won).when(command).isRejected('deal-closed', { status: 'won' });
    customer(opened(), lost).when(command).isRejected('deal-closed', { status: 'lost' });
  });
  it('moves again once it was reopened', () => {
    customer(opened(), lost, { type: 'deal-reopened', data: { dealId: 'd', stage: 'proposal' } })
      .when({ name: 'enter-stage', body: { dealId: 'd', stage: 'contract' } })
      .decides({ type: 'deal-stage-entered', data: { dealId: 'd', from: 'proposal', stage: 'contract' } });
  });
});

describe('the stages of a deal', () => {
  const enter = (stage: string) => ({ name: 'enter-stage', body: { dealId: 'd', stage } }) as const;
  const strict = (stage: string) => customer(opened({ funnelVersion: 2, stage }));

  it('are entered, over others and back where the funnel allows it', () => {
    customer(opened())
      .when(enter('contract'))
      .decides({ type: 'deal-stage-entered', data: { dealId: 'd', from: 'lead', stage: 'contract' } });
    customer(opened({ stage: 'contract' }))
      .when(enter('lead'))
      .decides({ type: 'deal-stage-entered', data: { dealId: 'd', from: 'contract', stage: 'lead' } });
  });
  it('are not passed over where the funnel does not allow it', () =>
    strict('one').when(enter('three'), { policies }).isRejected('stage-not-allowed', { stage: 'three' }));
  it('are not gone back where the funnel does not allow it', () =>
    strict('two').when(enter('one'), { policies }).isRejected('stage-not-allowed'));
  it('are entered one by one in a strict funnel', () => {
    strict('one')
      .when(enter('two'), { policies })
      .decides({ type: 'deal-stage-entered', data: { dealId: 'd', from: 'one', stage: 'two' } });
  });
  it('are those of the funnel that the deal was opened with', () => {
    customer(opened()).when(enter('two'), { policies }).isRejected('stage-not-allowed');
    customer(opened())
      .when(enter('proposal'), { policies })
      .decides({ type: 'deal-stage-entered', data: { dealId: 'd', from: 'lead', stage: 'proposal' } });
  });
  it('are not entered twice', () => customer(opened()).when(enter('lead')).decidesNothing());
});

describe('a deal of which something is learned late', () => {
  const entered = (stage: string): RelationshipEvent => ({ type: 'deal-stage-entered', data: { dealId: 'd', from: 'lead', stage } });
  const valued = (minor: number): RelationshipEvent => ({ type: 'deal-value-changed', data: { dealId: 'd', to: eur(minor) } });
  const enter = (stage: string) => ({ name: 'enter-stage', body: { dealId: 'd', stage } }) as const;
  const lose = { name: 'lose-deal', body: { dealId: 'd', reason: 'price' } } as const;
  const [january, february, march] = ['2026-01-01T00:00:00.000Z', '2026-02-01T00:00:00.000Z', '2026-03-01T00:00:00.000Z'];
  const late = given(
    registered,
    happened(opened({ expectedValue: eur(500) }), january),
    happened(entered('proposal'), march),
    happened(valued(900), march),
    happened(entered('qualified'), february),
    happened(valued(700), february),
  );

  it('stands where it stood last, not where it was said last to have stood', () => {
    late.when(enter('proposal')).decidesNothing();
    late.when({ name: 'change-deal-value', body: { dealId: 'd', to: eur(900) } }).decidesNothing();
    late.when(lose).decides({
      type: 'deal-lost',
      data: { dealId: 'd', reason: 'price', reasonsVersion: 1, stage: 'proposal', value: eur(900) },
    });
  });
  it('is judged by what stood at the time of the event', () => {
    const occurredAt = '2026-02-15T00:00:00.000Z';
    late.when(enter('contract'), { occurredAt }).decides({
      type: 'deal-stage-entered',
      data: { dealId: 'd', from: 'qualified', stage: 'contract' },
    });
    late
      .when({ name: 'change-deal-value', body: { dealId: 'd', to: eur(1) } }, { occurredAt })
      .decides({ type: 'deal-value-changed', data: { dealId: 'd', from: eur(700), to: eur(1) } });
    late.when(lose, { occurredAt }).decides({
      type: 'deal-lost',
      data: { dealId: 'd', reason: 'price', reasonsVersion: 1, stage: 'qualified', value: eur(700) },
    });
    late
      .when({ name: 'win-deal', body: { dealId: 'd', amount: eur(1) } }, { occurredAt })
      .decides({ type: 'deal-won', data: { dealId: 'd', from: 'qualified', amount: eur(1) } });
  });
  it('takes in a strict funnel the step before one that is known already', () => {
    const strict = { funnelVersion: 2, stage: 'one' };
    given(registered, happened(opened(strict), january), happened(entered('two'), february), happened(entered('three'), march))
      .when(enter('two'), { policies, occurredAt: '2026-01-15T00:00:00.000Z' })
      .decides({ type: 'deal-stage-entered', data: { dealId: 'd', from: 'one', stage: 'two' } });
  });
  it('continues from stages that are dated before its opening', () => {
    const strict = happened(opened({ funnelVersion: 2, stage: 'one' }), february);
    const before = given(registered, strict, happened(entered('two'), january));
    before.when(enter('two'), { policies, occurredAt: january }).decidesNothing();
    before.when(enter('three'), { policies }).decides({ type: 'deal-stage-entered', data: { dealId: 'd', from: 'two', stage: 'three' } });
    given(registered, strict)
      .when(lose, { occurredAt: january })
      .decides({ type: 'deal-lost', data: { dealId: 'd', reason: 'price', reasonsVersion: 1, stage: 'one' } });
  });
});

describe('the money of a deal', () => {
  const value = (to: ReturnType<typeof eur>) => ({ name: 'change-deal-value', body: { dealId: 'd', to } }) as const;

  it('changes from what it was', () => {
    customer(opened({ expectedValue: eur(1) }))
      .when(value(eur(2)))
      .decides({ type: 'deal-value-changed', data: { dealId: 'd', from: eur(1), to: eur(2) } });
    customer(opened())
      .when(value(eur(2)))
      .decides({ type: 'deal-value-changed', data: { dealId: 'd', to: eur(2) } });
  });
  it('does not change to what it is', () =>
    customer(opened({ expectedValue: eur(1) }))
      .when(value(eur(1)))
      .decidesNothing());
  it('is not below zero', () =>
    customer(opened())
      .when(value(eur(-2)))
      .isRejected('amount-negative'));

  const first: readonly (readonly [string, RelationshipEvent])[] = [
    ['its expected value', { type: 'deal-value-changed', data: { dealId: 'd', to: eur(1) } }],
    ['a proposal', { type: 'proposal-made', data: { dealId: 'd', amount: eur(1) } }],
    [
      'a contract',
      { type: 'contract-signed', data: { dealId: 'd', contractId: 'c', activeFrom: '2026-01-01T00:00:00.000Z', amount: eur(1) } },
    ],
  ];
  it.each(first)('stays in the currency of the first amount, be it %s', (_, event) => {
    const deal = customer(opened(), event);
    deal.when(value(usd(1))).isRejected('currency-mixed', { expected: 'EUR', given: 'USD' });
    deal.when({ name: 'make-proposal', body: { dealId: 'd', amount: usd(1) } }).isRejected('currency-mixed');
    deal.when({ name: 'sign-contract', body: { dealId: 'd', contractId: 'c2', amount: usd(1) } }).isRejected('currency-mixed');
    deal.when({ name: 'win-deal', body: { dealId: 'd', amount: usd(1) } }).isRejected('currency-mixed');
  });
  it('is of one currency within a win', () => {
    customer(opened())
      .when({ name: 'win-deal', body: { dealId: 'd', amount: eur(1), cost: usd(1) } })
      .isRejected('currency-mixed');
  });
  it('keeps its currency after a win that was undone', () => {
    customer(opened(), won, { type: 'deal-reopened', data: { dealId: 'd', stage: 'lead' } })
      .when(value(usd(1)))
      .isRejected('currency-mixed');
  });
});

describe('proposals and contracts', () => {
  it('are recorded', () => {
    customer(opened())
      .when({ name: 'make-proposal', body: { dealId: 'd', amount: eur(1), note: 'n' } })
      .decides({ type: 'proposal-made', data: { dealId: 'd', amount: eur(1), note: 'n' } });
    customer(opened())
      .when({
        name: 'sign-contract',
        body: { dealId: 'd', contractId: 'c', activeFrom: '2026-12-01T00:00:00Z', activeUntil: '2027-12-01T00:00:00Z', amount: eur(9) },
      })
      .decides({
        type: 'contract-signed',
        data: {
          dealId: 'd',
          contractId: 'c',
          activeFrom: '2026-12-01T00:00:00.000Z',
          activeUntil: '2027-12-01T00:00:00.000Z',
          amount: eur(9),
        },
      });
  });
  it('a contract holds from its signature where nothing else is said', () => {
    customer(opened(), won)
      .when({ name: 'sign-contract', body: { dealId: 'd', contractId: 'c' } })
      .decides({ type: 'contract-signed', data: { dealId: 'd', contractId: 'c', activeFrom: usualContext.occurredAt } });
  });
  it('a contract is not signed for a lost deal', () => {
    customer(opened(), lost)
      .when({ name: 'sign-contract', body: { dealId: 'd', contractId: 'c' } })
      .isRejected('deal-closed', { status: 'lost' });
  });
  it('a contract is not signed twice', () => {
    customer(opened(), { type: 'contract-signed', data: { dealId: 'd', contractId: 'c', activeFrom: '2026-01-01T00:00:00.000Z' } })
      .when({ name: 'sign-contract', body: { dealId: 'd', contractId: 'c' } })
      .isRejected('contract-id-taken');
  });
  it.each(['activeFrom', 'activeUntil'])('a contract has no %s on a day that does not exist', (member) => {
    customer(opened())
      .when({ name: 'sign-contract', body: { dealId: 'd', contractId: 'c', [member]: '2027-02-30T00:00:00Z' } })
      .isRejected('instant-impossible');
  });
  it('a proposal is of an amount that is 0 or more', () => {
    customer(opened())
      .when({ name: 'make-proposal', body: { dealId: 'd', amount: eur(-1) } })
      .isRejected('amount-negative', { minor: -1 });
  });
  it('a contract does not end before it begins', () => {
    customer(opened())
      .when({ name: 'sign-contract', body: { dealId: 'd', contractId: 'c', activeUntil: '2020-01-01T00:00:00Z' } })
      .isRejected('period-reversed');
  });
});

describe('winning a deal', () => {
  it('keeps the amount, the cost and the stage that it was won from', () => {
    customer(opened())
      .when({ name: 'win-deal', body: { dealId: 'd', amount: eur(100), cost: eur(60), note: 'n' } })
      .decides({ type: 'deal-won', data: { dealId: 'd', from: 'lead', amount: eur(100), cost: eur(60), note: 'n' } });
  });
  it('is accepted from before the deal was opened: late events are normal', () => {
    customer(opened())
      .when({ name: 'win-deal', body: { dealId: 'd', amount: eur(100) } }, { occurredAt: '2020-01-01T00:00:00.000Z' })
      .decides(won);
  });
  it('is rejected without an amount', () => {
    customer(opened())
      .when({ name: 'win-deal', body: { dealId: 'd' } as never })
      .isRejected('amount-missing');
  });
  it('is rejected without a currency, or below zero', () => {
    customer(opened())
      .when({ name: 'win-deal', body: { dealId: 'd', amount: { minor: 1 } as never } })
      .isRejected('currency-missing');
    customer(opened())
      .when({ name: 'win-deal', body: { dealId: 'd', amount: eur(-1) } })
      .isRejected('amount-negative');
    customer(opened())
      .when({ name: 'win-deal', body: { dealId: 'd', amount: eur(1), cost: eur(-1) } })
      .isRejected('amount-negative');
  });
  it('is rejected with a fraction of a cent', () => {
    customer(opened())
      .when({ name: 'win-deal', body: { dealId: 'd', amount: eur(0.5) } })
      .isRejected('amount-not-whole');
  });
});

describe('losing a deal', () => {
  const lose = (more: object) => ({ name: 'lose-deal', body: { dealId: 'd', reason: 'price', ...more } }) as const;
  const reasons = defaultPolicies['loss-reasons'][0]!.document.reasons.map(({ code }) => code);

  it('keeps the reason with the version of the dictionary, the competitor, the stage and the value', () => {
    customer(opened({ expectedValue: eur(7) }))
      .when(lose({ reason: 'competitor', competitor: 'Acme', note: 'n' }))
      .decides({
        type: 'deal-lost',
        data: { dealId: 'd', reason: 'competitor', reasonsVersion: 1, competitor: 'Acme', note: 'n', stage: 'lead', value: eur(7) },
      });
  });
  it('is rejected without a reason', () =>
    customer(opened())
      .when(lose({ reason: undefined }))
      .isRejected('loss-reason-missing', { known: reasons }));
  it('is rejected with a reason that is not in the dictionary', () =>
    customer(opened())
      .when(lose({ reason: 'weather' }))
      .isRejected('loss-reason-unknown', { known: reasons }));
  it('is rejected with another reason that no note explains', () => {
    customer(opened())
      .when(lose({ reason: 'other' }))
      .isRejected('loss-note-missing', { reason: 'other' });
    customer(opened())
      .when(lose({ reason: 'other', note: '  ' }))
      .isRejected('loss-note-missing');
  });
  it('takes another reason with a note', () => {
    customer(opened())
      .when(lose({ reason: 'other', note: 'fire' }))
      .decides({ type: 'deal-lost', data: { dealId: 'd', reason: 'other', reasonsVersion: 1, note: 'fire', stage: 'lead' } });
  });
  it('goes by the dictionary of the day of the loss', () => {
    const withWeather = applyPolicyEvent(defaultPolicies, {
      type: 'policy-published',
      data: {
        name: 'loss-reasons',
        version: 2,
        effectiveFrom: '2026-07-01T00:00:00.000Z',
        document: { reasons: [{ code: 'weather', needsNote: false }] },
      },
    });
    customer(opened())
      .when(lose({ reason: 'weather' }), { policies: withWeather })
      .decides({ type: 'deal-lost', data: { dealId: 'd', reason: 'weather', reasonsVersion: 2, stage: 'lead' } });
    customer(opened())
      .when(lose({ reason: 'weather' }), { policies: withWeather, occurredAt: '2026-06-01T00:00:00.000Z' })
      .isRejected('loss-reason-unknown');
  });
});

describe('reopening a deal', () => {
  it('goes back to the stage that it was closed in', () => {
    customer(opened(), lost)
      .when({ name: 'reopen-deal', body: { dealId: 'd', reason: 'called again' } })
      .decides({ type: 'deal-reopened', data: { dealId: 'd', stage: 'lead', reason: 'called again' } });
  });
  it('goes to another stage of its funnel where one is named', () => {
    customer(opened(), won)
      .when({ name: 'reopen-deal', body: { dealId: 'd', stage: 'negotiation' } })
      .decides({ type: 'deal-reopened', data: { dealId: 'd', stage: 'negotiation' } });
    customer(opened(), won)
      .when({ name: 'reopen-deal', body: { dealId: 'd', stage: 'dreams' } })
      .isRejected('stage-not-allowed');
  });
  it('is rejected while it is open', () =>
    customer(opened())
      .when({ name: 'reopen-deal', body: { dealId: 'd' } })
      .isRejected('deal-not-closed', { dealId: 'd' }));
});

describe('ends and reopenings of a deal', () => {
  const [january, february, march, april] = ['01', '02', '03', '04'].map((month) => `2026-${month}-01T00:00:00.000Z`) as [
    string,
    string,
    string,
    string,
  ];
  const reopened: RelationshipEvent = { type: 'deal-reopened', data: { dealId: 'd', stage: 'lead' } };
  const reopen = { name: 'reopen-deal', body: { dealId: 'd' } } as const;
  const win = { name: 'win-deal', body: { dealId: 'd', amount: eur(100) } } as const;
  const lose = { name: 'lose-deal', body: { dealId: 'd', reason: 'price' } } as const;
  const closed = given(registered, happened(opened(), january), happened(lost, march));
  const open = given(registered, happened(opened(), january), happened(lost, february), happened(reopened, march));

  it('answer what was before them: one of an earlier date is rejected', () => {
    closed.when(reopen, { occurredAt: february }).isRejected('deal-not-closed', { at: march });
    closed.when(reopen, { occurredAt: march }).decides(reopened);
    for (const command of [win, lose]) {
      open.when(command, { occurredAt: '2026-02-15T00:00:00.000Z' }).isRejected('deal-closed', { at: march });
      open.when(command, { occurredAt: january }).isRejected('deal-closed', { at: march });
    }
    open.when(win, { occurredAt: march }).decides(won);
  });
  it('stand by when they were true where a log has them in another order', () => {
    const notReopened = given(registered, happened(opened(), january), happened(won, march), happened(reopened, february));
    notReopened.when({ name: 'enter-stage', body: { dealId: 'd', stage: 'proposal' } }).isRejected('deal-closed', { status: 'won' });
    notReopened.when(reopen).decides(reopened);
    const neverLost = given(
      registered,
      happened(opened(), january),
      happened(lost, february),
      happened(reopened, april),
      happened(won, march),
    );
    neverLost.when(win).decides(won);
  });
});
