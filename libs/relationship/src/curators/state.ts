import type { CuratorStatus } from '../kernel/decider.js';
import type { Dated, TypedEvent } from '../kernel/event.js';
import { heldAt, inTime, runsOf, type Since } from '../kernel/valid-time.js';
import { type CuratorEvent, curatorDeparted, curatorDepartureBegun, curatorDetailsCorrected, curatorRegistered } from './events.js';

type Details = Omit<Extract<CuratorEvent, { type: 'curator-registered' }>['data'], 'curatorId'>;

interface Registration extends Since {
  readonly works: true;
  readonly registeredAt: string;
  readonly details: Details;
}
type Corrected = Pick<Extract<CuratorEvent, { type: 'curator-details-corrected' }>['data'], 'field' | 'to'>;
type Correction = Since & Corrected;
interface Departure extends Since {
  readonly works: false;
  /** Keys made until then are rejected for ever once it has come. */
  readonly keysRejectedUntil: string;
}

/** What is decided on of one curator, and what the register knows. */
export interface Curator {
  readonly curatorId: string;
  /** In order of time; absences of those who came back included. */
  readonly turns: readonly (Registration | Departure)[];
  /** In order of time. */
  readonly corrections: readonly Correction[];
  /** From when they were recorded on: until then work was given. */
  readonly handOvers: readonly HandOver[];
}

/** From then on customers and open work go to a successor, until the departure. */
interface HandOver extends Since {
  readonly to: string;
  /** When the departure was done; absent while it is under way. */
  readonly until?: string;
}

/** As it is shown at an instant. */
export interface ShownCurator extends Details {
  readonly curatorId: string;
  readonly registeredAt: string;
  /** Since when customers and open work go to `to`; absent once the curator has left. */
  readonly departingSince?: string;
  readonly departedAt?: string;
  readonly to?: string;
}

export const unknownCurator = (curatorId: string): Curator => ({ curatorId, turns: [], corrections: [], handOvers: [] });

/** Types that this version does not know leave the state as it is. */
export const evolveCurator = (curator: Curator, event: Dated<TypedEvent>): Curator => {
  const { type, data, occurredAt: at, recordedAt = at } = event as Dated<CuratorEvent>;
  switch (type) {
    case curatorRegistered.type: {
      const { curatorId: _, ...details } = data;
      return { ...curator, turns: inTime(curator.turns, { at, works: true, registeredAt: at, details }) };
    }
    case curatorDetailsCorrected.type:
      return { ...curator, corrections: inTime(curator.corrections, { at, field: data.field, to: data.to }) };
    case curatorDepartureBegun.type:
      return { ...curator, handOvers: inTime(curator.handOvers, { at: recordedAt, to: data.to }) };
    case curatorDeparted.type: {
      // One who is back by then has a key of the time since, which an absence that was recorded late does not concern.
      const back = begunAlways(curator).find((turn) => turn.works && turn.at > at && turn.at <= recordedAt);
      const until = recordedAt > at ? recordedAt : at;
      const turns = inTime(curator.turns, { at, works: false, keysRejectedUntil: back?.at ?? until });
      // A former absence that was recorded late ends no departure of the time since.
      const handOvers = back ? curator.handOvers : curator.handOvers.map((handOver) => ({ until, ...handOver }));
      return { ...curator, turns, handOvers };
    }
    default:
      return curator;
  }
};

/** Before every instant. */
const ALWAYS = '';

/** Before the first registration a curator counts as active: histories are often told before those who made them. */
const begunAlways = ({ turns }: Curator): Curator['turns'] => {
  const first = turns.findIndex(({ works }) => works);
  return first < 0 ? [] : [{ ...turns[first]!, at: ALWAYS }, ...turns.toSpliced(first, 1)];
};

/** The registration or departure that holds at an instant. */
export const turnAt = (curator: Curator, instant: string): Registration | Departure | undefined => heldAt(begunAlways(curator), instant);

export const statusAt = (curator: Curator, instant: string): CuratorStatus => {
  const turn = turnAt(curator, instant);
  if (turn === undefined) return 'unknown';
  if (!turn.works) return 'departed';
  return handOverAt(curator, instant) ? 'departing' : 'active';
};

/** Of one who works here at an instant. */
export const handOverAt = (curator: Curator, instant: string): HandOver | undefined => {
  const [turn, begun] = [turnAt(curator, instant), heldAt(curator.handOvers, instant)];
  return turn?.works && begun && begun.at >= turn.at && isUnderWay(begun, instant) ? begun : undefined;
};

const isUnderWay = ({ until }: HandOver, instant: string): boolean => until === undefined || instant < until;

/** What the registration said that holds at an instant, as corrected since; undefined where there was none. One who came back was registered again. */
const detailsAt = (curator: Curator, instant: string): { readonly at: string; readonly details: Details } | undefined => {
  const begun = begunAlways(curator).findLast((turn): turn is Registration => isRegistration(turn) && turn.at <= instant);
  if (begun === undefined) return undefined;
  const corrections = curator.corrections.filter(({ at }) => at >= begun.at && at <= instant);
  return { at: begun.at, details: { ...begun.details, ...Object.fromEntries(corrections.map(({ field, to }) => [field, to])) } };
};

/** With the instant since when; undefined where there was no registration. */
export const detailAt = (
  curator: Curator,
  field: Corrected['field'],
  instant: string,
): (Since & { readonly value: string | undefined }) | undefined => {
  const held = detailsAt(curator, instant);
  const last = curator.corrections.findLast((each) => each.field === field && each.at <= instant);
  return held && { at: last && last.at >= held.at ? last.at : held.at, value: held.details[field] };
};

export const shownAt = (curator: Curator, instant: string): ShownCurator | undefined => {
  const turns = begunAlways(curator).filter(({ at }) => at <= instant);
  const runs = runsOf(turns, (one, other) => one.works === other.works);
  const begun = runs.findLast(isRegistration);
  if (begun === undefined) return undefined;
  const [{ details }, last] = [detailsAt(curator, instant)!, runs.at(-1)];
  const left = last?.works === false && { departedAt: last.at };
  const handOver = curator.handOvers.findLast((each) => each.at <= instant && each.at >= begun.at && (left || isUnderWay(each, instant)));
  const leaving = handOver && !left && { departingSince: handOver.at };
  return {
    curatorId: curator.curatorId,
    ...details,
    registeredAt: begun.registeredAt,
    ...leaving,
    ...left,
    ...(handOver && { to: handOver.to }),
  };
};

const isRegistration = (turn: Registration | Departure): turn is Registration => turn.works;
