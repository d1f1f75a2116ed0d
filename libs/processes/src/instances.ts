import type { DomainEvent, Position } from '#event-log';
import type { PolicyHistory } from '#relationship';
import type { Cause, IssuedCommand, Output, Process, ProcessContext, Timer } from './process.js';

/** What is to be done next of an instance. */
export type Step =
  | { readonly kind: 'issued'; readonly input: string; readonly event: DomainEvent }
  | { readonly kind: 'input'; readonly input: string; readonly outputs: readonly Output[]; readonly cause: Cause };

/** Of most there is a state alone. */
interface Instance<State> {
  state: State | undefined;
  /** Inputs that want commands, which are not issued yet, in the order of their events. */
  wanted?: Map<string, Extract<Step, { kind: 'input' }>>;
  /** By input: issued, and not answered yet. */
  issued?: Map<string, DomainEvent>;
  /** Timers that have fired. */
  fired?: Set<string>;
  /** What it has recorded last, which comes back by the log. */
  awaited?: Position;
  /** An event of its subject is not understood, or what it asked for cannot be decided. Until the next start. */
  isStuck?: true;
}

/** What a process knows of each of its instances, folded from the log. */
export const createInstances = <State>(
  process: Process<State>,
  contextNow: () => ProcessContext,
  onStuck: (id: string, reason: string) => void,
) => {
  const all = new Map<string, Instance<State>>();
  /** Those that may have something to do now. */
  const active = new Set<string>();
  /** Those with a timer in an hour, by the hour; one that has none there any more is removed when its hour is looked at. */
  const byHour = new Map<string, Set<string>>();
  /** What they issued is not true, or cannot be done, before that instant. */
  const notYet = new Map<string, string>();
  /** No timer is due before; undefined where there is none. */
  let earliest: string | undefined;
  let stuck = 0;
  /** Timers depend on them. */
  let seenPolicies: PolicyHistory | undefined;

  const get = (id: string): Instance<State> => {
    const known = all.get(id) ?? { state: undefined };
    all.set(id, known);
    return known;
  };

  const stick = (id: string, reason: string): void => {
    const instance = get(id);
    if (!instance.isStuck) stuck++;
    instance.isStuck = true;
    active.delete(id);
    onStuck(id, reason);
  };

  const timersOf = ({ state, fired }: Instance<State>): readonly Timer[] =>
    state === undefined ? [] : process.timers(state, contextNow()).filter((timer) => !fired?.has(inputOf(timer)));

  /** Its state after the event, and the commands that the event asks for. */
  const fold = (id: string, event: DomainEvent): void => {
    const instance = get(id);
    if (instance.isStuck) return;
    if (event.notUnderstood !== undefined) return void stick(id, NOT_UNDERSTOOD);
    try {
      const context = contextNow();
      instance.state = process.evolve(instance.state, event, context);
      const outputs = process.decide(instance.state, { kind: 'event', event }, id, context);
      if (outputs.length > 0) {
        instance.wanted ??= new Map();
        instance.wanted.set(event.id, { kind: 'input', input: event.id, outputs, cause: event });
      }
      // Before all is read nobody asks for the next timer; then all are looked through once.
      if (seenPolicies !== undefined) enter(id, instance);
    } catch (error) {
      return void stick(id, (error as Error).name);
    }
    leave(id, instance);
  };

  const soonest = (at: string): void => {
    if (earliest === undefined || at < earliest) earliest = at;
  };

  const enter = (id: string, instance: Instance<State>): void => {
    for (const { at } of timersOf(instance)) {
      const hour = hourOf(at);
      const ids = byHour.get(hour);
      if (ids) ids.add(id);
      else byHour.set(hour, new Set([id]));
      soonest(at);
    }
  };

  /** Keeps it while there is something to be done or to be known. */
  const leave = (id: string, { state, wanted, issued, isStuck }: Instance<State>): void => {
    if (isStuck) return;
    if (wanted?.size || issued?.size) active.add(id);
    else if (state === undefined) {
      all.delete(id);
      active.delete(id);
    }
  };

  /** What a throw of the process is about concerns that one alone. */
  const safely = (id: string, look: (instance: Instance<State>) => void): void => {
    const instance = all.get(id);
    if (!instance || instance.isStuck) return;
    try {
      look(instance);
    } catch (error) {
      stick(id, (error as Error).name);
    }
  };

  const enterAll = (): void => {
    byHour.clear();
    for (const id of [...all.keys()]) {
      safely(id, (instance) => {
        leave(id, instance);
        enter(id, instance);
      });
    }
  };

  /** Activates what is due, at a cost of the hours that have come. */
  const activate = (now: string): void => {
    earliest = undefined;
    for (const [id, at] of notYet) {
      if (at > now) soonest(at);
      else if (notYet.delete(id) && all.has(id)) active.add(id);
    }
    const ahead: string[] = [];
    for (const [hour, ids] of byHour) {
      if (hour > hourOf(now)) {
        ahead.push(hour);
        continue;
      }
      for (const id of ids) {
        let isIn = false;
        safely(id, (instance) => {
          for (const { at } of timersOf(instance)) {
            if (hourOf(at) !== hour) continue;
            isIn = true;
            if (at <= now) active.add(id);
            else soonest(at);
          }
        });
        if (!isIn) ids.delete(id);
      }
      if (ids.size === 0) byHour.delete(hour);
    }
    // Looked at when it begins.
    if (earliest === undefined && ahead.length > 0) earliest = `${ahead.reduce((least, hour) => (hour < least ? hour : least))}:00:00.000Z`;
  };

  /** The clock was set back, or a step waits for something. */
  const postpone = (id: string, at: string): void => {
    active.delete(id);
    notYet.set(id, at);
    soonest(at);
  };

  const stepOf = (id: string, instance: Instance<State>, now: string): Step | undefined => {
    const [issued] = instance.issued ?? [];
    if (issued) {
      const at = latestIn(issued[1]);
      if (at === undefined || at <= now) return { kind: 'issued', input: issued[0], event: issued[1] };
      // What is not true yet would be rejected for good.
      postpone(id, at);
      return undefined;
    }
    const [wanted] = instance.wanted?.values() ?? [];
    if (wanted) return wanted;
    const timers = timersOf(instance);
    const [due] = timers.filter(({ at }) => at <= now).toSorted((one, other) => (order(one) < order(other) ? -1 : 1));
    if (due === undefined) {
      active.delete(id);
      for (const { at } of timers) soonest(at);
      return undefined;
    }
    const outputs = process.decide(instance.state, { kind: 'timer', timer: due }, id, contextNow());
    if (outputs.length > 0) return { kind: 'input', input: inputOf(due), outputs, cause: due.cause };
    firedOf(instance).add(inputOf(due));
    return stepOf(id, instance, now);
  };

  return {
    take(event: DomainEvent): void {
      const id = process.idOf(event);
      if (id !== undefined) fold(id, event);
    },
    /**
     * Something of its subject was retracted.
     * @param events all that counts of what it handles, with its own answers
     * @param issued inputs for which commands were issued
     */
    retake(id: string, events: readonly DomainEvent[], issued: readonly string[]): void {
      const instance = get(id);
      if (events.some(({ notUnderstood }) => notUnderstood !== undefined)) return void stick(id, NOT_UNDERSTOOD);
      safely(id, () => {
        const context = contextNow();
        instance.state = events.reduce<State | undefined>((state, event) => process.evolve(state, event, context), undefined);
        if (instance.state !== undefined) for (const input of issued) firedOf(instance).add(input);
        if (seenPolicies !== undefined) enter(id, instance);
        leave(id, instance);
      });
    },
    /** An event of the stream of one of its instances. */
    takeOwn(id: string, event: DomainEvent): void {
      const instance = get(id);
      if (event.notUnderstood !== undefined) return void stick(id, NOT_UNDERSTOOD);
      const { input } = event.data as { readonly input: string };
      if (event.type === 'process-commands-issued') {
        instance.wanted?.delete(input);
        firedOf(instance).add(input);
        instance.issued ??= new Map();
        instance.issued.set(input, event);
        return void leave(id, instance);
      }
      instance.issued?.delete(input);
      fold(id, event);
      if (all.has(id) && !instance.isStuck) active.add(id);
    },
    /** What it has recorded is not done again before it has come back, which it may have by now: then it may be done with, too. */
    wait(id: string, position: Position): void {
      const instance = all.get(id);
      if (instance) instance.awaited = position;
    },
    stick,
    postpone,
    next(id: string, now: string): Step | undefined {
      let step: Step | undefined;
      safely(id, (instance) => {
        step = stepOf(id, instance, now);
      });
      return step;
    },
    /** Those that have something to do, as far as what they recorded has come back. */
    ready(now: string, reached: Position | undefined): readonly string[] {
      const { policies } = contextNow();
      if (policies !== seenPolicies || (earliest !== undefined && earliest <= now)) {
        if (policies !== seenPolicies) enterAll();
        seenPolicies = policies;
        activate(now);
      }
      return [...active].filter((id) => {
        const awaited = all.get(id)?.awaited;
        return awaited === undefined || (reached !== undefined && awaited <= reached);
      });
    },
    nextAt: (): string | undefined => earliest,
    counts: () => ({ open: all.size, stuck }),
  };
};

const firedOf = (instance: Instance<unknown>): Set<string> => {
  instance.fired ??= new Set();
  return instance.fired;
};

/** When the last of the commands is true. */
const latestIn = ({ data }: DomainEvent): string | undefined =>
  (data as { readonly commands: readonly IssuedCommand[] }).commands
    .flatMap(({ occurredAt }) => occurredAt ?? [])
    .toSorted()
    .at(-1);

/** Of an ISO instant, up to its hour. */
const hourOf = (instant: string): string => instant.slice(0, 13);

/** Known again wherever and whenever it fires: by what set it, what it is for and when. */
const inputOf = ({ cause, key, at }: Timer): string => `${cause.id} ${key} ${at}`;
const order = ({ at, key }: Timer): string => `${at} ${key}`;

const NOT_UNDERSTOOD = 'EventNotUnderstood';
