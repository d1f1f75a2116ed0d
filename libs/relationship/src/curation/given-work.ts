import { heldAt, inTime, type Since } from '../kernel/valid-time.js';
import { passesOnAt, type Reliefs } from './state.js';

/** To whom a piece of work was given; without a curator it is the work of whoever is responsible for the customer. */
export interface Giving extends Since {
  readonly curatorId?: string;
}
/** What the work was opened with, then to whom it was given, in order of time. */
export type GivenWork = readonly [opening: Giving, ...later: Giving[]];

export const openedFor = (curatorId: string | null | undefined, at: string): GivenWork => [{ at, ...(curatorId && { curatorId }) }];

export const givenTo = ([opening, ...later]: GivenWork, curatorId: string, at: string): GivenWork => [
  opening,
  ...inTime(later, { at, curatorId }),
];

/** Clocks differ: what is dated before the work was opened happened to it then. */
export const inItsLife = ([opening]: GivenWork, instant: string): string => (instant < opening.at ? opening.at : instant);

/** To whom it was given by an instant, unless it has passed on since, with the customer. What it was opened with was so before all else. */
export const namedAt = (work: GivenWork, reliefs: Reliefs, instant: string): Giving | undefined => {
  const [opening, ...later] = work;
  const held = heldAt(later, instant) ?? opening;
  if (held.curatorId === undefined) return undefined;
  const passesOn = passesOnAt(reliefs, { curatorId: held.curatorId, givenAt: inItsLife(work, held.at) });
  return passesOn === undefined || instant < passesOn ? held : undefined;
};
