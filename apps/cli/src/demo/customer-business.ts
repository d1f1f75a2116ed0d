import { DAY, HOUR, officeHours, story } from './company.js';
import { iso, type Life } from './life.js';

const products = [
  ['Starter kit', 'kits', 1],
  ['Workshop set', 'kits', 3],
  ['Annual service', 'services', 2.4],
  ['Spare parts', 'parts', 0.5],
  ['Training day', 'services', 1.6],
  ['Professional line', 'machines', 6],
] as const;
const lossReasons = [
  ['price', 26],
  ['timing', 12],
  ['competitor', 18],
  ['no-need', 10],
  ['no-budget', 12],
  ['no-answer', 12],
  ['service-quality', 4],
  ['terms', 4],
  ['other', 2],
] as const;
const stages = ['lead', 'qualified', 'proposal', 'negotiation', 'contract'] as const;
const WEEK = 7 * DAY;

/** Instants at which a customer of the BG/NBD story buys: exponential intervals, and after each purchase a coin that ends it. */
const purchaseInstants = ({ chance, bornAt, company }: Life): number[] => {
  if (chance.chance(0.2)) return [];
  const rate = chance.gamma(story.r) / story.alpha;
  const leaves = chance.beta(story.a, story.b);
  const instants: number[] = [];
  for (let at = bornAt + 3 * HOUR + chance.exponential(0.2) * DAY; at < company.until; at += chance.exponential(rate) * WEEK + HOUR) {
    instants.push(at);
    if (chance.chance(leaves)) break;
  }
  return instants;
};

const aftermath = (life: Life, at: number, purchase: number, purchaseId: string, minor: number): void => {
  const { chance, company } = life;
  const money = { minor, currency: company.currency };
  const customer = { kind: 'customer', id: life.customerId } as const;
  if (chance.chance(0.04) && minor > 0) {
    const whole = chance.chance(0.6);
    life.say(
      at + chance.integer(3, 20) * DAY,
      'return-purchase',
      whole
        ? { purchaseId, whole: true, reason: 'Does not fit.' }
        : { purchaseId, amount: { ...money, minor: Math.ceil(minor / 2) }, reason: 'Damaged in part.' },
    );
  }
  if (chance.chance(0.25)) {
    const score = chance.weighted([
      [1, 3],
      [2, 5],
      [3, 14],
      [4, 40],
      [5, 38],
    ] as const);
    const answered = at + chance.integer(2, 9) * DAY;
    life.say(answered, 'answer-satisfaction', { answerId: life.thing('answer', purchase), metric: 'csat', score }, customer);
    if (score >= 4 && chance.chance(0.2))
      life.say(answered + DAY, 'make-recommendation', { recommendationId: life.thing('recommendation', purchase) }, customer);
    if (score === 5 && chance.chance(0.12))
      life.say(
        answered + 2 * DAY,
        'publish-review',
        { reviewId: life.thing('review', purchase), site: 'reviews.example', rating: 5 },
        customer,
      );
  }
  if (chance.chance(0.06)) {
    const complaintId = life.thing('complaint', purchase);
    life.say(
      at + 4 * DAY,
      'raise-complaint',
      { complaintId, severity: chance.pick(['low', 'normal', 'high']), summary: 'Not what was agreed.' },
      customer,
    );
    if (chance.chance(0.85))
      life.say(at + (5 + chance.integer(0, 20)) * DAY, 'resolve-complaint', { complaintId, resolution: 'Replaced.' });
  }
};

