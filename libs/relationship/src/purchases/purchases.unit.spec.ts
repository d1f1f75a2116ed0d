import { describe, it } from '@jest/globals';
import { customer, eur, usd } from '#testing/relationship-specification.js';
import { LARGEST_AMOUNT } from '../kernel/money.js';
import type { RelationshipEvent } from '../slices.js';

const bought: RelationshipEvent = { type: 'purchase-recorded', data: { purchaseId: 'p', item: 'pen', quantity: 4, amount: eur(400) } };
const gift: RelationshipEvent = { type: 'purchase-recorded', data: { purchaseId: 'p', item: 'pen', quantity: 1, amount: eur(0) } };
const returned = (minor: number, more: object = {}): RelationshipEvent => ({
  type: 'purchase-returned',
  data: { purchaseId: 'p', amount: eur(minor), whole: false, ...more },
});
const deal: RelationshipEvent = { type: 'deal-opened', data: { dealId: 'd', funnelVersion: 1, stage: 'lead', expectedValue: eur(1) } };
const buy = (more: object) => ({ name: 'record-purchase', body: { purchaseId: 'p', item: 'pen', quantity: 4, ...more } }) as const;
const giveBack = (more: object) => ({ name: 'return-purchase', body: { purchaseId: 'p', ...more } }) as const;

describe('recording a purchase', () => {
  it('keeps everything that was said of it', () => {
    const said = {
      category: 'office',
      unitPrice: eur(100),
      amount: eur(380),
      purpose: 'own use',
      payment: 'card',
      dealId: 'd',
      campaignId: 'm',
      invoice: '536365',
      lines: [
        { item: 'pen', quantity: 4, unitPrice: eur(100) },
        { item: 'discount', amount: eur(-20) },
      ],
      labels: { country: 'Norway' },
    };
    customer(deal)
      .when(buy(said))
      .decides({ type: 'purchase-recorded', data: { purchaseId: 'p', item: 'pen', quantity: 4, ...said } });
  });
  it('comes to unit price times quantity where no amount is given', () => {
    customer()
      .when(buy({ unitPrice: eur(100) }))
      .decides({ type: 'purchase-recorded', data: { purchaseId: 'p', item: 'pen', quantity: 4, unitPrice: eur(100), amount: eur(400) } });
    customer()
      .when(buy({ unitPrice: eur(30), quantity: 0.1 }))
      .decides({ type: 'purchase-recorded', data: { purchaseId: 'p', item: 'pen', quantity: 0.1, unitPrice: eur(30), amount: eur(3) } });
  });
  it('comes to the sum of its lines where neither is given, those below zero too', () => {
    const lines = [
      { item: 'pen', quantity: 3, unitPrice: eur(100) },
      { item: 'ink', amount: eur(250) },
      { item: 'box', unitPrice: eur(-7), quantity: 2 },
    ];
    customer()
      .when(buy({ lines }))
      .decides({ type: 'purchase-recorded', data: { purchaseId: 'p', item: 'pen', quantity: 4, amount: eur(536), lines } });
  });
  it('is rejected where a line has no amount, or the lines are of two currencies, or below zero together', () => {
    customer()
      .when(buy({ lines: [{ item: 'pen' }] }))
      .isRejected('amount-missing');
    customer()
      .when(buy({ lines: [] }))
      .isRejected('amount-missing');
    customer()
      .when(
        buy({
          lines: [
            { item: 'pen', amount: eur(1) },
            { item: 'ink', amount: usd(1) },
          ],
        }),
      )
      .isRejected('currency-mixed');
    customer()
      .when(buy({ amount: eur(2), lines: [{ item: 'ink', unitPrice: usd(1) }] }))
      .isRejected('currency-mixed');
    customer()
      .when(buy({ lines: [{ item: 'pen', amount: eur(-1) }] }))
      .isRejected('amount-negative');
  });
  it('asks for the amount where that would be a fraction of a cent', () =>
    customer()
      .when(buy({ unitPrice: eur(33), quantity: 0.5 }))
      .isRejected('amount-not-whole'));
  it('is rejected where that is larger than an amount may be', () => {
    customer()
      .when(buy({ unitPrice: eur(LARGEST_AMOUNT) }))
      .isRejected('amount-too-large');
  });
  it('may be a gift', () =>
    customer()
      .when(buy({ quantity: 1, amount: eur(0) }))
      .decides(gift));
  it('is rejected where all that the customer ever paid would no longer be exact, in that currency alone', () => {
    const paid = Array.from(
      { length: 90 },
      (_, n): RelationshipEvent => ({
        type: 'purchase-recorded',
        data: { purchaseId: `p${n}`, item: 'ship', quantity: 1, amount: eur(LARGEST_AMOUNT) },
      }),
    );
    const history = customer(...paid, {
      type: 'purchase-returned',
      data: { purchaseId: 'p0', amount: eur(LARGEST_AMOUNT), whole: true },
    });
    history.when(buy({ amount: eur(LARGEST_AMOUNT) })).isRejected('amounts-too-large', { currency: 'EUR' });
    history
      .when(buy({ amount: eur(1) }))
      .decides({ type: 'purchase-recorded', data: { purchaseId: 'p', item: 'pen', quantity: 4, amount: eur(1) } });
    history
      .when(buy({ amount: usd(LARGEST_AMOUNT) }))
      .decides({ type: 'purchase-recorded', data: { purchaseId: 'p', item: 'pen', quantity: 4, amount: usd(LARGEST_AMOUNT) } });
  });
  it('is rejected without an amount and a unit price', () => customer().when(buy({})).isRejected('amount-missing'));
  it('is rejected below zero', () =>
    customer()
      .when(buy({ amount: eur(-1) }))
      .isRejected('amount-negative'));
  it('is rejected without a currency', () =>
    customer()
      .when(buy({ amount: { minor: 1 } }))
      .isRejected('currency-missing'));
  it('is rejected in two currencies', () =>
    customer()
      .when(buy({ unitPrice: usd(1), amount: eur(4) }))
      .isRejected('currency-mixed'));
  it('is rejected in another currency than its deal', () =>
    customer(deal)
      .when(buy({ dealId: 'd', amount: usd(4) }))
      .isRejected('currency-mixed'));
  it('is rejected for a deal that does not exist', () =>
    customer()
      .when(buy({ dealId: 'd', amount: usd(4) }))
      .isRejected('deal-unknown'));
  it('is rejected under an id that is used', () =>
    customer(bought)
      .when(buy({ amount: eur(1) }))
      .isRejected('purchase-id-taken'));
});

