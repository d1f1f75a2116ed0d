import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A seeded source of chance: the same seed gives the same company, to the last comma. */
export interface Chance {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Integer in [low, high]. */
  integer(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
  /** Weights need not add up to 1. */
  weighted<Item>(items: readonly (readonly [Item, number])[]): Item;
  /** Mean 1 / rate. */
  exponential(rate: number): number;
  normal(): number;
  /** Shape k > 0, scale 1 (Marsaglia & Tsang, 2000). */
  gamma(shape: number): number;
  beta(a: number, b: number): number;
  /** An independent source for a part, so that a change in one part does not move the others. */
  fork(salt: number): Chance;
}

export const chanceOf = (seed: number): Chance => {
  const generator = xoroshiro128plus(seed | 0);
  const uniform = () => uniformFloat64(generator);
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const gamma = (shape: number): number => {
    if (shape < 1) return gamma(shape + 1) * (1 - uniform()) ** (1 / shape);
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = normal();
      const v = (1 + c * x) ** 3;
      if (v > 0 && Math.log(1 - uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
    }
  };
  const self: Chance = {
    uniform,
    normal,
    gamma,
    integer: (low, high) => low + Math.floor(uniform() * (high - low + 1)),
    chance: (probability) => uniform() < probability,
    pick: <Item>(items: readonly Item[]) => items[Math.floor(uniform() * items.length)] as Item,
    weighted: <Item>(items: readonly (readonly [Item, number])[]) => {
      let left = uniform() * items.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [item, weight] of items) {
        left -= weight;
        if (left < 0) return item;
      }
      return (items.at(-1) as readonly [Item, number])[0];
    },
    exponential: (rate) => -Math.log(1 - uniform()) / rate,
    beta: (a, b) => {
      const x = gamma(a);
      return x / (x + gamma(b));
    },
    fork: (salt) => chanceOf(Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(salt + 1, 0xc2b2ae35)),
  };
  return self;
};
