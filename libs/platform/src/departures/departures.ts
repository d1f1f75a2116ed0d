import { setTimeout as sleep } from 'node:timers/promises';
import { persistently } from '#async';
import type { Actor, DomainEvent, EventLog } from '#event-log';
import { curator, DepartCurator, isIdOf, reject } from '#relationship';
import { isObject, readCommandBody } from '../commands/command-body.js';
import { identify } from '../commands/command-identity.js';
import type { CommandAnswer, CommandRequest } from '../commands/command-request.js';
import type { CommandService } from '../commands/command-service.js';
import type { DerivedIdsSource } from '../commands/derived-ids.js';
import { Problem } from '../problems/problem.js';
import { problemOf } from '../problems/problem-of.js';
import { begunIn, curatorEventsOf, departedAfter, statusIn } from './begun-departure.js';
import { listed, type Responsibilities, type Responsible } from './responsibilities.js';

export interface DepartureOptions {
  readonly log: Pick<EventLog, 'readStream'>;
  readonly responsibilities: Responsibilities;
  readonly newId: () => string;
  readonly derivedIds: DerivedIdsSource;
  /** Now, ISO 8601 UTC with milliseconds. */
  readonly clock: () => string;
  /** After so long a departure is answered as unfinished, and goes on; it is waited for when absent. */
  readonly patienceMs?: number;
  /** A departure that nobody waits for any more could not go on. */
  readonly onFailure?: (error: unknown, curatorId: string) => void;
}

export interface Departures extends CommandService {
  /** Goes on with a departure that was left unfinished, and hands over what others gave to the curator before they saw it. */
  resume(curatorId: string): Promise<void>;
  /** What is under way ends after the commands that were sent; the same command, or `resume`, continues with it. */
  close(): Promise<void>;
}

/** Sent side by side. */
const BATCH = 100;
const PAUSES = { firstMs: 500, longestMs: 500 };

interface HandOver {
  readonly to: string;
  readonly run: Promise<void>;
}

/**
 * The same commands, with departures whole: `depart-curator` is rejected while the curator is responsible for anything, or hands all of it to a
 * successor by ordinary commands and is done then. What was begun is in the curator's stream alone, and what is left is found again each time: so
 * whoever goes on needs to know nothing of who began.
 */