/** A deal that ends at `closeAt`; answers its id, or nothing when it could not start before then. */
const deal = (life: Life, number: number, closeAt: number, minor: number, won: boolean): string => {
  const { chance, company } = life;
  const dealId = life.thing('deal', number);
  const length = Math.min(closeAt - life.bornAt - 2 * HOUR, chance.integer(10, 80) * DAY);
  const reached = won ? stages.length : chance.integer(1, stages.length - 1);
  const money = { minor, currency: company.currency };
  const [product] = chance.pick(products);
  life.say(closeAt - length, 'open-deal', {
    dealId,
    expectedValue: money,
    products: [{ product, quantity: 1 }],
    curatorId: life.curatorAt(closeAt - length),
  });
  for (let stage = 1; stage < reached; stage++)
    life.say(closeAt - length * (1 - stage / stages.length), 'enter-stage', { dealId, stage: stages[stage] });
  if (won) {
    if (chance.chance(0.3))
      life.say(closeAt - 60_000, 'sign-contract', {
        dealId,
        contractId: life.thing('contract', number),
        activeFrom: iso(closeAt),
        activeUntil: iso(closeAt + 365 * DAY),
      });
    life.say(closeAt, 'win-deal', {
      dealId,
      amount: money,
      cost: { ...money, minor: Math.round(minor * (0.55 + 0.3 * chance.uniform())) },
    });
  } else {
    const reason = chance.weighted(lossReasons);
    life.say(closeAt, 'lose-deal', {
      dealId,
      reason,
      ...(reason === 'competitor' && { competitor: chance.pick(['Contoso', 'Globex', 'Initech']) }),
      ...(reason === 'other' && { note: 'Moved to another country.' }),
    });
  }
  return dealId;
};

/** Writes the customer's deals and purchases; answers the instants of purchase. */
export const dealsAndPurchases = (life: Life): readonly number[] => {
  const { chance, company, bornAt } = life;
  const instants = purchaseInstants(life);
  const { p, q, gamma } = story.spend;
  const scale = chance.gamma(q) / gamma;
  instants.forEach((instant, number) => {
    const at = chance.chance(0.7) ? Math.max(bornAt + 3 * HOUR, officeHours(chance, instant)) : instant;
    const [item, category, factor] = chance.pick(products);
    const minor = Math.round((chance.gamma(p) / scale / 1) * factor * (life.organisation ? 1200 : 100));
    const purchaseId = life.thing('purchase', number);
    const dealId = life.organisation ? deal(life, number, at, minor, true) : undefined;
    life.say(at + 1000, 'record-purchase', {
      purchaseId,
      item,
      category,
      quantity: 1,
      amount: { minor, currency: company.currency },
      purpose: life.organisation ? 'business' : 'private',
      payment: chance.pick(['card', 'invoice', 'transfer']),
      ...(dealId && { dealId }),
    });
    aftermath(life, at, number, purchaseId, minor);
  });
  if (instants.length >= 5 && chance.chance(0.25))
    life.say((instants[4] as number) + 30 * DAY, 'agree-partnership', {
      agreementId: life.thing('agreement'),
      activeFrom: iso((instants[4] as number) + 30 * DAY),
      terms: 'Sells our line in the region.',
    });
  if (life.organisation)
    for (let lost = 0, at = bornAt; lost < 8; lost++) {
      at += chance.integer(20, 200) * DAY;
      if (at < company.until && chance.chance(0.7)) deal(life, 1000 + lost, at, Math.round(chance.gamma(2) * 300_000), false);
    }
  // A deal that is still under way today.
  if (life.organisation && company.until - bornAt > 20 * DAY && chance.chance(0.3)) {
    const opened = Math.max(bornAt + 2 * HOUR, company.until - chance.integer(2, 60) * DAY);
    const dealId = life.thing('deal', 'open');
    life.say(opened, 'open-deal', {
      dealId,
      expectedValue: { minor: Math.round(chance.gamma(2) * 300_000), currency: company.currency },
      curatorId: life.curatorAt(opened),
    });
    for (let stage = 1, at = opened; stage < stages.length && chance.chance(0.6); stage++) {
      at += chance.integer(2, 15) * DAY;
      life.say(at, 'enter-stage', { dealId, stage: stages[stage] });
    }
  }
  return instants;
};
