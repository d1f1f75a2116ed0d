import { v5 as uuidv5 } from 'uuid';
import { type Chance, chanceOf } from './chance.js';
import { personName } from './names.js';

const NAMESPACE = '8f2b5a0e-5f0b-4f0e-9d0c-1e7a0c0ffee0';
export const DAY = 86_400_000;
export const HOUR = 3_600_000;

/** One command of the company's past, at the instant at which it was given. */
export interface PastCommand {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** When it was true, where that is earlier than when it was told. */
  readonly occurredAt?: number;
  readonly name: string;
  /** Its id, by the member that names it: `customerId` or `curatorId`. */
  readonly target: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
  readonly actor: { readonly kind: 'curator' | 'customer' | 'supervisor' | 'system'; readonly id: string };
  /** Idempotency key. */
  readonly key: string;
}

export interface Curator {
  readonly id: string;
  readonly name: string;
  readonly from: number;
  readonly until: number;
}

export interface Campaign {
  readonly id: string;
  readonly source: string;
  readonly medium: string;
  readonly from: number;
  readonly until: number;
}

export interface Company {
  readonly seed: number;
  readonly from: number;
  readonly until: number;
  readonly currency: string;
  /** Each portfolio is held by one curator after another. */
  readonly portfolios: readonly (readonly Curator[])[];
  readonly campaigns: readonly Campaign[];
  readonly supervisorId: string;
}

export const opaqueId = (seed: number, ...parts: readonly (string | number)[]): string => uuidv5(`${seed}/${parts.join('/')}`, NAMESPACE);

/**
 * The parameters by which the customers of the demo buy: BG/NBD in weeks (Fader, Hardie, Lee, 2005) and Gamma-Gamma in units of
 * the currency (Fader & Hardie, note 025). A later fit of the model on the demo data must come near to them.
 */
export const story = { r: 0.9, alpha: 9, a: 0.8, b: 3.2, spend: { p: 6.25, q: 3.74, gamma: 15.44 } } as const;

const sources = [
  ['search', 'organic'],
  ['search', 'cpc'],
  ['social', 'post'],
  ['newsletter', 'email'],
  ['fair', 'event'],
  ['partner', 'referral'],
] as const;

const campaignsOf = (chance: Chance, seed: number, from: number, until: number): Campaign[] => {
  const campaigns: Campaign[] = [];
  for (let start = from + 20 * DAY; start < until; start += chance.integer(45, 120) * DAY) {
    const [source, medium] = chance.pick(sources);
    campaigns.push({
      id: opaqueId(seed, 'campaign', campaigns.length),
      source,
      medium,
      from: start,
      until: start + chance.integer(14, 40) * DAY,
    });
  }
  return campaigns;
};

const portfolioOf = (chance: Chance, seed: number, number: number, from: number, until: number): Curator[] => {
  const holders: Curator[] = [];
  for (let start = from - 10 * DAY; start < until; ) {
    const leaves = start + chance.integer(300, 1500) * DAY;
    const id = opaqueId(seed, 'curator', number, holders.length);
    holders.push({ id, name: personName(chance).displayName, from: start, until: leaves });
    start = leaves;
  }
  return holders;
};

/** `until` is the present of the demo, in milliseconds; the company is three years old by then. */
export const companyOf = (seed: number, until: number, years = 3): Company => {
  const chance = chanceOf(seed);
  const from = until - Math.round(years * 365.25) * DAY;
  return {
    seed,
    from,
    until,
    currency: 'EUR',
    portfolios: Array.from({ length: 8 }, (_, number) => portfolioOf(chance.fork(number), seed, number, from, until)),
    campaigns: campaignsOf(chance.fork(100), seed, from, until),
    supervisorId: opaqueId(seed, 'supervisor'),
  };
};

export const holderAt = (portfolio: readonly Curator[], at: number): Curator =>
  (portfolio.find((curator) => curator.from <= at && at < curator.until) ?? portfolio.at(-1)) as Curator;

/** The same instant, or that on the Monday after a weekend. */
export const nextWorkday = (at: number): number => {
  const day = new Date(at).getUTCDay();
  return day === 6 ? at + 2 * DAY : day === 0 ? at + DAY : at;
};

/** The nearest later moment at which somebody is at work: Monday to Friday, 8 to 17 UTC. */
export const officeHours = (chance: Chance, at: number): number =>
  Math.floor(nextWorkday(at) / DAY) * DAY + 8 * HOUR + Math.floor(chance.uniform() * 9 * HOUR);

export const staffCommands = (company: Company): PastCommand[] =>
  company.portfolios.flatMap((portfolio, number) =>
    portfolio.flatMap((curator) => {
      const target = { curatorId: curator.id };
      const actor = { kind: 'supervisor', id: company.supervisorId } as const;
      const hired: PastCommand = {
        at: curator.from - DAY,
        name: 'register-curator',
        target,
        actor,
        key: `hire-${curator.id}`,
        body: { displayName: curator.name, supervisorId: company.supervisorId, team: number < 4 ? 'north' : 'south' },
      };
      // A curator leaves two days after the successor took over, so that no customer is ever without one.
      const left: PastCommand = {
        at: curator.until + 2 * DAY,
        name: 'depart-curator',
        target,
        body: {},
        actor,
        key: `leave-${curator.id}`,
      };
      return left.at < company.until ? [hired, left] : [hired];
    }),
  );
