import { driver } from '#mongodb';

/** Documents of one request. */
const AT_ONCE = 1_000;
const DUPLICATE_KEY = 11_000;

export function* inSlices<Item>(items: readonly Item[]): Iterable<readonly Item[]> {
  for (let from = 0; from < items.length; from += AT_ONCE) yield items.slice(from, from + AT_ONCE);
}

export const unlessDuplicate = (error: unknown): void => {
  const { MongoServerError, MongoBulkWriteError } = driver();
  const isDuplicate =
    error instanceof MongoBulkWriteError
      ? [error.writeErrors].flat().every(({ code }) => code === DUPLICATE_KEY)
      : error instanceof MongoServerError && error.code === DUPLICATE_KEY;
  if (!isDuplicate) throw error;
};
