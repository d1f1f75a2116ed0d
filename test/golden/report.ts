/** One line a number: what was published, and what the views say. */
export interface Report {
  section(name: string): void;
  equal(name: string, expected: string | number, obtained: unknown): void;
  /** Published with so many decimals. */
  near(name: string, expected: number, obtained: unknown, decimals: number): void;
  readonly checked: number;
  readonly differing: number;
}

export function createReport(print: (line: string) => void): Report {
  let checked = 0;
  let differing = 0;
  const line = (holds: boolean, name: string, expected: unknown, obtained: unknown) => {
    checked += 1;
    if (!holds) differing += 1;
    print(`${holds ? 'ok     ' : 'DIFFERS'}  ${name.padEnd(62)} ${shown(expected).padStart(16)} ${shown(obtained).padStart(16)}`);
  };
  return {
    section: (name) => print(`\n         ${name.padEnd(62)} ${'expected'.padStart(16)} ${'obtained'.padStart(16)}`),
    equal: (name, expected, obtained) => line(expected === obtained, name, expected, obtained),
    near(name, expected, obtained, decimals) {
      const holds = typeof obtained === 'number' && Math.abs(obtained - expected) <= 0.5 * 10 ** -decimals + 1e-9;
      line(holds, name, expected, typeof obtained === 'number' ? Number(obtained.toFixed(decimals + 2)) : obtained);
    },
    get checked() {
      return checked;
    },
    get differing() {
      return differing;
    },
  };
}

const shown = (value: unknown) => (typeof value === 'number' ? value.toLocaleString('en', { maximumFractionDigits: 6 }) : String(value));
