import { type DerivedIds, foreignKeyName } from '#platform/commands/derived-ids.js';
import { remembered } from '../import/values/remembered.js';

/** Derives ids from foreign keys as the chronicle does that commands go to. */
export interface ForeignKeyIds {
  /**
   * Of a system and what it calls something. Of a server, outside of `deriving`, only what it derived before.
   * @throws URIError for a text that is not well-formed Unicode; CliError
   */
  of(...parts: readonly string[]): string;
  /**
   * Does what derives ids; does it again where a server had to be asked for some of them, so it must change nothing.
   * @throws what it throws once all of them are there; CliError where the server cannot be asked
   */
  deriving<Result>(work: () => Result): Result | Promise<Result>;
  /** The same records; where a server is asked, for what is derived from many of them at once. */
  ahead<Each>(records: AsyncIterable<Each>, derive: (record: Each) => unknown): AsyncIterable<Each>;
}

/** By what is known here. */
export const ownForeignKeyIds = ({ ofForeignKey }: Pick<DerivedIds, 'ofForeignKey'>): ForeignKeyIds => {
  const idOf = remembered(ofForeignKey);
  return {
    of: (...parts) => idOf(foreignKeyName(parts)),
    deriving: (work) => work(),
    ahead: (records) => records,
  };
};
