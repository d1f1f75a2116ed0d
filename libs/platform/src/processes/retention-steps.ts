import type { EventLog } from '#event-log';
import { type Clock, type Outcome, type ProcessRequest, retentionActor, type StepOutcome, versionToSweep } from '#processes';
import { isBuiltUnder, toBeErased, toBeListed } from '#projections/retention/query.js';
import { ViewNotReady } from '#projections/runner/index.js';
import type { ViewReader } from '#projections/view-reader.js';
import { dayOf, MOST_COMMANDS, type PolicyHistory } from '#relationship';

export interface RetentionStepsOptions {
  readonly log: Pick<EventLog, 'head'>;
  readonly reader: Pick<ViewReader, 'policies' | 'waitFor' | 'documents'>;
  readonly execute: (request: ProcessRequest) => Promise<Outcome>;
  readonly policies: () => PolicyHistory;
  readonly clock: Pick<Clock, 'now'>;
}

const LOOK_AGAIN_MS = 1_000;
const AT_ONCE = 10;
const PROCESS = 'process-retention';

/** Lists who is due, by the view, and issues the erasures of the day. May be repeated at any time, by several processes at once. */
export const createRetentionSteps = ({ log, reader, execute, policies, clock }: RetentionStepsOptions) => {
  const later = (): StepOutcome => ({ kind: 'later', at: new Date(Date.parse(clock.now()) + LOOK_AGAIN_MS).toISOString() });

  /** The view says who is due by the present policy, and knows what was recorded until now. */
  const isReady = async (version: number): Promise<boolean> => {
    const present = policies();
    if (present.retention.length < version) return false;
    try {
      return await isBuiltUnder(reader, present, await log.head());
    } catch (error) {
      if (error instanceof ViewNotReady) return false;
      throw error;
    }
  };

  /** What one customer's listing is rejected for is of no concern to another: who is not listed is not erased. */
  const list = async (today: string, version: number): Promise<void> => {
    const actor = { kind: 'system', id: retentionActor(version) } as const;
    for await (const customers of inPages(toBeListed(reader, today), AT_ONCE))
      await Promise.all(customers.map((targetId) => execute({ name: 'list-for-retention', targetId, body: {}, actor, keyScope: PROCESS })));
  };

  /** The stream of the day takes each page once, so however often it is issued the pages of a day add up to `perDay` at most. */
  const erase = async (today: string, version: number, perDay: number): Promise<Outcome | undefined> => {
    let [left, page] = [perDay, 0];
    for await (const customers of inPages(toBeErased(reader, today), MOST_COMMANDS)) {
      const commands = customers
        .slice(0, left)
        .map((targetId) => ({ name: 'erase-for-retention', targetId, body: { policyVersion: version } }));
      if (commands.length === 0) return undefined;
      const outcome = await execute({
        name: 'issue-process-commands',
        targetId: `retention-${today}`,
        body: { input: `${today} ${page++}`, commands },
        actor: { kind: 'system', id: PROCESS },
        keyScope: PROCESS,
      });
      if (outcome.kind !== 'accepted') return outcome;
      left -= commands.length;
    }
    return undefined;
  };

  return async (step: string): Promise<StepOutcome> => {
    const wanted = versionToSweep(step);
    if (Number.isNaN(wanted)) return { kind: 'stuck', reason: `unknown step ${step}` };
    if (!(await isReady(wanted))) return later();
    const { retention, company } = policies();
    const { version, document } = retention.at(-1)!;
    const today = dayOf(company.at(-1)!.document.zone, clock.now());
    await list(today, version);
    const failed = await erase(today, version, document.perDay);
    if (failed === undefined) return { kind: 'done' };
    return { kind: 'stuck', reason: failed.kind === 'rejected' ? failed.code : failed.kind };
  };
};

async function* inPages<Item>(items: AsyncIterable<Item>, size: number): AsyncIterable<readonly Item[]> {
  let page: Item[] = [];
  for await (const item of items) {
    page.push(item);
    if (page.length < size) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}