export const withDepartures = (service: CommandService, options: DepartureOptions): Departures => {
  const { log, responsibilities, newId, derivedIds, clock, patienceMs, onFailure = () => undefined } = options;
  const handOvers = new Map<string, HandOver>();
  const closing = new AbortController();
  const isClosing = () => closing.signal.aborted;

  /** The curator does not stay for what nobody can move: it is listed, and handed over by whoever resumes once it is understood. */
  const movable = async (curatorId: string) => (await responsibilities(curatorId)).filter(({ stuck }) => !stuck);

  const departWithout = async (request: CommandRequest, curatorId: string): Promise<CommandAnswer> => {
    const events = await curatorEventsOf(log, curatorId);
    const { commandId } = await identify(request, newId, derivedIds);
    const works = /^(active|departing)$/.test(statusIn(events, curatorId, clock()));
    if (works && !events.some((event) => event.commandId === commandId)) mustBeFree(curatorId, await movable(curatorId));
    return service.execute(request);
  };

  const departTo = async (request: CommandRequest, curatorId: string, to: string): Promise<CommandAnswer> => {
    const begun = await service.execute(request);
    const events = await curatorEventsOf(log, curatorId);
    const present = begunIn(events, curatorId, clock());
    // The repetition of a command of a former departure: the curator came back.
    if (present === undefined && statusIn(events, curatorId, clock()) !== 'departed') return withEnd(begun, events);
    const run = handOver(curatorId, present && !present.isDone ? present.to : to, request.actor);
    const isDone = await within(run, patienceMs);
    if (!isDone) {
      run.catch((error) => isClosing() || onFailure(error, curatorId));
      return { ...begun, unfinished: true };
    }
    return withEnd(begun, await curatorEventsOf(log, curatorId));
  };

  const goesOnElsewhere = (curatorId: string): void => {
    if (isClosing()) throw new Problem('stopping');
    reject('curator-departing', `Customers and open work of curator ${curatorId} go to another successor, named in a later command.`, {
      curatorId,
    });
  };

  /** One at a time of a curator; another successor takes the place of the one before. */
  const handOver = (curatorId: string, to: string, actor: Actor): Promise<void> => {
    const before = handOvers.get(curatorId);
    if (before?.to === to) return before.run;
    const settled = before?.run.catch(() => undefined) ?? Promise.resolve();
    const isPresent = () => !isClosing() && handOvers.get(curatorId)?.to === to;
    const run = settled
      .then(() => untilAnswered(() => handOverAll(curatorId, to, actor, isPresent), isPresent))
      .finally(() => {
        if (handOvers.get(curatorId)?.run === run) handOvers.delete(curatorId);
      });
    handOvers.set(curatorId, { to, run });
    return run;
  };

  /** Where nobody waits to the end, an engine that is away is waited for. */
  const untilAnswered = (work: () => Promise<void>, isPresent: () => boolean): Promise<void> =>
    persistently(
      work,
      closing.signal,
      (error) => {
        if (patienceMs === undefined || !isPresent() || problemOf(error).details.status !== 503) throw error;
      },
      PAUSES,
    );

  const handOverAll = async (curatorId: string, to: string, caller: Actor, isPresent: () => boolean): Promise<void> => {
    const begun = begunIn(await curatorEventsOf(log, curatorId), curatorId, clock());
    const cause = begun?.event;
    const base = cause?.commandId ?? newId();
    const common = {
      keyScope: 'departure',
      actor: cause?.actor ?? caller,
      correlationId: cause?.correlationId ?? base,
      causationId: cause?.id,
    };
    const move = (each: Responsible): Promise<Moved> =>
      service
        .execute({
          ...common,
          ...movedTo(to, each, clock()),
          idempotencyKey: [base, each.kind, each.customerId, each.id, each.since].join(' '),
        })
        .then(({ replayed }) => ({ moved: !replayed }), rejectedWith);
    const moveAll = async () => {
      for (let left = await movable(curatorId); left.length > 0; left = await movable(curatorId)) {
        const outcomes: Moved[] = [];
        for (let at = 0; at < left.length; at += BATCH) {
          if (!isPresent()) goesOnElsewhere(curatorId);
          outcomes.push(...(await Promise.all(left.slice(at, at + BATCH).map(move))));
        }
        // What others have moved meanwhile is gone in the next round; where nothing moves there is no going on.
        if (outcomes.some(({ moved }) => moved)) continue;
        const { error } = outcomes.find((each) => each.error !== undefined) ?? {};
        if (error !== undefined) throw error;
        mustBeFree(curatorId, left);
      }
    };
    await moveAll();
    if (begun === undefined || begun.isDone) return;
    const { occurredAt, recordedAt } = begun.event;
    await service.execute({
      ...common,
      name: 'depart-curator',
      targetId: curatorId,
      body: { ...(begun.reason !== undefined && { reason: begun.reason }) },
      ...(occurredAt !== recordedAt && { occurredAt }),
      idempotencyKey: `${base} depart`,
    });
    // What was decided elsewhere before that was known there.
    await moveAll();
  };

  return {
    async execute(request) {
      const { name, targetId, body } = request;
      if (name !== 'depart-curator' || !isObject(body) || !isIdOf(curator, targetId)) return service.execute(request);
      const { to } = readCommandBody(DepartCurator, body);
      return to ? departTo(request, targetId, to) : departWithout(request, targetId);
    },
    async resume(curatorId) {
      if (isClosing()) return;
      const begun = begunIn(await curatorEventsOf(log, curatorId), curatorId, clock());
      if (begun === undefined) return;
      await handOver(curatorId, begun.to, begun.event.actor).catch((error) => {
        if (!isClosing()) throw error;
      });
    },
    async close() {
      closing.abort();
      await Promise.allSettled([...handOvers.values()].map(({ run }) => run));
    },
  };
};

/** The answer of the command that began a departure, with the event by which it was done. */
const withEnd = (begun: CommandAnswer, events: readonly DomainEvent[]): CommandAnswer => {
  const departed = departedAfter(events, begun.revision);
  if (departed === undefined) return begun;
  const { position, revision, id } = departed;
  return { ...begun, position, revision, events: [...begun.events, id] };
};

/** What a command came to that moves something; `error`: why it was rejected. */
interface Moved {
  readonly moved: boolean;
  readonly error?: unknown;
}

const rejectedWith = (error: unknown): Moved => {
  const { details, ours } = problemOf(error);
  if (ours || details.status >= 500) throw error;
  return { moved: false, error };
};

const mustBeFree = (curatorId: string, left: readonly Responsible[]): void => {
  if (left.length === 0) return;
  const listedAt = [`/customers?curatorId=${curatorId}`, `/customers?workOf=${curatorId}`];
  reject(
    'curator-has-work',
    `Curator ${curatorId} is still responsible for ${left.length} customers and open items; name a successor in \`to\`, or reassign them.`,
    { curatorId, ...listed(left), listedAt },
  );
};

const within = (work: Promise<void>, ms: number | undefined): Promise<boolean> => {
  const done = work.then(() => true);
  return ms === undefined ? done : Promise.race([done, sleep(ms, false, { ref: false })]);
};

/** What will be the curator's from an instant ahead on goes to the successor from then on. */
const movedTo = (
  to: string,
  { kind, customerId, id, since }: Responsible,
  now: string,
): Pick<CommandRequest, 'name' | 'targetId' | 'body' | 'occurredAt'> => ({
  ...(kind === 'customer'
    ? { name: 'assign-curator', targetId: customerId, body: { curatorId: to } }
    : { name: `reassign-${kind}`, targetId: customerId, body: { [`${kind}Id`]: id, curatorId: to } }),
  ...(since > now && { occurredAt: since }),
});
