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

const byTime = (one: PastCommand, other: PastCommand): number => one.at - other.at;

/**
 * Everything that was ever said to the company, in order of time; the same options give the same commands. Lives are made when their
 * time comes and let go day by day, so a million commands need little memory.
 */
export function* history(options: HistoryOptions): Generator<PastCommand> {
  const company = companyOf(options.seed, options.until);
  const chance = chanceOf(options.seed + 1);
  const born = arrivals(company, chance, options.customers);
  const days = new Map<number, PastCommand[]>();
  const add = (commands: readonly PastCommand[]) => {
    for (const command of commands) {
      const day = Math.floor(command.at / DAY);
      const others = days.get(day);
      if (others) others.push(command);
      else days.set(day, [command]);
    }
  };

  const { index: own, of } = options.share ?? { index: 0, of: 1 };
  add(staffCommands(company));
  let arrived = 0;
  for (let day = Math.min(...days.keys()); day * DAY < company.until; day++) {
    for (; arrived < born.length && born[arrived]! < (day + 1) * DAY; arrived++)
      if (arrived % of === own) add(customerLife(company, chance.fork(1000 + arrived), arrived, born[arrived]!));
    yield* (days.get(day) ?? []).sort(byTime);
    days.delete(day);
  }
}
