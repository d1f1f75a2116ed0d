/** Lines of a file: of the rows that stand on them the command of this index (from 1) is remembered. */
export interface RowRange {
  readonly index: number;
  readonly from: number;
  readonly to: number;
}

/** A short hash of what the command of this index said in the row that begins at this line. */
export interface RowContent {
  readonly index: number;
  readonly row: number;
  /** 8 hex digits. */
  readonly hash: string;
}

const whole = '[1-9]\\d{0,15}';
const listOf = (one: string) => `^${one}( ${one})*$`;

/** `2:2-10001 3:5-5`: of a hundred thousand rows in a few characters, where they are neighbours. */
export const rowsPattern = listOf(`${whole}:${whole}-${whole}`);
/** `2:17=9f86d081`. */
export const rowContentsPattern = listOf(`${whole}:${whole}=[0-9a-f]{8}`);
/** Hashes of the same length, one after another, in base64. */
export const hashesPattern = '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)$';

export const formatRows = (ranges: readonly RowRange[]): string => ranges.map(({ index, from, to }) => `${index}:${from}-${to}`).join(' ');

export const parseRows = (text: string): readonly RowRange[] =>
  text.split(' ').map((one) => {
    const [index = 0, from = 0, to = 0] = one.split(/[:-]/).map(Number);
    return { index, from, to };
  });

export const formatContents = (contents: readonly RowContent[]): string =>
  contents.map(({ index, row, hash }) => `${index}:${row}=${hash}`).join(' ');

export const parseContents = (text: string): readonly RowContent[] =>
  text.split(' ').map((one) => {
    const [index = '', row = '', hash = ''] = one.split(/[:=]/);
    return { index: Number(index), row: Number(row), hash };
  });
