import { pause, persistently, reasonOf } from '#async';
import type { DomainEvent, EventLog, Position, SubscriptionItem } from '#event-log';
import { followDurably } from '#event-log/follow-durably.js';
import {
  type EventRetracted,
  effectiveEvents,
  isRetraction,
  type PolicyHistory,
  processAggregate,
  streamOf,
  withRetractions,
} from '#relationship';
import type { Clock } from './clock.js';
import { createInstances } from './instances.js';
import type { Cause, IssuedCommand, Output, PerformedStep, Process, ProcessContext } from './process.js';

/** A command on its way from a process. */
export interface ProcessRequest extends IssuedCommand {
  readonly actor: { readonly kind: 'system'; readonly id: string };
  readonly keyScope: string;
  /** Repeated with it, the command decides nothing. */
  readonly idempotencyKey?: string;
  readonly correlationId?: string;
  readonly causationId?: string;
}

/** `stuck`: it can neither be decided nor rejected, by reason of this target alone. */
export type Outcome =
  | { readonly kind: 'accepted'; readonly position: string }
  | { readonly kind: 'rejected'; readonly code: string }
  | { readonly kind: 'stuck'; readonly reason: string };

/** `later`: what the step waits for may be there at that instant; it is performed again then, and nothing is recorded. */
export type StepOutcome = Extract<Outcome, { kind: 'stuck' }> | { readonly kind: 'done' } | { readonly kind: 'later'; readonly at: string };

const isWhole = (command: Omit<IssuedCommand, 'body'> & Partial<IssuedCommand>): command is IssuedCommand => command.body !== undefined;

export interface ProcessHostOptions<State> {
  readonly process: Process<State>;
  /** Its events at the version that the process knows. */
  readonly log: Pick<EventLog, 'subscribe' | 'readStream' | 'head'>;
  /** Through the one way in. @throws what trying again will mend: an engine is away */
  readonly execute: (request: ProcessRequest) => Promise<Outcome>;
  /** Carries out a step of an instance; there for processes that have steps. @throws as `execute` */
  readonly perform?: ((step: string, id: string) => Promise<StepOutcome>) | undefined;
  readonly policies: () => PolicyHistory;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly logger: ProcessLogger;
  /** Called when its health may be another. */
  readonly onChange?: () => void;
  /** Between two looks at the log; looking after every commit would cost each of them a query. */
  readonly pauseMs?: number;
}

