import { type Chance, chanceOf } from './chance.js';
import { type Company, companyOf, DAY, officeHours, type PastCommand, staffCommands } from './company.js';
import { customerLife } from './customer-life.js';

export interface HistoryOptions {
  readonly seed: number;
  readonly customers: number;
  /** The present of the company, milliseconds since 1970. */
  readonly until: number;
  /** Only what was said of every `of`th customer, from this one on; of all when absent. */
  readonly share?: { readonly index: number; readonly of: number };
}

/** About as many, told ahead of the history. */
export const COMMANDS_OF_A_CUSTOMER = 31;

/** Spring and the weeks before Christmas are busy, summer is quiet, and the company grows. */
const season = (company: Company, at: number): number => {
  const share = (at - company.from) / (company.until - company.from);
  const yearDay = (at / DAY) % 365.25;
  const year = Math.sin(((yearDay - 60) / 365.25) * 2 * Math.PI) * 0.25;
  const christmas = yearDay > 320 && yearDay < 355 ? 0.5 : 0;
  return (0.6 + 0.8 * share) * (1 + year + christmas);
};

const arrivals = (company: Company, chance: Chance, customers: number): number[] => {
  const instants: number[] = [];
  while (instants.length < customers) {
    const at = company.from + DAY + chance.uniform() * (company.until - company.from - 3 * DAY);
    if (chance.uniform() * 2.5 < season(company, at)) instants.push(officeHours(chance, at));
  }
  return instants.sort((one, other) => one - other);
};

/**
 * Everything that was ever said to the company, in order of time; the same options give the same commands. Lives are made when their
 * time comes and let go when they end, so a million commands need little memory.
 */
export function* history(options: HistoryOptions): Generator<PastCommand> {
  const company = companyOf(options.seed, options.until);
  const chance = chanceOf(options.seed + 1);
  const born = arrivals(company, chance, options.customers);
  const under: { commands: readonly PastCommand[]; next: number }[] = [];
  let arrived = 0;
  const { index: own, of } = options.share ?? { index: 0, of: 1 };
  const instantOf = (index: number) => under[index]?.commands[under[index].next]?.at ?? Number.POSITIVE_INFINITY;

  const sink = (from: number) => {
    for (let parent = from; ; ) {
      let least = parent;
      for (const child of [2 * parent + 1, 2 * parent + 2]) if (child < under.length && instantOf(child) < instantOf(least)) least = child;
      if (least === parent) return;
      swap(parent, least);
      parent = least;
    }
  };
  const swap = (one: number, other: number) => {
    const held = under[one] as (typeof under)[number];
    under[one] = under[other] as (typeof under)[number];
    under[other] = held;
  };
  const add = (commands: readonly PastCommand[]) => {
    if (commands.length === 0) return;
    under.push({ commands, next: 0 });
    for (let child = under.length - 1; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (instantOf(parent) <= instantOf(child)) break;
      swap(parent, child);
      child = parent;
    }
  };

  add(staffCommands(company).sort((one, other) => one.at - other.at));
  for (;;) {
    while (arrived < born.length && (born[arrived] as number) <= instantOf(0)) {
      if (arrived % of === own) add(customerLife(company, chance.fork(1000 + arrived), arrived, born[arrived] as number));
      arrived++;
    }
    const first = under[0];
    if (!first) return;
    yield first.commands[first.next] as PastCommand;
    first.next++;
    if (first.next === first.commands.length) {
      const last = under.pop() as (typeof under)[number];
      if (last !== first) under[0] = last;
    }
    sink(0);
  }
}