describe('returning a purchase', () => {
  it('gives back a part', () => {
    customer(bought)
      .when(giveBack({ amount: eur(100), quantity: 1, reason: 'broken' }))
      .decides(returned(100, { quantity: 1, reason: 'broken' }));
  });
  it('gives back the whole', () =>
    customer(bought)
      .when(giveBack({ whole: true }))
      .decides(returned(400, { whole: true })));
  it('gives back what is left where a part was given back before', () =>
    customer(bought, returned(150))
      .when(giveBack({ whole: true }))
      .decides(returned(250, { whole: true })));
  it('is of the whole once all the money is back', () =>
    customer(bought, returned(150))
      .when(giveBack({ amount: eur(250) }))
      .decides(returned(250, { whole: true })));
  it('may take all of it back for a part of the money', () =>
    customer(bought)
      .when(giveBack({ whole: true, amount: eur(300) }))
      .decides(returned(300, { whole: true })));
  it('takes a gift back', () =>
    customer(gift)
      .when(giveBack({ whole: true }))
      .decides(returned(0, { whole: true })));
  it('is rejected where it exceeds the purchase', () =>
    customer(bought)
      .when(giveBack({ amount: eur(401) }))
      .isRejected('refund-exceeds-purchase', { remaining: 400 }));
  it('is rejected where all refunds together exceed it', () => {
    customer(bought, returned(100), returned(200))
      .when(giveBack({ amount: eur(101) }))
      .isRejected('refund-exceeds-purchase', { remaining: 100 });
  });
  it('is rejected where more comes back than was bought, all returns together', () => {
    customer(bought, returned(1, { quantity: 3 }))
      .when(giveBack({ amount: eur(1), quantity: 2 }))
      .isRejected('return-exceeds-quantity', { remaining: 1 });
  });
  it('does not mind that fractions are binary', () => {
    const cloth: RelationshipEvent = {
      type: 'purchase-recorded',
      data: { purchaseId: 'p', item: 'cloth', quantity: 0.3, amount: eur(400) },
    };
    customer(cloth, returned(1, { quantity: 0.1 }))
      .when(giveBack({ amount: eur(1), quantity: 0.2 }))
      .decides(returned(1, { quantity: 0.2 }));
  });
  it('is rejected once all of it came back', () => {
    customer(bought, returned(400, { whole: true }))
      .when(giveBack({ whole: true }))
      .isRejected('purchase-already-returned');
    customer(bought, returned(300, { whole: true }))
      .when(giveBack({ amount: eur(100) }))
      .isRejected('purchase-already-returned');
  });
  it('is rejected without an amount, unless it is of the whole', () => {
    customer(bought).when(giveBack({})).isRejected('amount-missing');
    customer(bought)
      .when(giveBack({ whole: false, quantity: 1 }))
      .isRejected('amount-missing');
  });
  it('is rejected below zero', () =>
    customer(bought)
      .when(giveBack({ amount: eur(-1) }))
      .isRejected('amount-negative'));
  it('is rejected in another currency', () =>
    customer(bought)
      .when(giveBack({ amount: usd(1) }))
      .isRejected('currency-mixed'));
  it('is rejected for a purchase that does not exist', () =>
    customer()
      .when(giveBack({ whole: true }))
      .isRejected('purchase-unknown', { id: 'p' }));
  it('of some of what was a gift leaves the rest standing', () => {
    const gifts: RelationshipEvent = { type: 'purchase-recorded', data: { purchaseId: 'p', item: 'pen', quantity: 4, amount: eur(0) } };
    customer(gifts)
      .when(giveBack({ amount: eur(0), quantity: 1 }))
      .decides(returned(0, { quantity: 1 }));
  });
});
