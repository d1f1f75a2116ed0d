export const dayExists = (year: number, month: number, day: number): boolean =>
  month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);

const daysIn = (year: number, month: number): number => {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
};

/** `YYYY-MM-DD`, or `--MM-DD` where the year is not known. Leap years are left to `isBirthDate`. */
export const BIRTH_DATE =
  '^(?:\\d{4}|-)-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|[12]\\d))$';
const birthDate = new RegExp(BIRTH_DATE);

/** A day that exists in the calendar, from year 1 on, or one of any year. */
export const isBirthDate = (value: string): boolean => {
  if (!birthDate.test(value) || value.startsWith('0000')) return false;
  const [year, month, day] = value.slice(-10).split('-').map(Number);
  return value.startsWith('--') || dayExists(year!, month!, day!);
};
