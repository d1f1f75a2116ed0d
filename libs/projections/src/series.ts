import type { Series } from './projection.js';

/**
 * The one text of a series: `measure` first, then the other dimensions by name, each closed by `|`. So `measure=entered|` is a prefix of
 * every series of that measure and of no other.
 */
export function seriesKey(series: Series): string {
  let key = series.measure === undefined ? '' : `measure=${escaped(series.measure)}|`;
  for (const name of Object.keys(series).sort()) if (name !== 'measure') key += `${escaped(name)}=${escaped(series[name]!)}|`;
  return key;
}

export function parseSeries(key: string): Series {
  const parts = key.split('|').slice(0, -1);
  return Object.fromEntries(parts.map((part) => part.split('=').map(decodeURIComponent)));
}

const separators = /[%|=]/;
function escaped(text: string): string {
  return separators.test(text) ? text.replace(/[%|=]/g, encodeURIComponent) : text;
}
