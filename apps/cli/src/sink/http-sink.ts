import { commandByName } from '#relationship';
import type { Server } from '../server/server.js';
import type { CommandSink, Outcome, RowCommand } from './command-sink.js';
import { httpForeignKeyIds } from './http-foreign-key-ids.js';
import { httpImportLog, noImporter } from './http-import-log.js';
import { bodyProblem } from './in-process-sink.js';
import { codeOf, inSentence, rejected, type ShownProblem } from './problem-sentence.js';

/** As many as `POST /commands` takes, and a body well below its limit. */
const MOST_ITEMS = 500;
const MOST_BYTES = 512 * 1024;

interface Waiting {
  readonly json: string;
  /** On whose behalf. */
  readonly system: string;
  resolve(outcome: Outcome): void;
  reject(error: unknown): void;
}

type BulkResult =
  | { readonly status: number; readonly result: { readonly events: readonly string[]; readonly replayed: boolean } }
  | { readonly status: number; readonly problem: ShownProblem };

/**
 * Commands that wait at the same time go in one request of the bulk endpoint; one request is under way at a time. They are recorded on behalf
 * of the import, as in process.
 */
export function httpSink(server: Server): CommandSink {
  const waiting: Waiting[] = [];
  let sending = false;

  function takeBatch(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { json, system } of waiting.slice(0, MOST_ITEMS)) {
      bytes += json.length;
      if (count > 0 && (bytes > MOST_BYTES || system !== waiting[0]?.system)) break;
      count++;
    }
    return waiting.splice(0, count);
  }

  async function sendAll(): Promise<void> {
    if (sending) return;
    sending = true;
    try {
      // Those that are about to be issued in this turn of the event loop go along.
      for (await new Promise(setImmediate); waiting.length > 0; await new Promise(setImmediate)) await send(takeBatch());
    } finally {
      sending = false;
    }
  }

  async function send(batch: readonly Waiting[]): Promise<void> {
    try {
      const { results } = await server.post<{ results: readonly BulkResult[] }>(
        '/commands',
        `[${batch.map(({ json }) => json).join(',')}]`,
        { 'letopis-actor': `import:${batch[0]?.system}` },
      );
      for (const [index, one] of batch.entries()) settle(one, results[index]);
    } catch (error) {
      for (const one of batch) one.reject(error);
    }
  }

  return {
    problemOf: bodyProblem,
    execute: (command) =>
      new Promise((resolve, reject) => {
        waiting.push({ json: JSON.stringify(toItem(command)), system: command.source.system, resolve, reject });
        void sendAll();
      }),
    imports: httpImportLog(server),
    foreignKeyIds: httpForeignKeyIds(server),
    close: async () => {},
  };

  function settle(one: Waiting, result: BulkResult | undefined): void {
    if (result === undefined) one.reject(server.failure('returned fewer results than commands were sent'));
    else if ('result' in result) one.resolve(toOutcome(result.result));
    else if (result.status === 403) one.reject(noImporter(server, result.problem));
    else if (isForNow(result)) one.reject(server.failure(inSentence(result.problem)));
    else one.resolve(rejected(result.problem));
  }
}

/** It says nothing of the command: sent later, it may be executed. */
const isForNow = ({ status, problem }: { readonly status: number; readonly problem: ShownProblem }) =>
  status >= 500 || status === 429 || status === 401 || codeOf(problem.type) === 'stream-contended';

const toOutcome = ({ events, replayed }: { readonly events: readonly string[]; readonly replayed: boolean }): Outcome =>
  replayed ? { kind: 'repeated' } : events.length > 0 ? { kind: 'applied', events: events.length } : { kind: 'unchanged' };

const toItem = ({ name, target, body, occurredAt, source, formerly, append }: RowCommand) => ({
  name,
  [idMemberOf(name)]: target,
  body,
  ...(occurredAt !== undefined && { occurredAt }),
  source,
  ...(formerly !== undefined && { formerly: { system: source.system, id: formerly } }),
  remember: false,
  ...(append !== undefined && { append }),
});

const idMemberOf = (name: string): string => {
  const definition = commandByName(name);
  if (definition === undefined) throw new Error(`${name} is not a command`);
  return definition.aggregate.idMember;
};
