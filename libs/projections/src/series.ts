import type { Series } from './projection.js';

/**
 * The one text of a series: `measure` first, then the other dimensions by name, each closed by `|`. So `measure=entered|` is a prefix of
 * every series of that measure and of no other.
 */
export function seriesKey(series: Series): string {
  let key = series.measure === undefined ? '' : `measure=${escaped(series.measure)}|`;
  for (const name of namesInOrder(series)) if (name !== 'measure') key += `${escaped(name)}=${escaped(series[name]!)}|`;
  return key;
}

/** By insertion, as they are few and mostly in order: it is asked for at every change of a number. */
function namesInOrder(series: Series): readonly string[] {
  const names = Object.keys(series);
  for (let i = 1; i < names.length; i++) {
    const name = names[i]!;
    let at = i;
    for (; at > 0 && names[at - 1]! > name; at--) names[at] = names[at - 1]!;
    names[at] = name;
  }
  return names;
}

export function parseSeries(key: string): Series {
  const parts = key.split('|').slice(0, -1);
  return Object.fromEntries(parts.map((part) => part.split('=').map(decodeURIComponent)));
}

const separators = /[%|=]/;
function escaped(text: string): string {
  return separators.test(text) ? text.replace(/[%|=]/g, encodeURIComponent) : text;
}
