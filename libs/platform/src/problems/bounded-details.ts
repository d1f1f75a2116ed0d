import type { FieldError, ProblemDetails } from './problem.js';

/** Characters. What a client sent may come back in names and counts, so everything that is listed has an end. */
const LONGEST_POINTER = 200;
const LONGEST_TEXT = 1_000;
const LONGEST_DETAIL = 4_000;
const MOST_ENTRIES = 200;
const DEEPEST = 4;
const LONGEST_LIST = 20_000;

/**
 * The same where it is of a usual size; else texts are cut and lists end early, and `errorsLeftOut` counts the errors that are not listed.
 * @param characters of all errors together; one is always listed
 */
export const boundedDetails = (details: ProblemDetails, characters = LONGEST_LIST): ProblemDetails => {
  const { type, title, status, detail, errors, errorsLeftOut = 0, ...members } = details;
  const listed = errors && listedErrors(errors, characters);
  const leftOut = errorsLeftOut + (errors?.length ?? 0) - (listed?.length ?? 0);
  return {
    type,
    title,
    status,
    ...(detail !== undefined && { detail: cut(detail, Math.min(LONGEST_DETAIL, characters)) }),
    ...(bounded(members, 0) as object),
    ...(listed && { errors: listed }),
    ...(leftOut > 0 && { errorsLeftOut: leftOut }),
  };
};

const listedErrors = (errors: readonly FieldError[], characters: number): readonly FieldError[] => {
  const listed: FieldError[] = [];
  let left = characters;
  for (const { pointer, detail } of errors) {
    const error = { pointer: cut(pointer, LONGEST_POINTER), detail: cut(detail, LONGEST_TEXT) };
    left -= error.pointer.length + error.detail.length;
    if (listed.length > 0 && left < 0) break;
    listed.push(error);
  }
  return listed;
};

const bounded = (value: unknown, depth: number): unknown => {
  if (typeof value === 'string') return cut(value, LONGEST_TEXT);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEEPEST) return undefined;
  if (Array.isArray(value)) return value.slice(0, MOST_ENTRIES).map((item) => bounded(item, depth + 1));
  const entries = Object.entries(value).slice(0, MOST_ENTRIES);
  return Object.fromEntries(entries.map(([name, member]) => [cut(name, LONGEST_POINTER), bounded(member, depth + 1)]));
};

/** Never in the middle of a character. */
const cut = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most).toWellFormed()}…`);
