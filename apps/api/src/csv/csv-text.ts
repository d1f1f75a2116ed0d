/** RFC 4180. A text that a spreadsheet would compute begins with an apostrophe instead. */
export const csvLine = (cells: readonly unknown[]): string => `${cells.map(csvCell).join(',')}\r\n`;

const csvCell = (value: unknown): string => {
  const text = textOf(value);
  const harmless = typeof value !== 'number' && formula.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) || harmless !== harmless.trim() ? `"${harmless.replaceAll('"', '""')}"` : harmless;
};

/** What spreadsheets begin a formula with, in both widths. */
const formula = /^[\t\r]|^\s*[=+\-@＝＋－＠]/;

const textOf = (value: unknown): string => {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(' ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};