export interface ProcessLogger {
  error(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface ProcessHealth {
  readonly name: string;
  /** `starting` until it has read the log up to its head; `restarting`: it continues by itself when what hinders it is over. */
  readonly state: 'starting' | 'running' | 'restarting';
  /** Name of the error that hinders it. */
  readonly stalledBy?: string;
  /** Subjects of which something is to be done now or later. */
  readonly open: number;
  /** Those that wait until the next start: an event of theirs is not understood, or a command cannot be decided. */
  readonly stuck: number;
  /** Up to where it has read the log; absent until that was its head once: at each start it reads all of it again. */
  readonly position?: Position;
}

export interface ProcessHost {
  health(): ProcessHealth;
  /** Resolves when it has stopped, after the signal. */
  readonly ended: Promise<void>;
}

const ISSUED = 'process-commands-issued';
const ANSWERED = 'process-commands-answered';
/** Side by side: others send commands too. */
const AT_ONCE = 10;

type Carried = Outcome | StepOutcome;

/**
 * Runs a process until the signal. All that it knows it reads from the log: what is to be done, what was issued and what was answered. So it may
 * be killed at any instant and goes on where it left off; and of two that run at once each does what the other has not recorded yet, by commands
 * with the same ids.
 */
export const runProcess = <State>(options: ProcessHostOptions<State>): ProcessHost => {
  const { process, log, clock, signal, logger, policies, pauseMs = 0 } = options;
  const { name, atOnce = AT_ONCE } = process;
  const actor = { kind: 'system', id: `process-${name}` } as const;
  const ownPrefix = `${streamOf(processAggregate, name)}-`;
  const types = withRetractions([...process.handles, ISSUED, ANSWERED]);
  /** Replacements that were folded with the retraction that names them, and are still to come by themselves. */
  const foldedAhead = new Set<string>();
  /** While it reads what is past: events of instances from the first retraction on, so that what they are folded from is read once. */
  const held = new Map<string, DomainEvent[]>();
  let instances: ReturnType<typeof createInstances<State>> | undefined;
  let isLive = false;
  let reached: Position | undefined;
  let nudged = Promise.withResolvers<void>();
  const hindrances = new Map<string, string>();
  /** By issued event: what came of its first commands and steps, while others are still to be carried out. */
  const carriedOut = new Map<string, Carried[]>();

  const { onChange = () => undefined } = options;
  const hinderedBy = (what: string, error: unknown): void => {
    const { name: reason } = error as Error;
    if (hindrances.get(what) !== reason)
      logger.error({ process: name, ...reasonOf(error) }, 'process interrupted; it resumes automatically');
    hindrances.set(what, reason);
    onChange();
  };
  const getsOn = (what: string): void => {
    hindrances.delete(what);
    onChange();
  };

  const execute = (command: IssuedCommand, more: Omit<ProcessRequest, keyof IssuedCommand | 'actor' | 'keyScope'> = {}) =>
    options.execute({ ...command, ...more, actor: actorOf(command), keyScope: actor.id });
  const actorOf = (command: IssuedCommand) => (process.actorOf ? ({ kind: 'system', id: process.actorOf(command) } as const) : actor);
  const perform = options.perform ?? (async (step: string): Promise<StepOutcome> => ({ kind: 'stuck', reason: `no step ${step}` }));
  /** In the stream of the process itself. */
  const record = (id: string, command: string, body: object, cause?: Cause) =>
    execute({ name: command, targetId: id, body }, cause && { causationId: cause.id, correlationId: cause.correlationId });

  const beginning = async (): Promise<string | undefined> => {
    for await (const [event] of log.readStream(streamOf(processAggregate, name), { limit: 1 })) return event?.occurredAt;
    return undefined;
  };
  const begin = async (): Promise<string> => {
    const begunAt = await beginning();
    if (begunAt !== undefined) return begunAt;
    await record(name, 'begin-process', {});
    return (await beginning()) ?? Promise.reject(new Error(`process ${name} cannot begin`));
  };

  const eventsOf = async (stream: string): Promise<readonly DomainEvent[]> => {
    const events: DomainEvent[] = [];
    for await (const batch of log.readStream(stream)) events.push(...batch);
    return events;
  };
  /** An instance is folded again from what counts of the stream of its subject. */
  const retake = (id: string, retraction: DomainEvent & EventRetracted, { subject, own }: Past): void => {
    const { replacedBy } = retraction.data;
    const last = retraction.revision + (replacedBy === undefined ? 0 : 1);
    const history = subject.filter(({ revision }) => revision <= last);
    const handled = effectiveEvents(history).filter(({ type }) => process.handles.includes(type));
    const answered = own.filter(({ type, position }) => type === ANSWERED && position < retraction.position);
    const events = [...handled, ...answered].sort((one, other) => (one.position < other.position ? -1 : 1));
    const inputs = own.flatMap(({ type, data }) => (type === ISSUED ? [(data as { readonly input: string }).input] : []));
    instances!.retake(id, events, inputs);
    if (replacedBy !== undefined && process.handles.includes(history.at(-1)!.type)) foldedAhead.add(replacedBy);
  };

  const instanceOf = (event: DomainEvent): string | undefined => {
    if (event.stream.startsWith(ownPrefix)) return event.stream.slice(ownPrefix.length);
    return event.type === ISSUED || event.type === ANSWERED ? undefined : process.idOf(event);
  };

  const takeOne = (id: string, event: DomainEvent): void => {
    if (foldedAhead.delete(event.id)) return;
    if (event.stream.startsWith(ownPrefix)) instances!.takeOwn(id, event);
    else instances!.take(event);
  };

  const takeHeld = async (): Promise<void> => {
    const takeAll = async ([id, events]: readonly [string, readonly DomainEvent[]]): Promise<void> => {
      const [subject, own] = await Promise.all([eventsOf(events[0]!.stream), eventsOf(ownPrefix + id)]);
      // Else another try was faster.
      if (!held.delete(id)) return;
      for (const event of events)
        if (retracts(event)) retake(id, event, { subject, own });
        else takeOne(id, event);
    };
    for (let some = [...held]; some.length > 0; some = [...held])
      await persistently(
        () => Promise.all(some.slice(0, atOnce).map(takeAll)),
        signal,
        (error) => hinderedBy('following', error),
      );
  };

  const take = async (item: SubscriptionItem): Promise<void> => {
    if (item.kind === 'caughtUp') {
      await takeHeld();
      isLive = true;
    } else
      for (const event of item.events) {
        const id = instanceOf(event);
        if (id === undefined) continue;
        if (held.has(id)) held.get(id)!.push(event);
        else if (!retracts(event)) takeOne(id, event);
        else held.set(id, [event]);
        if (isLive) await takeHeld();
      }
    reached = item.head;
    getsOn('following');
    nudged.resolve();
    if (isLive && pauseMs > 0) await pause(pauseMs, signal);
  };

  /** One thing at a time of an instance: first what was issued is answered, then the next input is taken in. */
  const advance = async (id: string, now: string): Promise<void> => {
    // The clock may have been set back since.
    const present = clock.now();
    const step = instances!.next(id, present < now ? present : now);
    if (step === undefined) return;
    const processId = `${name}-${id}`;
    if (step.kind === 'issued') {
      const outcomes = await carryOut(id, step.event);
      const last = outcomes.at(-1);
      if (last?.kind === 'later') return instances!.postpone(id, last.at);
      if (last?.kind === 'stuck') return settle(id, last);
      const body = { input: step.input, outcomes: outcomes.map((each) => (each.kind === 'rejected' ? { rejectedWith: each.code } : {})) };
      settle(id, await record(processId, 'answer-process-commands', body, step.event));
      carriedOut.delete(step.event.id);
      return;
    }
    const { input, outputs, cause } = step;
    const commands = outputs.filter((each) => !isStep(each));
    const steps = outputs.filter(isStep).map(({ perform }) => perform);
    const body = { input, commands, ...(steps.length > 0 && { steps }) };
    settle(id, await record(processId, 'issue-process-commands', body, cause));
  };

  const settle = (id: string, outcome: Outcome): void => {
    if (outcome.kind === 'accepted') instances!.wait(id, outcome.position as Position);
    else instances!.stick(id, outcome.kind === 'stuck' ? outcome.reason : outcome.code);
  };

  const answered = (outcome: Carried): Carried =>
    process.ofMany && outcome.kind === 'stuck' ? { kind: 'rejected', code: outcome.reason } : outcome;

  /** What came of each command and step; the last of them may be stuck, or to be done later. */
  const carryOut = async (id: string, issued: DomainEvent): Promise<readonly Carried[]> => {
    const { input, commands, steps = [] } = issued.data as Issued;
    const cause = { correlationId: issued.correlationId, causationId: issued.id };
    const all: readonly (() => Promise<Carried>)[] = [
      ...commands.map(
        (command, index) => async (): Promise<Carried> =>
          // The body is personal: without it the customer is erased, and nothing is left to be sent.
          isWhole(command)
            ? execute(command, { ...cause, idempotencyKey: `${input} ${index}` })
            : { kind: 'rejected', code: 'customer-erased' },
      ),
      ...steps.map((step) => () => perform(step, id)),
    ];
    const outcomes = carriedOut.get(issued.id) ?? [];
    carriedOut.set(issued.id, outcomes);
    for (const one of all.slice(outcomes.length)) {
      const outcome = answered(await one());
      if (outcome.kind === 'later' || outcome.kind === 'stuck') return [...outcomes, outcome];
      outcomes.push(outcome);
    }
    return outcomes;
  };

  /** What is true at an instant is known when all is read that was recorded by then. */
  let asked: { readonly now: string; readonly head: Position } | undefined;
  const work = async (): Promise<void> => {
    asked ??= { now: clock.now(), head: await log.head() };
    if (reached === undefined || reached < asked.head) return;
    const { now } = asked;
    asked = undefined;
    const ready = instances!.ready(now, reached);
    for (let at = 0; at < ready.length && !signal.aborted; at += atOnce) {
      const since = performance.now();
      const settled = await Promise.allSettled(ready.slice(at, at + atOnce).map((id) => advance(id, now)));
      const failed = settled.find((each) => each.status === 'rejected');
      if (failed) throw failed.reason;
      // However much fell due while it was down, half of the time is left to others.
      if (at + atOnce < ready.length) await pause(performance.now() - since, signal);
    }
    getsOn('working');
  };

  const keepWorking = async (): Promise<void> => {
    while (!signal.aborted) {
      nudged = Promise.withResolvers();
      if (isLive) await persistently(work, signal, (error) => hinderedBy('working', error)).catch(() => undefined);
      const waking = new AbortController();
      const timer = clock.until(isLive && !asked ? instances!.nextAt() : undefined, AbortSignal.any([signal, waking.signal]));
      await Promise.race([nudged.promise, timer]);
      waking.abort();
    }
  };

  const run = async (): Promise<void> => {
    const begunAt = await persistently(begin, signal, (error) => hinderedBy('beginning', error)).catch(() => undefined);
    if (begunAt === undefined || signal.aborted) return;
    const context = (): ProcessContext => ({ begunAt, policies: policies() });
    instances = createInstances(process, context, (id, reason) =>
      logger.error({ process: name, id, reason }, 'process skips one of its subjects until the next start'),
    );
    if (begunAt > clock.now())
      logger.warn(
        { process: name, begunAt },
        'the first start of the process is in the future, as the clock was set back since; what falls due before it gets no event',
      );
    getsOn('beginning');
    const following = followDurably({
      items: (after) => log.subscribe({ ...(after !== undefined && { after }), types, signal }),
      take,
      failed: (error) => hinderedBy('following', error),
      signal,
    });
    await Promise.all([following, keepWorking()]);
  };

  const health = (): ProcessHealth => {
    const [stalledBy] = hindrances.values();
    return {
      name,
      state: stalledBy !== undefined ? 'restarting' : isLive ? 'running' : 'starting',
      ...(stalledBy !== undefined && { stalledBy }),
      ...(instances?.counts() ?? { open: 0, stuck: 0 }),
      ...(isLive && reached !== undefined && { position: reached }),
    };
  };
  return { health, ended: run() };
};

/** What an instance is folded again from. */
interface Past {
  readonly subject: readonly DomainEvent[];
  readonly own: readonly DomainEvent[];
}

const retracts = (event: DomainEvent): event is DomainEvent & EventRetracted => event.notUnderstood === undefined && isRetraction(event);

const isStep = (output: Output): output is PerformedStep => 'perform' in output;

interface Issued {
  readonly input: string;
  readonly commands: readonly (Omit<IssuedCommand, 'body'> & Partial<IssuedCommand>)[];
  readonly steps?: readonly string[];
}
