/**
 * Characters of a value as JSON, near enough to bound what is gathered of such values: quotes and escapes are not counted exactly. Costs a
 * fraction of making the JSON.
 */
export const roughSize = (value: unknown): number => {
  if (typeof value === 'string') return value.length + 3;
  if (typeof value !== 'object' || value === null) return 6;
  let size = 2;
  if (Array.isArray(value)) for (const item of value) size += roughSize(item);
  else for (const name in value) size += name.length + 3 + roughSize((value as Record<string, unknown>)[name]);
  return size;
};
