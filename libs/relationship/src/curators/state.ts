import type { Dated, Fact } from '../kernel/event.js';
import { heldAt, inTime, runsOf, type Since } from '../kernel/valid-time.js';
import { type CuratorFact, curatorDeparted, curatorRegistered } from './events.js';

type Details = Omit<Extract<CuratorFact, { type: 'curator-registered' }>['data'], 'curatorId'>;

interface Registration extends Since {
  readonly works: true;
  readonly registeredAt: string;
  readonly details: Details;
}
interface Departure extends Since {
  readonly works: false;
  /** Keys made until then are refused for ever once it has come. */
  readonly keysRefusedUntil: string;
}

/** What is decided on of one curator, and what the register knows. */
export interface Curator {
  readonly curatorId: string;
  /** In order of time; absences of those who came back included. */
  readonly turns: readonly (Registration | Departure)[];
}

/** As it is shown at an instant. */
export interface ShownCurator extends Details {
  readonly curatorId: string;
  readonly registeredAt: string;
  readonly departedAt?: string;
}

export const unknownCurator = (curatorId: string): Curator => ({ curatorId, turns: [] });

/** Types that this version does not know leave the state as it is. */
export const evolveCurator = (curator: Curator, event: Dated<Fact>): Curator => {
  const { type, data, occurredAt: at, recordedAt = at } = event as Dated<CuratorFact>;
  switch (type) {
    case curatorRegistered.type: {
      const { curatorId: _, ...details } = data;
      return { ...curator, turns: inTime(curator.turns, { at, works: true, registeredAt: at, details }) };
    }
    case curatorDeparted.type: {
      // One who is back by then has a key of the time since, which an absence that was recorded late does not concern.
      const back = begunAlways(curator).find((turn) => turn.works && turn.at > at && turn.at <= recordedAt);
      const keysRefusedUntil = back?.at ?? (recordedAt > at ? recordedAt : at);
      return { ...curator, turns: inTime(curator.turns, { at, works: false, keysRefusedUntil }) };
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

export const standingAt = (curator: Curator, instant: string): 'unknown' | 'active' | 'departed' => {
  const turn = turnAt(curator, instant);
  if (turn === undefined) return 'unknown';
  return turn.works ? 'active' : 'departed';
};

export const shownAt = (curator: Curator, instant: string): ShownCurator | undefined => {
  const turns = begunAlways(curator).filter(({ at }) => at <= instant);
  const runs = runsOf(turns, (one, other) => one.works === other.works);
  const begun = runs.findLast(isRegistration);
  if (begun === undefined) return undefined;
  const [{ details }, last] = [turns.findLast(isRegistration)!, runs.at(-1)];
  const left = last?.works === false && { departedAt: last.at };
  return { curatorId: curator.curatorId, ...details, registeredAt: begun.registeredAt, ...left };
};

const isRegistration = (turn: Registration | Departure): turn is Registration => turn.works;
