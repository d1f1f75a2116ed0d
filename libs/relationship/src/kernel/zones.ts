/** Of texts that look like a time zone; which there are, `isZone` says. */
export const ZONE = '^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$';

/** What the ICU of this runtime knows as a time zone of IANA, in any case; offsets such as `+02:00` are none, as they have no history. */
export const isZone = (value: unknown): value is string => {
  if (typeof value !== 'string' || !/^[A-Za-z]/.test(value)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return true;
  } catch {
    return false;
  }
};
