import type { Server } from '../server/server.js';
import type { ForeignKeyIds } from './foreign-key-ids.js';
import { allowed } from './http-import-log.js';

/** As many as `POST /derived-ids` takes, and a body well below its limit. */
const MOST = 10_000;
const MOST_BYTES = 512 * 1024;
/** Records whose ids are asked for at once. */
const BLOCK = 500;
/** Ids that are remembered from block to block: neighbouring rows are of the same customers. */
const REMEMBERED = 200_000;
/** Stands where the answer of the server will: what is made with it is thrown away. */
const NOT_YET = '00000000-0000-8000-8000-000000000000';

/** What a piece of work came to, and what it was missing. */
interface Tried<Result> {
  readonly missing: ReadonlySet<string>;
  result(): Result;
}

/** The secret never leaves the server, so it is asked. */
export function httpForeignKeyIds(server: Server): ForeignKeyIds {
  const known = new Map<string, string>();
  let missing: Set<string> | undefined;

  async function ask(keys: ReadonlySet<string>): Promise<void> {
    let asked: string[] = [];
    let bytes = 0;
    const send = async () => {
      const body = `{"of":[${asked.join(',')}]}`;
      const { ids } = await allowed(server, () => server.post<{ readonly ids: readonly string[] }>('/derived-ids', body));
      if (ids.length !== asked.length) throw server.failure('returned another number of ids than were asked for');
      for (const [at, key] of asked.entries()) known.set(key, ids[at]!);
      [asked, bytes] = [[], 0];
    };
    for (const key of keys) {
      const more = Buffer.byteLength(key) + 1;
      if (asked.length === MOST || (asked.length > 0 && bytes + more > MOST_BYTES)) await send();
      asked.push(key);
      bytes += more;
    }
    if (asked.length > 0) await send();
  }

  function tried<Result>(work: () => Result): Tried<Result> {
    const found = new Set<string>();
    missing = found;
    try {
      const result = work();
      return { missing: found, result: () => result };
    } catch (error) {
      return {
        missing: found,
        result: () => {
          throw error;
        },
      };
    } finally {
      missing = undefined;
    }
  }

  async function untilKnown<Result>(first: Tried<Result>, work: () => Result): Promise<Result> {
    let last = first;
    for (; last.missing.size > 0; last = tried(work)) await ask(last.missing);
    return last.result();
  }

  return {
    of(...parts) {
      if (!parts.every((part) => part.isWellFormed())) throw new URIError('the key is not Unicode');
      const key = JSON.stringify(parts);
      const id = known.get(key);
      if (id !== undefined) return id;
      if (missing === undefined) throw server.failure('derives ids of commands only; an "order" cannot use "$id" or "$row" there');
      missing.add(key);
      return NOT_YET;
    },
    deriving(work) {
      const first = tried(work);
      return first.missing.size === 0 ? first.result() : untilKnown(first, work);
    },
    async *ahead<Each>(records: AsyncIterable<Each>, derive: (record: Each) => unknown) {
      let block: Each[] = [];
      const derived = async () => {
        if (known.size > REMEMBERED) known.clear();
        const all = new Set<string>();
        for (const record of block) for (const key of tried(() => derive(record)).missing) all.add(key);
        await ask(all);
        const ready = block;
        block = [];
        return ready;
      };
      for await (const record of records) {
        block.push(record);
        if (block.length === BLOCK) yield* await derived();
      }
      yield* await derived();
    },
  };
}
