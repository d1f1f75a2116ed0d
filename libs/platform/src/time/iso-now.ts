let millisecond = Number.NaN;
let text = '';

/** Now, ISO 8601 UTC with milliseconds. The text is made once a millisecond: under load several requests and their log lines share one. */
export const isoNow = (): string => {
  const now = Date.now();
  if (now !== millisecond) {
    text = new Date(now).toISOString();
    millisecond = now;
  }
  return text;
};
