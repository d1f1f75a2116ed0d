import type { Chance } from './chance.js';
import { type Company, DAY, HOUR, holderAt, opaqueId, type PastCommand } from './company.js';
import { dealsAndPurchases } from './customer-business.js';
import { careContacts } from './customer-care.js';
import type { Life } from './life.js';
import { firmName, personName } from './names.js';

const segments = [
  ['retail', 5],
  ['hospitality', 3],
  ['industry', 2],
  ['public', 1],
] as const;
const entrance: Readonly<Record<string, string>> = {
  search: 'web-form',
  social: 'social',
  newsletter: 'email',
  fair: 'meeting',
  partner: 'phone',
  walkin: 'visit',
};

export const customerIdOfNumber = (company: Company, number: number): string => opaqueId(company.seed, 'customer', number);

const introduce = (life: Life): void => {
  const { chance, company, bornAt, number } = life;
  const name = life.organisation ? firmName(chance) : personName(chance);
  const campaign = company.campaigns.find((each) => each.from <= bornAt && bornAt < each.until + 10 * DAY && chance.chance(0.6));
  const source =
    campaign?.source ??
    chance.weighted([
      ['search', 4],
      ['social', 2],
      ['partner', 2],
      ['walkin', 2],
      ['fair', 1],
    ] as const);
  const identifiers = [{ kind: 'phone', value: `+49 30 ${String(5_550_000 + number).slice(0, 7)}` }];
  if (life.email) identifiers.push({ kind: 'email', value: `contact${number}@example.com` });
  life.say(bornAt, 'register-customer', {
    kind: life.organisation ? 'organisation' : 'person',
    ...name,
    segment: life.organisation ? chance.weighted(segments) : 'private',
    identifiers,
    acquisition: { source, medium: campaign?.medium ?? 'direct', ...(campaign && { campaign: campaign.id }) },
  });
  life.say(bornAt + HOUR / 2, 'record-contact', {
    contactId: life.thing('contact', 'first'),
    channel: entrance[source],
    direction: 'inbound',
    purpose: 'information',
    summary: 'Asked what we offer.',
    ...(campaign && { regarding: { campaignId: campaign.id } }),
  });
  const via = entrance[source] as string;
  if (life.email) life.say(bornAt + HOUR + 60_000, 'grant-consent', { channel: 'email', via }, { kind: 'customer', id: life.customerId });
  if (life.noEmailFrom < company.until)
    life.say(life.noEmailFrom, 'withdraw-consent', { channel: 'email', via: 'email' }, { kind: 'customer', id: life.customerId });
};

/** Everything that ever happened between the company and its n-th customer, in order of time, up to the company's present. */
export const customerLife = (company: Company, chance: Chance, number: number, bornAt: number): PastCommand[] => {
  const commands: PastCommand[] = [];
  const portfolio = company.portfolios[chance.integer(0, company.portfolios.length - 1)] ?? [];
  const customerId = customerIdOfNumber(company, number);
  const email = chance.chance(0.8);
  const command = (at: number, name: string, body: Record<string, unknown>, actor?: PastCommand['actor']): PastCommand => ({
    at,
    name,
    body,
    target: { customerId },
    key: `${customerId}/${commands.length}`,
    actor: actor ?? { kind: 'curator', id: holderAt(portfolio, at).id },
  });
  const life: Life = {
    chance,
    company,
    number,
    customerId,
    bornAt,
    email,
    organisation: chance.chance(0.35),
    noEmailFrom: email && chance.chance(0.06) ? bornAt + chance.integer(30, 700) * DAY : Number.POSITIVE_INFINITY,
    curatorAt: (at) => holderAt(portfolio, at).id,
    thing: (...parts) => opaqueId(company.seed, number, ...parts),
    say: (at, name, body, actor) => commands.push(command(at, name, body, actor)),
    sayLate: (at, occurredAt, name, body) => commands.push({ ...command(at, name, body), occurredAt }),
  };
  introduce(life);
  for (const { until, id } of portfolio)
    if (until > bornAt && until < company.until && holderAt(portfolio, until).id !== id)
      life.say(
        until,
        'assign-curator',
        { curatorId: holderAt(portfolio, until).id, reason: 'The former curator leaves the company.' },
        { kind: 'supervisor', id: company.supervisorId },
      );
  careContacts(life, dealsAndPurchases(life));
  return commands.filter(({ at }) => at < company.until).sort((one, other) => one.at - other.at);
};
