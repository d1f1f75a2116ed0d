import { isDeepStrictEqual } from 'node:util';

export interface Difference {
  /** JSON pointer. */
  readonly at: string;
  readonly before: unknown;
  readonly now: unknown;
}

/** Where two JSON values differ, as deep as it can be named. Lists of different length differ as a whole, by what only one of them holds. */
export const differencesOf = (before: unknown, now: unknown, at = ''): readonly Difference[] => {
  if (isDeepStrictEqual(before, now)) return [];
  if (Array.isArray(before) && Array.isArray(now)) {
    if (before.length === now.length) return before.flatMap((item, index) => differencesOf(item, now[index], `${at}/${index}`));
    const only = (items: readonly unknown[], others: readonly unknown[]) =>
      items.filter((item) => !others.some((other) => isDeepStrictEqual(item, other)));
    return [{ at, before: only(before, now), now: only(now, before) }];
  }
  if (!isRecord(before) || !isRecord(now)) return [{ at, before, now }];
  return [...new Set([...Object.keys(before), ...Object.keys(now)])].flatMap((name) =>
    differencesOf(before[name], now[name], `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export interface Listed {
  /** `<role> <path with query> <JSON pointer>`; `*` stands for anything but blanks, `?`, `&` and `/`, `**` for anything but blanks. */
  readonly where: string;
  /** The sentence of an issue that demands it. */
  readonly sentence: string;
}

export const matcherOf = ({ where }: Listed): RegExp =>
  new RegExp(
    `^${where
      .split(/(\*\*|\*)/)
      .map((piece) => (piece === '**' ? '\\S*' : piece === '*' ? '[^\\s?&/]*' : piece.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')))
      .join('')}$`,
  );
